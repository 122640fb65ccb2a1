/** Parallel coordinates: an axis for each value, and each run's way across them. */
import { useRef, useState } from 'react'
import { useWords } from '../state/language'
import { useWidth } from '../state/width'
import { views as words } from '../words/views'
import type { Axis, Way } from './axes'
import { cut, plainly, text, useOpen } from './RunPlots'

/** How a way is drawn; `strength` from 0 to 1 where some are to stand out. */
export interface Thread extends Way {
  color: string
  strength?: number
}

interface Props {
  axes: Axis[]
  /** The last is drawn on top. */
  threads: Thread[]
  height?: number
}

const EDGE = { top: 34, bottom: 14, left: 34, right: 72 }
const NARROWEST = 92
const LETTER_PX = 7

export function ParallelPlot({ axes, threads, height = 260 }: Props) {
  const t = useWords()
  const go = useOpen()
  const host = useRef<HTMLDivElement>(null)
  const room = useWidth(host)
  const [near, setNear] = useState<Thread | null>(null)
  // The place of the drawing is measured from the first on, whether there is something to draw or not.
  const empty = threads.length === 0 || axes.length < 2
  const label = t(words.parallelOf, { count: threads.length, axes: axes.map(({ column }) => plainly(column)).join(', ') })
  // Many axes stand no nearer to one another than can be read.
  const width = Math.max(room, EDGE.left + EDGE.right + NARROWEST * (axes.length - 1))
  const apart = (width - EDGE.left - EDGE.right) / Math.max(1, axes.length - 1)
  const letters = Math.floor(apart / LETTER_PX)
  /** Its name would stand out at the left. */
  const wide = (column: string): boolean => plainly(column).length * LETTER_PX > 2 * EDGE.left
  const x = (index: number): number => EDGE.left + index * apart
  const y = (place: number): number => height - EDGE.bottom - place * (height - EDGE.bottom - EDGE.top)
  return (
    <div className="parallel" ref={host}>
      {empty && <p className="state small">{t(words.nothing)}</p>}
      <div className="scroll" tabIndex={width > room ? 0 : undefined}>
        {room > 0 && !empty && (
          <svg width={width} height={height} role="img" aria-label={label}>
            {threads.map((thread) => (
              <path
                key={thread.run.id ?? thread.run.name}
                className={near === thread ? 'way near' : 'way'}
                d={pathOf(thread.places, x, y)}
                style={{ stroke: thread.color, strokeOpacity: near === thread ? 1 : near ? 0.1 : 0.2 + 0.6 * (thread.strength ?? 0.75) }}
                onPointerEnter={() => setNear(thread)}
                onPointerLeave={() => setNear(null)}
                onClick={() => go(thread.run)}
              />
            ))}
            {axes.map(({ column, ticks }, index) => (
              <g key={column} className="axis">
                <line x1={x(index)} x2={x(index)} y1={y(0)} y2={y(1)} />
                <text className="name" x={index === 0 && wide(column) ? 2 : x(index)} y={16} textAnchor={index === 0 && wide(column) ? 'start' : 'middle'}>{cut(plainly(column), letters)}<title>{plainly(column)}</title></text>
                {ticks.map(({ at, label }) => <text key={`${at} ${label}`} x={x(index) + 5} y={y(at) + 4}>{cut(label, letters - 1)}</text>)}
              </g>
            ))}
          </svg>
        )}
      </div>
      <p className="small clip" aria-live="off">{near ? <><strong>{near.run.display_name}</strong> <span className="quiet">{axes.map(({ column }) => `${plainly(column)} ${text(near.run, column)}`).join(' · ')}</span></> : '\u00a0'}</p>
    </div>
  )
}

/** A line breaks where the run has no value. */
function pathOf(places: Way['places'], x: (index: number) => number, y: (place: number) => number): string {
  let pen = 'M'
  return places
    .map((place, index) => {
      const step = place === null ? '' : `${pen}${x(index).toFixed(1)} ${y(place).toFixed(1)}`
      pen = place === null ? 'M' : 'L'
      return step
    })
    .join('')
}
