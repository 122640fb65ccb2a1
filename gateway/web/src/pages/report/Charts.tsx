/** The charts of a report: some metrics of some runs, live as those on every other page. */
import { useMemo, useRef, useState } from 'react'
import type { ReportChart } from '../../api/reports'
import type { DrawnRun } from '../../charts/ChartPanel'
import { LineChartView } from '../../charts/LineChartView'
import { colorOf } from '../../charts/palette'
import type { Line } from '../../charts/series'
import { useCurves } from '../../state/curves'
import { useWords } from '../../state/language'
import { useShade } from '../../state/theme'
import { useVisible } from '../../state/visible'
import { IconButton } from '../../ui/button'
import { Failed } from '../../ui/states'
import { chart as words } from '../../words/chart'
import { reports } from '../../words/reports'
import { titleOf } from './blocks'

const HEIGHT = 240

export function Charts({ charts, runs }: { charts: ReportChart[]; runs: DrawnRun[] }) {
  const t = useWords()
  if (runs.length === 0) return <p className="quiet">{t(reports.noRuns)}</p>
  return <div className="report-charts">{charts.map((chart, index) => <One key={index} chart={chart} runs={runs} />)}</div>
}

function One({ chart, runs }: { chart: ReportChart; runs: DrawnRun[] }) {
  const t = useWords()
  const element = useRef<HTMLElement>(null)
  const visible = useVisible(element)
  const [range, setRange] = useState<[number, number] | null>(null)
  const title = titleOf(chart)
  return (
    <section className="chart" ref={element} aria-label={title}>
      <header>
        <h3 className="clip" title={title}>{title}</h3>
        {range && <IconButton icon="history" label={t(words.whole)} onClick={() => setRange(null)} />}
      </header>
      {visible ? <Body {...{ chart, runs, range, title }} onZoom={setRange} /> : <div style={{ height: HEIGHT }} />}
    </section>
  )
}

function Body({ chart, runs, range, title, onZoom }: { chart: ReportChart; runs: DrawnRun[]; range: [number, number] | null; title: string; onZoom: (range: [number, number] | null) => void }) {
  const t = useWords()
  const shade = useShade()
  const { metrics, x, smoothing, logarithmic } = chart
  const wanted = useMemo(() => metrics.flatMap((metric) => runs.map((run) => ({ path: run.path, metric, run }))), [metrics, runs])
  const { curves, pending, error } = useCurves(wanted, x, range, true)
  const several = metrics.length > 1
  const lines = useMemo<Line[]>(
    () =>
      wanted.flatMap(({ metric, run }, index) => {
        const curve = curves[index]
        if (!curve || curve.x.length === 0) return []
        const name = !several ? run.name : runs.length === 1 ? metric : `${run.name} · ${metric}`
        return [{ id: `${run.path.run} ${metric}`, name, color: several ? colorOf(index, shade) : run.color, curve }]
      }),
    [wanted, curves, several, runs.length, shade],
  )
  const look = useMemo(() => ({ smoothing, logarithmic, clip: false, moments: x === '_timestamp' }), [smoothing, logarithmic, x])
  if (error && lines.length === 0) return <Failed error={error} />
  if (lines.length === 0) return <div className="state small" style={{ height: HEIGHT }}>{pending ? '' : t(words.noMetrics)}</div>
  return (
    <>
      <LineChartView title={title} lines={lines} look={look} range={range} onZoom={onZoom} height={HEIGHT} sync={title} />
      <ul className="legend small">{lines.map((line) => <li key={line.id} className="row"><span className="dot" style={{ color: line.color }} /><span className="clip" title={line.name}>{line.name}</span></li>)}</ul>
    </>
  )
}
