/** Values of many runs reshaped for drawing: points, bars, heat. Pure. */
import type { Run, Value } from '../api/projects'
import { valueOf, type ColumnId } from '../pages/project/columns'
import { axisOf, type Axis } from './axes'
import { thinned } from './bands'

export interface Spot {
  run: Run
  x: number
  y: number
}

/** Runs that have both values, on two axes. */
export function spotsOf(runs: readonly Run[], across: ColumnId, up: ColumnId): { x: Axis; y: Axis; spots: Spot[] } | null {
  const x = axisOf(across, runs.map((run) => valueOf(run, across)))
  const y = axisOf(up, runs.map((run) => valueOf(run, up)))
  if (!x || !y) return null
  const spots = runs.flatMap((run) => {
    const [one, other] = [x.place(valueOf(run, across)), y.place(valueOf(run, up))]
    return one === null || other === null ? [] : [{ run, x: one, y: other }]
  })
  return spots.length === 0 ? null : { x, y, spots }
}

export interface Bar {
  run: Run
  value: number
  /** Where it begins and ends, as shares of the width. */
  from: number
  to: number
}

/** Bars from zero; where all values are far from it, too. */
export function barsOf(runs: readonly Run[], column: ColumnId): Bar[] {
  const found = runs.flatMap((run) => {
    const value = valueOf(run, column)
    return typeof value === 'number' && Number.isFinite(value) ? [{ run, value }] : []
  })
  const low = Math.min(0, ...found.map(({ value }) => value))
  const room = Math.max(0, ...found.map(({ value }) => value)) - low || 1
  return found.map(({ run, value }) => ({ run, value, from: (Math.min(0, value) - low) / room, to: (Math.max(0, value) - low) / room }))
}

export interface Heat {
  steps: number[]
  low: number
  high: number
  /** For each step, from low to high: which share of the fullest cell. */
  columns: number[][]
}

const HEAT_STEPS = 120
const HEAT_ROWS = 48

/** Histograms over time on one common range; counts are spread evenly within their bin. */
export function heatOf(moments: readonly (readonly [step: number, value: Value])[]): Heat | null {
  const found = thinned(moments.flatMap(([step, value]) => histogramOf(value).map((histogram) => ({ step, ...histogram }))), HEAT_STEPS)
  if (found.length === 0) return null
  const low = Math.min(...found.map(({ bins }) => bins[0] ?? 0))
  const high = Math.max(...found.map(({ bins }) => bins.at(-1) ?? 0))
  const width = (high - low) / HEAT_ROWS || 1
  const columns = found.map(({ bins, values }) => {
    const rows = new Array<number>(HEAT_ROWS).fill(0)
    values.forEach((count, index) => {
      const [from, to] = [bins[index] ?? 0, bins[index + 1] ?? 0]
      const [first, last] = [(from - low) / width, (to - low) / width]
      for (let row = Math.floor(first); row <= Math.min(HEAT_ROWS - 1, Math.floor(last)); row += 1) {
        const share = last === first ? 1 : (Math.min(last, row + 1) - Math.max(first, row)) / (last - first)
        rows[row] = (rows[row] ?? 0) + count * Math.max(0, share)
      }
    })
    return rows
  })
  const most = Math.max(...columns.flat(), 1e-300)
  return { steps: found.map(({ step }) => step), low, high, columns: columns.map((rows) => rows.map((count) => count / most)) }
}

export const isHistogram = (value: Value | undefined): boolean => value !== undefined && histogramOf(value).length > 0

/** As the SDK logs it: counts, and the edges between them. */
function histogramOf(value: Value): { bins: number[]; values: number[] }[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || value._type !== 'histogram') return []
  const numbers = (list: Value | undefined): number[] | null =>
    Array.isArray(list) && list.every((one): one is number => typeof one === 'number' && Number.isFinite(one)) ? list : null
  const [values, bins] = [numbers(value.values), numbers(value.bins)]
  return values && bins && values.length > 0 && bins.length === values.length + 1 ? [{ bins, values }] : []
}
