/** Axes on which values have their places: of numbers, or of the few words that there are. Pure. */
import type { Run, Value } from '../api/projects'
import { shown, valueOf, type ColumnId } from '../pages/project/columns'
import { thinned } from './bands'
import { short } from './series'

export interface Axis {
  column: ColumnId
  /** From 0 at its low end to 1 at its high end; null for what has no place on it. */
  place: (value: Value | undefined) => number | null
  ticks: { at: number; label: string }[]
}

const MOST_LEVELS = 12
/** Numbers that range over more than this, and are all above zero, are spread by their size. */
const WIDE = 50

export const isNumber = (value: Value | undefined): value is number => typeof value === 'number' && Number.isFinite(value)

/** An axis that fits the values. */
export function axisOf(column: ColumnId, values: readonly (Value | undefined)[]): Axis | null {
  const numbers = values.filter(isNumber)
  const words = values.filter((value) => typeof value === 'string' || typeof value === 'boolean')
  if (numbers.length === 0 || words.length > numbers.length) return levels(column, [...words].sort((one, other) => (shown(one) < shown(other) ? -1 : 1)))
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
  return measure(column, numbers, low > 0 && high / low > WIDE)
}

/** Of numbers, from the least to the greatest; by their size only where all of them have one. */
export function measure(column: ColumnId, numbers: readonly number[], bySize: boolean): Axis {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
  const logarithmic = bySize && low > 0
  const size = logarithmic ? Math.log10 : (value: number) => value
  const [from, room] = [size(low), size(high) - size(low)]
  const place = (value: Value | undefined): number | null => {
    if (!isNumber(value) || (logarithmic && value <= 0)) return null
    return room === 0 ? 0.5 : (size(value) - from) / room
  }
  const round = room === 0 ? [low] : logarithmic ? powers(low, high) : steps(low, high)
  // Between two sizes there may be one power of ten, or none.
  const marks = round.length < 2 && room > 0 ? [...new Set([low, ...round, high])] : round
  return { column, place, ticks: marks.map((value) => ({ at: place(value) ?? 0, label: short(Number(value.toPrecision(3))) })) }
}

/** One place for each value, in their order; null where there is none. */
export function levels(column: ColumnId, values: readonly Value[]): Axis | null {
  const known = [...new Set(values.map(shown))]
  if (known.length === 0) return null
  const at = (index: number): number => (known.length === 1 ? 0.5 : index / (known.length - 1))
  return {
    column,
    place: (value) => {
      const index = value === undefined ? -1 : known.indexOf(shown(value))
      return index < 0 ? null : at(index)
    },
    ticks: thinned(known.map((label, index) => ({ at: at(index), label })), MOST_LEVELS),
  }
}

/** Round numbers inside a range, some five of them. */
export function steps(low: number, high: number): number[] {
  const rough = (high - low) / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
  const first = Math.ceil(low / step)
  const count = Math.floor(high / step + 1e-9) - first + 1
  return Array.from({ length: Math.max(0, count) }, (_, index) => Number(((first + index) * step).toPrecision(12)))
}

/** Said as text: 10 ** -4 is not 1e-4 in every engine. */
function powers(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9)
  const last = Math.floor(Math.log10(high) + 1e-9)
  return thinned(Array.from({ length: last - first + 1 }, (_, index) => Number(`1e${first + index}`)), 6)
}

export interface Way {
  run: Run
  /** A place on each axis, null where it has none. */
  places: (number | null)[]
}

/** Ways of runs over parallel axes; of those that have a place on more than one. */
export function waysOf(axes: readonly Axis[], runs: readonly Run[]): Way[] {
  const ways = runs.map((run) => ({ run, places: axes.map(({ column, place }) => place(valueOf(run, column))) }))
  return ways.filter(({ places }) => places.filter((place) => place !== null).length > 1)
}
