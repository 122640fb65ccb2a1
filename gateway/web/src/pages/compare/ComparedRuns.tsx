/** Values of runs side by side, with what they differ from one of them by. */
import { useMemo, useState, type ReactNode } from 'react'
import { Link } from 'wouter'
import type { Run, Value } from '../../api/projects'
import { colorOf } from '../../charts/palette'
import { useAddress } from '../../state/address'
import { useWords } from '../../state/language'
import { useShade } from '../../state/theme'
import { Check } from '../../ui/field'
import { StateBadge } from '../../ui/marks'
import { Panel } from '../../ui/shell'
import { project as words } from '../../words/project'
import { delta, rowsOf, type CompareRow } from '../project/comparing'
import { shown } from '../project/columns'

export function ComparedRuns({ runs, hrefOf }: { runs: Run[]; hrefOf: (run: Run) => string }) {
  const t = useWords()
  const shade = useShade()
  const [search, change] = useAddress()
  const differing = search.get('all') !== '1'
  const [baseline, setBaseline] = useState(runs[0]?.name ?? '')
  const base = runs.find((run) => run.name === baseline) ?? runs[0]
  const config = useMemo(() => rowsOf(runs, 'config'), [runs])
  const summary = useMemo(() => rowsOf(runs, 'summary'), [runs])
  const keep = (rows: CompareRow[]) => (differing ? rows.filter((row) => row.differs) : rows)
  const at = runs.findIndex((run) => run.name === base?.name)
  return (
    <Panel aside={<Check label={t(words.differing)} checked={differing} onChange={(on) => change({ all: on ? null : '1' })} />} title={t(words.runs)}>
      <div className="compare" tabIndex={0} role="region" aria-label={t(words.runs)}>
        <table className="numbers">
          <thead>
            <tr>
              <th scope="col">{t(words.baseline)}</th>
              {runs.map((run, index) => (
                <th key={run.id} scope="col">
                  <label className="row">
                    <input type="radio" name="baseline" aria-label={t(words.asBaseline, { name: run.display_name })} checked={run.name === base?.name} onChange={() => setBaseline(run.name)} />
                    <span className="dot" style={{ color: colorOf(index, shade) }} />
                    <Link href={hrefOf(run)}>{run.display_name}</Link>
                  </label>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Line name={t(words.state)} cells={runs.map((run) => <StateBadge key={run.id} state={run.state} />)} />
            <Part title={t(words.ofSummary)} span={runs.length + 1} />
            {keep(summary).map((row) => <ValueLine key={row.key} row={row} base={at} />)}
            <Part title={t(words.ofConfig)} span={runs.length + 1} />
            {keep(config).map((row) => <Line key={row.key} name={row.key} differs={row.differs} cells={row.values.map((value) => shown(value))} />)}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}

const Part = ({ title, span }: { title: string; span: number }) => <tr><th scope="rowgroup" colSpan={span} className="quiet">{title}</th></tr>

function Line({ name, cells, differs = false }: { name: string; cells: ReactNode[]; differs?: boolean }) {
  return <tr className={differs ? 'differs' : undefined}><th scope="row" title={name}>{name}</th>{cells.map((cell, index) => <td key={index}>{cell}</td>)}</tr>
}

/** Values with what they differ from the baseline's by; the best of a metric that says which way is better. */
function ValueLine({ row, base }: { row: CompareRow; base: number }) {
  const t = useWords()
  const cell = (value: Value | undefined, index: number): ReactNode => {
    const by = index === base ? null : delta(value, row.values[base])
    const best = row.best === index
    return (
      <span className={best ? 'best' : undefined} title={best ? t(words.best) : undefined}>
        {shown(value)}{by && <span className="quiet small"> {by}</span>}{best && ' ★'}
      </span>
    )
  }
  return <Line name={row.key} cells={row.values.map(cell)} />
}
