/** Runs and their charts, side by side; or the runs alone, with all their columns. */
import { useDeferredValue, useMemo, useState } from 'react'
import type { Run } from '../../api/projects'
import type { DrawnRun } from '../../charts/ChartPanel'
import { ChartWall } from '../../charts/ChartWall'
import { colorOf } from '../../charts/palette'
import { parsePanels, printPanels } from '../../charts/panels'
import { byName } from '../../charts/series'
import { useAddress } from '../../state/address'
import { useWords } from '../../state/language'
import { useCatalogue, useRuns } from '../../state/runs'
import { useSession } from '../../state/session'
import { useSteady } from '../../state/steady'
import { useShade } from '../../state/theme'
import { Button, IconButton, LinkButton } from '../../ui/button'
import { Code } from '../../ui/copy'
import { Pick } from '../../ui/field'
import { Empty, Failed, Waiting } from '../../ui/states'
import { project as words } from '../../words/project'
import { views as viewWords } from '../../words/views'
import { firstRun } from '../authorize'
import { ColumnChooser } from './ColumnChooser'
import { columnName } from './columnNames'
import { defaults, keysOf, metricsOf, orderOf, pinnedFirst, shown, valueOf } from './columns'
import { FilterBar } from './FilterBar'
import { clausesIn, parse, print, toServer } from './filters'
import { OwnPanels } from './OwnPanels'
import { RunsTable } from './RunsTable'
import { SelectionBar } from './SelectionBar'
import { TakeCsv } from './TakeCsv'
import { ViewsDialog } from './Views'

const DRAWN_AT_FIRST = 10
const MOST_DRAWN = 50
const GROUPS = ['group', 'job_type', 'state', 'username', 'host', 'commit']

export function Workspace({ entity, project, writable, tableOnly = false }: { entity: string; project: string; writable: boolean; tableOnly?: boolean }) {
  const t = useWords()
  const { me } = useSession()
  const [search, change] = useAddress()
  const [selected, setSelected] = useState<Set<string>>(new Set())
  const [choosing, setChoosing] = useState(false)
  const [viewing, setViewing] = useState(false)
  const filter = useMemo(() => parse(search.get('filter')), [search])
  const [filtering, setFiltering] = useState(clausesIn(filter) > 0)
  const name = search.get('q') ?? ''
  const order = search.get('order')
  const asked = useDeferredValue(toServer(filter, name))
  const catalogue = useCatalogue(entity, project)
  const newest = useMemo(() => catalogue.data?.items ?? [], [catalogue.data])
  const chosen = search.get('cols')
  const pin = search.get('pin')
  const pins = useMemo(() => pin?.split('|') ?? [], [pin])
  const columns = useMemo(() => pinnedFirst(columnsOf(chosen, newest, tableOnly), pins), [chosen, newest, tableOnly, pins])
  const pinned = columns.filter((column) => pins.includes(column)).length
  const group = search.get('group') ?? ''
  const keys = useMemo(() => [...new Set([...columns, group])].filter((column) => column.includes('.')), [columns, group])
  // Runs of a group follow one another.
  const sorted = group !== '' && order === null ? `+${orderOf(group) ?? group}` : order
  const panels = useMemo(() => parsePanels(search.get('panels')), [search])
  const { runs, isPending, error, more, stuck, again } = useRuns(entity, project, { filters: asked, order: sorted ?? undefined, keys })
  const groupOf = useMemo(() => (group === '' ? undefined : (run: Run) => shown(valueOf(run, group)) || t(viewWords.noValue)), [group, t])
  const [drawn, draw] = useDrawn(runs, search.get('show'), groupOf, change)
  // Runs that the server tells of by itself come with all that they have.
  const catalogued = useMemo(() => metricsOf(newest), [newest])
  const metrics = useSteady(useMemo(() => [...new Set([...catalogued, ...metricsOf(runs)])].sort(byName), [catalogued, runs]))
  // A page of runs more is no reason to draw every chart again.
  const charted = useSteady(useMemo<DrawnRun[]>(
    () => runs.flatMap((run) => {
      const color = drawn.get(run.name)
      return color ? [{ path: { entity, project, run: run.name }, name: run.display_name, color, ...(groupOf ? { group: groupOf(run) } : {}) }] : []
    }),
    [runs, drawn, entity, project, groupOf],
  ))
  const filtered = asked !== undefined
  const trash = me !== null && `/${entity}/${project}/runs?trash=1`
  if (isPending || catalogue.isPending) return <Waiting />
  if (error) return <Failed error={error} again={again} />
  // What is done to the last of the runs still has to be told, and may be undone.
  if (runs.length === 0 && !filtered && selected.size === 0) {
    return <Empty title={t(words.noRuns)}><p>{t(words.noRunsWhy)}</p><div style={{ textAlign: 'left', width: 'min(560px, 100%)' }}><Code text={firstRun(project, entity)} /></div>{trash && <LinkButton href={trash} icon="trash">{t(words.openTrash)}</LinkButton>}</Empty>
  }
  const clear = () => {
    setFiltering(false)
    change({ filter: null, q: null })
  }
  return (
    <div className={tableOnly ? 'workspace alone' : 'workspace'}>
      <section className="panel list" aria-label={t(words.runs)}>
        <div className="row wrap bar">
          <input className="input slim grow" type="search" placeholder={t(words.findRuns)} aria-label={t(words.findRuns)} value={name} onChange={(event) => change({ q: event.target.value })} />
          <IconButton icon="filter" label={t(words.filter)} aria-pressed={filtering} onClick={() => setFiltering(!filtering)} />
          <IconButton icon="columns" label={t(words.columns)} onClick={() => setChoosing(true)} />
          <IconButton icon="bookmark" label={t(viewWords.title)} onClick={() => setViewing(true)} />
          {tableOnly && <TakeCsv {...{ entity, project, columns, keys }} order={sorted} filters={asked} />}
          {trash && <LinkButton slim kind="bare" icon="trash" href={trash} label={t(words.openTrash)} />}
        </div>
        {(filtering || group !== '') && <GroupPick runs={newest} group={group} onChange={(next) => change({ group: next, order: null, show: null })} />}
        {filtering && <FilterBar runs={newest} filter={filter} onChange={(next) => change({ filter: print(next) })} />}
        {selected.size > 0 && <SelectionBar entity={entity} project={project} names={[...selected]} runs={runs} writable={writable} onSelect={setSelected} />}
        {runs.length === 0 ? (
          <Empty title={t(filtered ? words.noMatch : words.noRuns)}>{filtered && <Button onClick={clear}>{t(words.clearFilter)}</Button>}</Empty>
        ) : (
          <RunsTable
            {...{ runs, columns, pinned, order, groupOf, selected, more, stuck }}
            onPin={(column, on) => change({ pin: [...pins.filter((one) => one !== column), ...(on ? [column] : [])].join('|') })}
            widths={search.get('widths')}
            onWiden={(next) => change({ widths: next })}
            onOrder={(next) => change({ order: next })}
            onSelect={setSelected}
            {...(tableOnly ? {} : { drawn, onDraw: draw })}
          />
        )}
      </section>
      {!tableOnly && (
        <ChartWall metrics={metrics} runs={charted}>
          {(drawing) => <OwnPanels place={{ entity, project, filters: asked, order: sorted ?? undefined, newest, metrics, runs: charted }} panels={panels} onChange={(next) => change({ panels: printPanels(next) })} drawing={drawing} />}
        </ChartWall>
      )}
      {viewing && <ViewsDialog {...{ entity, project }} writable={me !== null && writable} onClose={() => setViewing(false)} />}
      {choosing && <ColumnChooser runs={newest} columns={columns} onChange={(next) => change({ cols: next.join('|') || 'name' })} onClose={() => setChoosing(false)} />}
    </div>
  )
}

function GroupPick({ runs, group, onChange }: { runs: Run[]; group: string; onChange: (group: string | null) => void }) {
  const t = useWords()
  const choices = useMemo(() => [...GROUPS, ...keysOf(runs, 'config').map((key) => `config.${key}`)], [runs])
  const known = group === '' || choices.includes(group) ? choices : [group, ...choices]
  return (
    <label className="row bar small">
      <span className="nowrap">{t(viewWords.grouping)}</span>
      <Pick label={t(viewWords.grouping)} value={group} choices={[['', t(viewWords.notGrouped)], ...known.map((column) => [column, columnName(column, t)] as const)]} onChange={(event) => onChange(event.target.value || null)} />
    </label>
  )
}

function columnsOf(text: string | null, runs: Run[], tableOnly: boolean): string[] {
  if (text !== null) return text.split('|').filter((column) => column !== 'name')
  return tableOnly ? defaults(runs) : ['state', 'created_at']
}

/** Which runs are drawn, in which colour: the first few, unless the address says otherwise. */
function useDrawn(runs: Run[], show: string | null, groupOf: ((run: Run) => string) | undefined, change: (changes: Record<string, string | null>) => void): [ReadonlyMap<string, string>, (name: string) => void] {
  const shade = useShade()
  const names = useMemo(
    () => (show === null ? runs.slice(0, groupOf ? MOST_DRAWN : DRAWN_AT_FIRST).map((run) => run.name) : show.split(',').filter((name) => name !== '')).slice(0, MOST_DRAWN),
    [runs, show, groupOf],
  )
  const drawn = useMemo(() => {
    if (groupOf === undefined) return new Map(names.map((name, index) => [name, colorOf(index, shade)]))
    // Runs of a group have one colour.
    const known = new Map(runs.map((run) => [run.name, groupOf(run)]))
    const groups = [...new Set(names.map((name) => known.get(name)))]
    return new Map(names.map((name) => [name, colorOf(groups.indexOf(known.get(name)), shade)]))
  }, [names, runs, groupOf, shade])
  const toggle = (name: string) => {
    const next = drawn.has(name) ? names.filter((one) => one !== name) : [...names, name]
    change({ show: next.length === 0 ? ',' : next.join(',') })
  }
  return [drawn, toggle]
}
