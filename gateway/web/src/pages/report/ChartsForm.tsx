/** Charts of a report while they are chosen: which metrics, of which runs. */
import { useQuery } from '@tanstack/react-query'
import { useId, useMemo, useState } from 'react'
import type { Block, ReportChart } from '../../api/reports'
import { listRuns, type Run } from '../../api/projects'
import { useWords } from '../../state/language'
import { Button, IconButton, Segments } from '../../ui/button'
import { Check, Input, Select } from '../../ui/field'
import { chart as chartWords } from '../../words/chart'
import { reports as words } from '../../words/reports'
import { shell } from '../../words/shell'
import { metricsOf } from '../project/columns'
import { aChart, replaced, without } from './blocks'

const OFFERED = 200
const SHOWN_RUNS = 30
const MOST_METRICS = 16

interface Choices {
  metrics: string[]
  runs: Run[]
}

/** What there is to choose from. */
export function useChoices(entity: string, project: string): Choices {
  const found = useQuery({ queryKey: ['choices', entity, project], queryFn: () => listRuns(entity, project, { limit: OFFERED }), staleTime: 60_000 })
  return useMemo(() => ({ runs: found.data?.items ?? [], metrics: metricsOf(found.data?.items ?? []) }), [found.data])
}

export function ChartsForm({ block, choices, onChange }: { block: Block; choices: Choices; onChange: (block: Block) => void }) {
  const t = useWords()
  const charts = (next: ReportChart[]) => onChange({ ...block, charts: next })
  return (
    <div className="stack">
      {block.charts.map((chart, index) => (
        <ChartForm
          key={index}
          chart={chart}
          metrics={choices.metrics}
          onChange={(next) => charts(replaced(block.charts, index, next))}
          onDrop={block.charts.length > 1 ? () => charts(without(block.charts, index)) : null}
        />
      ))}
      <div><Button slim icon="plus" onClick={() => charts([...block.charts, aChart(choices.metrics.find((one) => !block.charts.some(({ metrics }) => metrics.includes(one))))])}>{t(words.addChart)}</Button></div>
      <Runs chosen={block.runs} runs={choices.runs} onChoose={(runs) => onChange({ ...block, runs })} />
    </div>
  )
}

function ChartForm({ chart, metrics, onChange, onDrop }: { chart: ReportChart; metrics: string[]; onChange: (chart: ReportChart) => void; onDrop: (() => void) | null }) {
  const t = useWords()
  return (
    <fieldset className="stack tight">
      <div className="pairs">
        <Input label={t(words.chartTitle)} maxLength={200} placeholder={chart.metrics.join(', ')} value={chart.title} onChange={(event) => onChange({ ...chart, title: event.target.value })} />
        <Select label={t(chartWords.x)} value={chart.x} choices={axes(chart.x, [t(chartWords.step), t(chartWords.relative), t(chartWords.wall)])} onChange={(event) => onChange({ ...chart, x: event.target.value })} />
      </div>
      <Metrics chosen={chart.metrics} offered={metrics} onChoose={(chosen) => onChange({ ...chart, metrics: chosen })} />
      <div className="row wrap">
        <Check label={t(chartWords.logarithmic)} checked={chart.logarithmic} onChange={(on) => onChange({ ...chart, logarithmic: on })} />
        <label className="row small">
          {t(chartWords.smoothing)}
          <input type="range" min={0} max={0.99} step={0.01} value={chart.smoothing} onChange={(event) => onChange({ ...chart, smoothing: Number(event.target.value) })} />
          <span className="numbers quiet">{chart.smoothing.toFixed(2)}</span>
        </label>
        {onDrop && <Button slim kind="danger" onClick={onDrop}>{t(words.dropChart)}</Button>}
      </div>
    </fieldset>
  )
}

/** Of another program's chart the axis may be any metric. */
function axes(current: string, names: [string, string, string]): [string, string][] {
  const usual: [string, string][] = [['_step', names[0]], ['_runtime', names[1]], ['_timestamp', names[2]]]
  return usual.some(([axis]) => axis === current) ? usual : [...usual, [current, current]]
}

function Metrics({ chosen, offered, onChoose }: { chosen: string[]; offered: string[]; onChoose: (metrics: string[]) => void }) {
  const t = useWords()
  const list = useId()
  const [wanted, setWanted] = useState('')
  const add = (metric: string) => {
    const name = metric.trim()
    if (name !== '' && !chosen.includes(name) && chosen.length < MOST_METRICS) onChoose([...chosen, name])
    setWanted('')
  }
  return (
    <div className="row wrap">
      <span className="quiet">{t(words.metrics)}</span>
      {chosen.map((metric) => <span key={metric} className="badge">{metric}<IconButton icon="close" label={`${t(shell.remove)} ${metric}`} onClick={() => onChoose(chosen.filter((one) => one !== metric))} /></span>)}
      <input
        className="input slim" list={list} aria-label={t(words.addMetric)} placeholder={t(words.addMetric)} value={wanted}
        // One that is chosen from the list is meant; one that is typed, once Enter says so.
        onChange={(event) => (offered.includes(event.target.value) && !('inputType' in event.nativeEvent && String(event.nativeEvent.inputType).startsWith('insertText')) ? add(event.target.value) : setWanted(event.target.value))}
        onBlur={() => add(wanted)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return
          event.preventDefault()
          add(wanted)
        }}
      />
      <datalist id={list}>{offered.filter((metric) => !chosen.includes(metric)).map((metric) => <option key={metric} value={metric} />)}</datalist>
    </div>
  )
}

function Runs({ chosen, runs, onChoose }: { chosen: string[] | null; runs: Run[]; onChoose: (runs: string[] | null) => void }) {
  const t = useWords()
  const [wanted, setWanted] = useState('')
  const low = wanted.toLowerCase()
  const picked = chosen ?? []
  // Those that are chosen come first, also where the list does not reach so far back.
  const known = new Map(runs.map((run) => [run.name, run.display_name]))
  const others = runs.map((run) => run.name).filter((name) => !picked.includes(name))
  const shown = [...picked, ...others].filter((name) => (known.get(name) ?? name).toLowerCase().includes(low)).slice(0, SHOWN_RUNS + picked.length)
  return (
    <div className="stack tight">
      <div><Segments label={t(words.runs)} value={chosen === null ? 'newest' : 'chosen'} choices={[['newest', t(words.newest)], ['chosen', t(words.chosen)]]} onChoose={(one) => onChoose(one === 'newest' ? null : runs.slice(0, 3).map((run) => run.name))} /></div>
      {chosen !== null && (
        <>
          <input className="input slim" type="search" aria-label={t(words.findRuns)} placeholder={t(words.findRuns)} value={wanted} onChange={(event) => setWanted(event.target.value)} />
          <ul className="choices-list">
            {shown.map((name) => <li key={name}><Check label={known.get(name) ?? name} checked={picked.includes(name)} onChange={(on) => onChoose(on ? [...picked, name] : picked.filter((one) => one !== name))} /></li>)}
          </ul>
        </>
      )}
    </div>
  )
}
