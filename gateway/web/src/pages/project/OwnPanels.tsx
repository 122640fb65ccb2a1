/** Panels that people chose for a project, above the ones that come by themselves. */
import { useQuery } from '@tanstack/react-query'
import { useMemo, useRef, useState, type ReactNode } from 'react'
import { listRuns, type Run } from '../../api/projects'
import { ChartPanel, type DrawnRun } from '../../charts/ChartPanel'
import type { WallDrawing } from '../../charts/ChartWall'
import { axisOf, waysOf } from '../../charts/axes'
import { HeatPlot } from '../../charts/HeatPlot'
import { ParallelPlot } from '../../charts/ParallelPlot'
import { columnsIn, MOST_PANELS, titleOf, type Panel } from '../../charts/panels'
import { BarPlot, heat, ScatterPlot, type ColorOf } from '../../charts/RunPlots'
import { MediaPanel } from '../../media/MediaPanel'
import { TablePanel } from '../../media/TablePanel'
import { useWords } from '../../state/language'
import { useVisible } from '../../state/visible'
import { Button, IconButton } from '../../ui/button'
import { Pick } from '../../ui/field'
import { views as words } from '../../words/views'
import { valueOf, type ColumnId } from './columns'
import { PanelForm } from './PanelForm'

/** Of how many runs panels draw points and ways. */
const MOST_RUNS = 500
const MEDIA_OF = 4

export interface PanelsPlace {
  entity: string
  project: string
  filters: string | undefined
  order: string | undefined
  /** The newest runs with all that they have: what there is to choose from. */
  newest: Run[]
  metrics: string[]
  runs: DrawnRun[]
}

export function OwnPanels({ place, panels, onChange, drawing }: { place: PanelsPlace; panels: Panel[]; onChange: (panels: Panel[]) => void; drawing: WallDrawing }) {
  const t = useWords()
  const [editing, setEditing] = useState<number | null>(null)
  const all = usePanelRuns(place, panels)
  const put = (panel: Panel) => onChange(editing === null || editing >= panels.length ? [...panels, panel] : panels.map((one, at) => (at === editing ? panel : one)))
  return (
    <section className="own-panels" aria-label={t(words.panels)}>
      {panels.length > 0 && (
        <div className="charts">
          {panels.map((panel, index) => (
            <PanelView key={`${index} ${panel.kind}`} {...{ panel, place, drawing, all }} aside={
              <>
                <IconButton icon="edit" label={t(words.changePanel, { name: titleOf(panel) })} onClick={() => setEditing(index)} />
                <IconButton icon="close" label={t(words.removePanel, { name: titleOf(panel) })} onClick={() => onChange(panels.filter((_, at) => at !== index))} />
              </>
            } />
          ))}
        </div>
      )}
      {panels.length < MOST_PANELS && <div><Button slim icon="plus" onClick={() => setEditing(panels.length)}>{t(words.addPanel)}</Button></div>}
      {editing !== null && <PanelForm panel={panels[editing] ?? null} newest={place.newest} metrics={place.metrics} onClose={() => setEditing(null)} onDone={put} />}
    </section>
  )
}

/** Those that the filter lets through, with the values that panels need and no others. */
function usePanelRuns({ entity, project, filters, order }: PanelsPlace, panels: Panel[]): Run[] {
  const keys = useMemo(() => columnsIn(panels).filter((column) => column.includes('.')), [panels])
  const needed = panels.some(({ kind }) => kind === 'scatter' || kind === 'parallel' || kind === 'bar')
  const found = useQuery({
    queryKey: ['panel runs', entity, project, filters, order, keys],
    queryFn: ({ signal }) => listRuns(entity, project, { filters, order, limit: MOST_RUNS, keys: keys.length > 0 ? keys : ['none'] }, signal),
    enabled: needed,
    staleTime: 30_000,
    refetchInterval: needed ? 60_000 : false,
  })
  return useMemo(() => found.data?.items ?? [], [found.data])
}

interface ViewProps {
  panel: Panel
  place: PanelsPlace
  drawing: WallDrawing
  all: Run[]
  aside: ReactNode
}

function PanelView({ panel, place, drawing, all, aside }: ViewProps) {
  const colors = useMemo(() => new Map(place.runs.map(({ path, color }) => [path.run, color])), [place.runs])
  const colorOf: ColorOf = (run) => colors.get(run.name) ?? null
  switch (panel.kind) {
    case 'line':
      return <ChartPanel metric={titleOf(panel)} metrics={panel.metrics} runs={place.runs} {...drawing} x={panel.x} aside={aside} />
    case 'scatter':
      return <Framed {...{ panel, aside }}><ScatterPlot runs={all} colorOf={colorOf} x={panel.x} y={panel.y} color={panel.color} /></Framed>
    case 'bar':
      return <Framed {...{ panel, aside }}><BarPlot runs={all.filter((run) => colors.has(run.name))} colorOf={colorOf} y={panel.y} /></Framed>
    case 'parallel':
      return <Framed {...{ panel, aside }} wide><Parallel runs={all} colorOf={all.length <= colors.size ? colorOf : () => null} columns={panel.columns} /></Framed>
    case 'histogram':
      return <Framed {...{ panel, aside }}>{place.runs.slice(0, MEDIA_OF).map((run) => <HeatPlot key={run.path.run} path={run.path} name={panel.key} label={run.name} />)}</Framed>
    case 'media':
      return <Framed {...{ panel, aside }} wide><MediaOfRuns runs={place.runs.slice(0, MEDIA_OF)} name={panel.key} /></Framed>
    case 'table':
      return <Framed {...{ panel, aside }} wide><TableOfRuns runs={place.runs} name={panel.key} /></Framed>
  }
}

function Framed({ panel, wide = false, aside, children }: { panel: Panel; wide?: boolean; aside: ReactNode; children: ReactNode }) {
  const element = useRef<HTMLElement>(null)
  const seen = useRef(false)
  seen.current = useVisible(element) || seen.current
  const title = titleOf(panel)
  return (
    <section className={wide ? 'chart wide' : 'chart'} ref={element} aria-label={title} data-panel={panel.kind}>
      <header>
        <h3 className="clip" title={title}>{title}</h3>
        {aside}
      </header>
      {seen.current ? children : <div style={{ height: 200 }} />}
    </section>
  )
}

/** Without colours of their own, runs are told apart by where they end. */
function Parallel({ runs, colorOf, columns }: { runs: Run[]; colorOf: ColorOf; columns: ColumnId[] }) {
  const axes = useMemo(() => columns.flatMap((column) => axisOf(column, runs.map((run) => valueOf(run, column))) ?? []), [runs, columns])
  const ways = useMemo(() => waysOf(axes, runs), [axes, runs])
  return <ParallelPlot axes={axes} threads={ways.map((way) => ({ ...way, color: colorOf(way.run) ?? heat(way.places.at(-1) ?? null) }))} />
}

function MediaOfRuns({ runs, name }: { runs: DrawnRun[]; name: string }) {
  const t = useWords()
  const [step, setStep] = useState<number | null>(null)
  if (runs.length === 0) return <p className="state small">{t(words.nothing)}</p>
  return (
    <div className="media-wall">
      {runs.map((run) => <MediaPanel key={run.path.run} path={run.path} name={name} title={run.name} running={false} overlays step={step} onStep={setStep} />)}
    </div>
  )
}

function TableOfRuns({ runs, name }: { runs: DrawnRun[]; name: string }) {
  const t = useWords()
  const [chosen, setChosen] = useState('')
  const run = runs.find(({ path }) => path.run === chosen) ?? runs[0]
  if (!run) return <p className="state small">{t(words.nothing)}</p>
  return (
    <>
      {runs.length > 1 && <Pick label={t(words.ofRun)} value={run.path.run} choices={runs.map(({ path, name: shown }) => [path.run, shown])} onChange={(event) => setChosen(event.target.value)} />}
      <TablePanel path={run.path} name={name} running={false} key={run.path.run} />
    </>
  )
}
