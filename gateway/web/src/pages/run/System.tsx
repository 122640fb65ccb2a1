/** What the machine did while the run ran. */
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { Value } from '../../api/projects'
import { getSystem, type RunPath } from '../../api/runs'
import { LineChartView, type ChartLook } from '../../charts/LineChartView'
import { colorOf } from '../../charts/palette'
import { byName, type Line } from '../../charts/series'
import { useWords } from '../../state/language'
import { useShade, type Shade } from '../../state/theme'
import { Empty, Loaded } from '../../ui/states'
import { run as words } from '../../words/run'

const LOOK: ChartLook = { smoothing: 0, logarithmic: false, clip: false, moments: false }
const LOOK_MS = 5000

export function System({ path, running }: { path: RunPath; running: boolean }) {
  const t = useWords()
  const found = useQuery({ queryKey: ['system', path.entity, path.project, path.run], queryFn: () => getSystem(path), refetchInterval: running ? LOOK_MS : false })
  const empty = <div className="panel"><Empty title={t(words.noSystem)}><p>{t(words.noSystemWhy)}</p></Empty></div>
  return <Loaded query={found} isEmpty={(page) => page.items.length === 0} empty={empty}>{(page) => <Charts rows={page.items} />}</Loaded>
}

function Charts({ rows }: { rows: Record<string, Value>[] }) {
  const shade = useShade()
  const [range, setRange] = useState<[number, number] | null>(null)
  const charts = useMemo(() => chartsOf(rows, shade), [rows, shade])
  return (
    <div className="charts">
      {charts.map(([name, lines]) => (
        <section className="chart" key={name} aria-label={name}>
          <header><h3 className="clip" title={name}>{name}</h3></header>
          <LineChartView title={name} lines={lines} look={LOOK} range={range} onZoom={setRange} height={180} sync="system" />
        </section>
      ))}
    </div>
  )
}

/** Devices of one kind share a chart: `gpu.0.temp` and `gpu.1.temp` are lines of `gpu.temp`. */
export function chartsOf(rows: Record<string, Value>[], shade: Shade): [string, Line[]][] {
  const keys = [...new Set(rows.flatMap(Object.keys))].filter((key) => key.startsWith('system.')).sort(byName)
  const charts = new Map<string, Line[]>()
  for (const key of keys) {
    const points = rows.flatMap((row) => {
      const [x, y] = [row._runtime, row[key]]
      return typeof x === 'number' && typeof y === 'number' ? [{ x, y }] : []
    })
    if (points.length === 0) continue
    const short = key.slice('system.'.length)
    const name = short.replace(/\.\d+(?=\.|$)/g, '')
    const lines = charts.get(name) ?? []
    lines.push({
      id: key,
      name: short,
      color: colorOf(lines.length, shade),
      curve: { x: points.map(({ x }) => x), y: points.map(({ y }) => y), total: points.length, odd: {} },
    })
    charts.set(name, lines)
  }
  return [...charts]
}
