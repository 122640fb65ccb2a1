/** A line chart as an element: measures its place, draws when seen, tells what is under the pointer. */
import { useEffect, useMemo, useRef, useState } from 'react'
import { useSpeech } from '../state/language'
import { useShade } from '../state/theme'
import { exactly } from '../ui/times'
import { chart as words } from '../words/chart'
import { lineChart, type Hover, type LineChart, type Look } from './lineChart'
import { aligned, positive, short, smooth, type Curve, type Line } from './series'

export interface ChartLook {
  smoothing: number
  logarithmic: boolean
  /** The horizontal axis shows sizes: only what is above zero, by its logarithm. */
  sizes?: boolean
  clip: boolean
  moments: boolean
}

const SHOWN_VALUES = 12

export function LineChartView({ title, lines, look, range, onZoom, height = 220, sync = 'charts' }: {
  title: string
  lines: Line[]
  look: ChartLook
  range: [number, number] | null
  onZoom: (range: [number, number] | null) => void
  height?: number
  sync?: string
}) {
  const { t, language } = useSpeech()
  const shade = useShade()
  const host = useRef<HTMLDivElement>(null)
  const drawn = useRef<LineChart | null>(null)
  const zoom = useRef(onZoom)
  zoom.current = onZoom
  const [hover, setHover] = useState<Hover | null>(null)
  const drawing = useMemo(() => {
    const sizes = look.sizes === true && lines.some(({ curve }) => curve.x.some((value) => value > 0))
    const fitting = (curve: Curve): Curve => (sizes ? positive(curve) : curve)
    const smoothed = (curve: Curve): Curve => ({ ...fitting(curve), y: smooth(fitting(curve).y, look.smoothing) })
    const banded = lines.flatMap(({ band }, line) => (band ? [{ line, ...band }] : []))
    const curves = [...lines.map((line) => smoothed(line.curve)), ...banded.flatMap(({ low, high }) => [smoothed(low), smoothed(high)])]
    const all = aligned(curves)
    const front = { x: all.x, ys: all.ys.slice(0, lines.length) }
    // Behind the line of a group lies its band.
    const raw = look.smoothing > 0 && banded.length === 0 ? aligned(lines.map((line) => fitting(line.curve))).ys : []
    return {
      aligned: front,
      raw,
      bands: banded.map(({ line }, at) => ({ line, low: all.ys[lines.length + 2 * at] ?? [], high: all.ys[lines.length + 2 * at + 1] ?? [] })),
      names: lines.map((line) => line.name),
      colors: lines.map((line) => line.color),
      logarithmic: look.logarithmic && front.ys.some((row) => row.some((value) => (value ?? 0) > 0)),
      sizes,
      clip: look.clip,
      moments: look.moments,
      range,
      look: inks(shade),
    }
  }, [lines, look.smoothing, look.logarithmic, look.sizes, look.clip, look.moments, range, shade])

  useEffect(() => {
    const element = host.current
    if (!element) return
    const chart = lineChart(element, element.clientWidth, height, sync, {
      onHover: (found) => setHover(element.matches(':hover') ? found : null),
      onZoom: (found) => zoom.current(found),
    })
    drawn.current = chart
    const watcher = new ResizeObserver(() => chart.resize(element.clientWidth, height))
    watcher.observe(element)
    return () => {
      watcher.disconnect()
      chart.destroy()
      drawn.current = null
    }
  }, [height, sync])
  useEffect(() => drawn.current?.draw(drawing), [drawing])

  const at = hover && (look.moments ? exactly(new Date(hover.x * 1000), language) : short(hover.x))
  return (
    <div className="plot" data-last={lastX(lines)} onMouseLeave={() => setHover(null)}>
      <div ref={host} role="img" aria-label={t(words.ofLines, { metric: title, count: lines.length })} style={{ height }} />
      {hover && at && <Tip hover={hover} at={at} lines={lines} />}
    </div>
  )
}

function Tip({ hover, at, lines }: { hover: Hover; at: string; lines: Line[] }) {
  const rows = lines
    .map((line, index) => ({ line, value: hover.values[index], nearest: index === hover.nearest }))
    .filter(({ value }) => value !== undefined)
    .sort((one, other) => Number(other.nearest) - Number(one.nearest))
    .slice(0, SHOWN_VALUES)
  return (
    <div className={hover.left > 160 ? 'tip left' : 'tip right'} aria-hidden="true">
      <div className="quiet">{at}</div>
      {rows.map(({ line, value, nearest }) => (
        <div key={line.id} className={nearest ? 'row strong' : 'row'}>
          <span className="dot" style={{ color: line.color }} />
          <span className="clip grow">{line.name}</span>
          <span className="numbers">{value === null || value === undefined ? 'NaN' : short(value)}</span>
        </div>
      ))}
    </div>
  )
}

/** How far the curves have come. */
const lastX = (lines: Line[]): number => lines.reduce((last, line) => Math.max(last, line.curve.x.at(-1) ?? last), -1)

function inks(shade: 'light' | 'dark'): Look {
  const font = '11px system-ui, "DejaVu Sans", sans-serif'
  return shade === 'dark' ? { text: '#9aa7b5', grid: '#2a333e', font } : { text: '#55616f', grid: '#e6eaee', font }
}
