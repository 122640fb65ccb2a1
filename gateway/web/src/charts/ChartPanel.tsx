/** One metric of some runs. */
import { memo, useMemo, useRef, useState, type ReactNode } from 'react'
import type { RunPath } from '../api/runs'
import { useWords } from '../state/language'
import { useCurves } from '../state/curves'
import { useVisible } from '../state/visible'
import { IconButton } from '../ui/button'
import { Dialog } from '../ui/dialog'
import { useShade } from '../state/theme'
import { Failed } from '../ui/states'
import { chart as words } from '../words/chart'
import { byGroup } from './bands'
import { LineChartView, type ChartLook } from './LineChartView'
import { colorOf } from './palette'
import type { Line } from './series'

export interface DrawnRun {
  path: RunPath
  name: string
  color: string
  /** Runs of one group are drawn as one line. */
  group?: string
}

/** `_step`, `_runtime`, `_timestamp`, or any metric. */
export type XAxis = string

interface PanelProps {
  /** Its name; with several `metrics` it is not one of them. */
  metric: string
  metrics?: string[]
  runs: DrawnRun[]
  x: XAxis
  look: Omit<ChartLook, 'moments'>
  range: [number, number] | null
  onZoom: (range: [number, number] | null) => void
}

/** Drawn again only when something of it changes. Off the screen it is no more than its place and its name. */
export const ChartPanel = memo(function ChartPanel(props: PanelProps & { aside?: ReactNode }) {
  const t = useWords()
  const element = useRef<HTMLElement>(null)
  const visible = useVisible(element)
  const [large, setLarge] = useState(false)
  return (
    <section className="chart" ref={element} aria-label={props.metric} data-metric={props.metric}>
      <header>
        <h3 className="clip" title={props.metric}>{props.metric}</h3>
        {visible && props.range && <IconButton icon="history" label={t(words.whole)} onClick={() => props.onZoom(null)} />}
        {visible && <IconButton icon="download" label={t(words.picture)} onClick={() => download(element.current, props.metric)} />}
        {visible && <IconButton icon="expand" label={t(words.enlarge)} onClick={() => setLarge(true)} />}
        {props.aside}
      </header>
      {visible ? <Body {...props} height={200} /> : <div style={{ height: 200 }} />}
      {large && (
        <Dialog wide title={props.metric} onClose={() => setLarge(false)}>
          <div className="body"><Body {...props} height={420} sync="large" /></div>
        </Dialog>
      )}
    </section>
  )
})

function Body({ metric, metrics, runs, x, look, range, onZoom, height, sync }: PanelProps & { height: number; sync?: string }) {
  const t = useWords()
  const shade = useShade()
  const wishes = useMemo(() => runs.flatMap((run) => (metrics ?? [metric]).map((one) => ({ path: run.path, metric: one, run }))), [runs, metric, metrics])
  const { curves, pending, error } = useCurves(wishes, x, range, true)
  const lines = useMemo<Line[]>(() => {
    const several = metrics !== undefined && metrics.length > 1
    const found = wishes.flatMap(({ metric: one, run }, index) => {
      const curve = curves[index]
      if (!curve || curve.x.length === 0) return []
      const name = several ? `${run.group ?? run.name} · ${one}` : run.name
      const line = { id: `${run.path.run} ${one}`, name, color: several ? colorOf(index, shade) : run.color, curve }
      return [{ line, group: several ? name : (run.group ?? '') }]
    })
    return runs.some((run) => run.group !== undefined) ? byGroup(found) : found.map(({ line }) => line)
  }, [wishes, curves, metrics, runs, shade])
  const whole = useMemo<ChartLook>(() => ({ ...look, moments: x === '_timestamp' }), [look, x])
  const strange = lines.reduce((count, line) => count + Object.keys(line.curve.odd).length, 0)
  if (error && lines.length === 0) return <Failed error={error} />
  if (lines.length === 0) return <div className="state small" style={{ height }}>{pending ? '' : t(runs.length === 0 ? words.noRuns : words.noMetrics)}</div>
  return (
    <>
      <LineChartView title={metric} lines={lines} look={whole} range={range} onZoom={onZoom} height={height} {...(sync ? { sync } : {})} />
      {strange > 0 && <p className="badge bad">{t(words.strange, { count: strange })}</p>}
    </>
  )
}

function download(element: HTMLElement | null, metric: string): void {
  const canvas = element?.querySelector('canvas')
  if (!canvas) return
  const link = document.createElement('a')
  link.href = canvas.toDataURL('image/png')
  link.download = `${metric.replaceAll('/', '-')}.png`
  link.click()
}
