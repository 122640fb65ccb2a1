/** All charts of some runs: a panel for each metric, grouped by what stands before the slash. */
import { useMemo, useState, type ReactNode } from 'react'
import { useAddress } from '../state/address'
import { useWords } from '../state/language'
import { Pick, Check } from '../ui/field'
import { Icon } from '../ui/icons'
import { Empty } from '../ui/states'
import { chart as words } from '../words/chart'
import { ChartPanel, type DrawnRun, type XAxis } from './ChartPanel'
import type { ChartLook } from './LineChartView'
import { sections, type Section } from './series'

/** Sections of few charts stand beside one another. */
const WIDEST = 3
const PANEL_PX = 330
const AXES: readonly XAxis[] = ['_step', '_runtime', '_timestamp']
/** So many other axes are offered. */
const MOST_AXES = 300

/** What all charts of a wall have in common. */
export interface WallDrawing {
  x: XAxis
  look: Omit<ChartLook, 'moments'>
  range: [number, number] | null
  onZoom: (range: [number, number] | null) => void
}

export function ChartWall({ metrics, runs, children }: { metrics: string[]; runs: DrawnRun[]; children?: (drawing: WallDrawing) => ReactNode }) {
  const t = useWords()
  const [search, change] = useAddress()
  const [range, setRange] = useState<[number, number] | null>(null)
  const smoothing = Math.min(0.99, Math.max(0, Number(search.get('smooth') ?? 0) || 0))
  const logarithmic = search.get('log') === '1'
  const clip = search.get('clip') === '1'
  const sizes = search.get('logx') === '1'
  const asked = search.get('x') ?? '_step'
  const x = AXES.includes(asked) || metrics.includes(asked) ? asked : '_step'
  const wanted = search.get('metrics') ?? ''
  const look = useMemo(() => ({ smoothing, logarithmic, sizes, clip }), [smoothing, logarithmic, sizes, clip])
  const found = useMemo(() => sections(metrics.filter((metric) => matches(metric, wanted))), [metrics, wanted])
  if (metrics.length === 0) {
    return (
      <div className="stack">
        <div className="panel"><Empty title={t(words.noMetrics)}><p>{t(words.noMetricsWhy)}</p></Empty></div>
        {children?.({ x, look, range, onZoom: setRange })}
      </div>
    )
  }
  return (
    <div className="stack">
      <div className="row wrap tools" role="toolbar" aria-label={t(words.find)}>
        <input className="input slim" type="search" placeholder={t(words.find)} aria-label={t(words.find)} value={wanted} onChange={(event) => change({ metrics: event.target.value })} />
        <label className="row small">
          {t(words.smoothing)}
          <input type="range" min={0} max={0.99} step={0.01} value={smoothing} onChange={(event) => change({ smooth: event.target.value === '0' ? null : event.target.value })} />
          <span className="numbers quiet">{smoothing.toFixed(2)}</span>
        </label>
        <Pick
          label={t(words.x)}
          value={x}
          choices={[['_step', t(words.step)], ['_runtime', t(words.relative)], ['_timestamp', t(words.wall)], ...metrics.slice(0, MOST_AXES).map((metric) => [metric, metric] as const)]}
          onChange={(event) => {
            setRange(null)
            change({ x: event.target.value === '_step' ? null : event.target.value })
          }}
        />
        <Check label={t(words.logarithmic)} checked={logarithmic} onChange={(on) => change({ log: on ? '1' : null })} />
        <Check label={t(words.logarithmicX)} checked={sizes} onChange={(on) => change({ logx: on ? '1' : null })} />
        <Check label={t(words.clip)} checked={clip} onChange={(on) => change({ clip: on ? '1' : null })} />
      </div>
      {children?.({ x, look, range, onZoom: setRange })}
      {found.length === 0 && <div className="panel"><Empty title={t(words.noneMatch)} /></div>}
      <div className="walls">
        {found.map((section) => (
          <SectionView key={section.name} section={section}>
            {section.metrics.map((metric) => <ChartPanel key={metric} {...{ metric, runs, x, look, range }} onZoom={setRange} />)}
          </SectionView>
        ))}
      </div>
    </div>
  )
}

function SectionView({ section, children }: { section: Section; children: ReactNode }) {
  const t = useWords()
  const [open, setOpen] = useState(true)
  return (
    <section className="wall" style={{ flexBasis: Math.min(section.metrics.length, WIDEST) * PANEL_PX }}>
      <h2>
        <button type="button" className="fold" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name={open ? 'down' : 'right'} />
          {section.name || t(words.loneLetters)}
          <span className="quiet small">{section.metrics.length}</span>
        </button>
      </h2>
      {open && <div className="charts">{children}</div>}
    </section>
  )
}

/** A regular expression, or, where it is none, a part of the name. */
function matches(metric: string, wanted: string): boolean {
  if (wanted === '') return true
  try {
    return new RegExp(wanted, 'i').test(metric)
  } catch {
    return metric.toLowerCase().includes(wanted.toLowerCase())
  }
}
