/** Values of many runs on a sheet: points and bars. */
import { useMemo, useRef } from 'react'
import { useLocation } from 'wouter'
import type { Run } from '../api/projects'
import type { ColumnId } from '../pages/project/columns'
import { valueOf } from '../pages/project/columns'
import { useWords } from '../state/language'
import { useWidth } from '../state/width'
import { views as words } from '../words/views'
import { axisOf } from './axes'
import { barsOf, spotsOf } from './plots'
import { short } from './series'

/** The colour of a run; null for one that is not drawn elsewhere. */
export type ColorOf = (run: Run) => string | null

const HEIGHT = 240
const LEFT = 58
const BOTTOM = 28
const RIM = 10

interface PlotProps {
  runs: Run[]
  colorOf: ColorOf
}

export const plainly = (column: ColumnId): string => column.replace(/^(config|summary)\./, '')

export function ScatterPlot({ runs, colorOf, x, y, color }: PlotProps & { x: ColumnId; y: ColumnId; color: ColumnId }) {
  const t = useWords()
  const go = useOpen()
  const host = useRef<HTMLDivElement>(null)
  const width = useWidth(host)
  const found = useMemo(() => spotsOf(runs, x, y), [runs, x, y])
  const shades = useMemo(() => (color === '' ? null : axisOf(color, runs.map((run) => valueOf(run, color)))), [runs, color])
  const [right, top] = [Math.max(width - RIM, LEFT + 1), RIM]
  const across = (place: number): number => LEFT + place * (right - LEFT)
  const down = (place: number): number => HEIGHT - BOTTOM - place * (HEIGHT - BOTTOM - top)
  return (
    <div className="sheet-plot" ref={host} style={{ minHeight: HEIGHT }}>
      {!found ? <p className="state small">{t(words.nothing)}</p> : width > 0 && (
        <svg width={width} height={HEIGHT} role="img" aria-label={t(words.pointsOf, { up: plainly(y), across: plainly(x), count: found.spots.length })}>
          {found.y.ticks.map(({ at, label }) => <g key={label}><line className="grid" x1={LEFT} x2={right} y1={down(at)} y2={down(at)} /><text x={LEFT - 6} y={down(at) + 4} textAnchor="end">{cut(label, 9)}</text></g>)}
          {found.x.ticks.map(({ at, label }) => <g key={label}><line className="grid" x1={across(at)} x2={across(at)} y1={top} y2={HEIGHT - BOTTOM} /><text x={across(at)} y={HEIGHT - 10} textAnchor={at > 0.93 ? 'end' : 'middle'}>{cut(label, 12)}</text></g>)}
          {found.spots.map(({ run, x: one, y: other }) => (
            <circle key={run.id} className={colorOf(run) || shades ? 'spot' : 'spot far'} cx={across(one)} cy={down(other)} r={5} style={{ fill: shades ? heat(shades.place(valueOf(run, color))) : (colorOf(run) ?? undefined) }} onClick={() => go(run)}>
              <title>{`${run.display_name}\n${plainly(x)}: ${text(run, x)}\n${plainly(y)}: ${text(run, y)}${color === '' ? '' : `\n${plainly(color)}: ${text(run, color)}`}`}</title>
            </circle>
          ))}
        </svg>
      )}
    </div>
  )
}

const MOST_BARS = 30

export function BarPlot({ runs, colorOf, y }: PlotProps & { y: ColumnId }) {
  const t = useWords()
  const go = useOpen()
  const bars = useMemo(() => barsOf(runs, y).slice(0, MOST_BARS), [runs, y])
  if (bars.length === 0) return <p className="state small">{t(words.nothing)}</p>
  return (
    <ul className="bars" aria-label={t(words.barsOf, { name: plainly(y), count: bars.length })}>
      {bars.map(({ run, value, from, to }) => (
        <li key={run.id}>
          <button type="button" className="clip" title={run.display_name} onClick={() => go(run)}>{run.display_name}</button>
          <span className="track"><span style={{ left: `${from * 100}%`, width: `${Math.max(0.4, (to - from) * 100)}%`, background: colorOf(run) ?? 'var(--line-strong)' }} /></span>
          <span className="numbers small">{short(value)}</span>
        </li>
      ))}
    </ul>
  )
}

export function useOpen(): (run: Run) => void {
  const [, go] = useLocation()
  return (run) => go(`/${run.entity}/${run.project}/runs/${run.name}`)
}

export function text(run: Run, column: ColumnId): string {
  const value = valueOf(run, column)
  return typeof value === 'number' ? short(value) : String(value ?? '–')
}

export const cut = (label: string, most: number): string => (label.length > most ? `${label.slice(0, most - 1)}…` : label)

/** From cold to warm; grey for what has no place. */
export const heat = (place: number | null): string => (place === null ? 'var(--line-strong)' : `hsl(${Math.round(230 - 210 * place)} 75% 52%)`)
