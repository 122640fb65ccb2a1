/** Curves reshaped for drawing. Pure: no request, no canvas. */

/** As the server tells it: null in `y` is no finite number, and `odd` says by index which. */
export interface Curve {
  x: number[]
  y: (number | null)[]
  total: number
  odd: Record<string, string>
}

/** One line of a chart. */
export interface Line {
  id: string
  name: string
  color: string
  curve: Curve
  /** What lies around the line of a group: its lowest and its highest run. */
  band?: { low: Curve; high: Curve }
}

/** A value for each x, for every line. `undefined`: the line has no point there. `null`: a gap. */
export interface Aligned {
  x: number[]
  ys: (number | null | undefined)[][]
}

export const NOTHING: Curve = { x: [], y: [], total: 0, odd: {} }

/** All lines over one common x, as a canvas wants them. */
export function aligned(curves: readonly Curve[]): Aligned {
  const single = curves.length === 1 ? curves[0] : undefined
  if (single && isRising(single.x)) return { x: single.x, ys: [single.y] }
  const x = [...new Set(curves.flatMap((curve) => curve.x))].sort((one, other) => one - other)
  const place = new Map(x.map((value, index) => [value, index]))
  const ys = curves.map((curve) => {
    const row = new Array<number | null | undefined>(x.length).fill(undefined)
    curve.x.forEach((value, index) => {
      const at = place.get(value)
      if (at !== undefined) row[at] = curve.y[index] ?? null
    })
    return row
  })
  return { x, ys }
}

function isRising(x: readonly number[]): boolean {
  for (let index = 1; index < x.length; index += 1) {
    if ((x[index] ?? 0) <= (x[index - 1] ?? 0)) return false
  }
  return true
}

/**
 * Exponential moving average, freed of its start at zero. A gap stays a gap, and does not reset
 * the average.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight <= 0) return [...values]
  let average = 0
  let seen = 0
  return values.map((value) => {
    if (value === null) return null
    seen += 1
    average = weight * average + (1 - weight) * value
    return average / (1 - weight ** seen)
  })
}

/** New points behind the known ones; what repeats a known x replaces nothing and is left out. */
export function extended(curve: Curve, x: readonly number[], y: readonly (number | null)[]): Curve {
  const last = curve.x.at(-1) ?? -Infinity
  const first = x.findIndex((value) => value > last)
  if (first < 0) return curve
  return {
    ...curve,
    x: [...curve.x, ...x.slice(first)],
    y: [...curve.y, ...y.slice(first)],
    total: curve.total + x.length - first,
  }
}

/** Without the points that an axis of sizes cannot show. */
export function positive(curve: Curve): Curve {
  if (curve.x.every((value) => value > 0)) return curve
  const kept = curve.x.flatMap((value, index) => (value > 0 ? [index] : []))
  return { ...curve, x: kept.map((index) => curve.x[index] ?? 0), y: kept.map((index) => curve.y[index] ?? null) }
}

/** The range that holds all but the outermost share of the values at each end. */
export function clipped(rows: readonly (readonly (number | null | undefined)[])[], share = 0.02): [number, number] | null {
  const values = rows.flat().filter((value): value is number => typeof value === 'number').sort((one, other) => one - other)
  if (values.length < 10) return null
  const low = values[Math.floor(values.length * share)]
  const high = values[Math.ceil(values.length * (1 - share)) - 1]
  if (low === undefined || high === undefined || low === high) return null
  const room = (high - low) * 0.06
  return [low - room, high + room]
}

export interface Section {
  name: string
  metrics: string[]
}

/** Metrics by what stands before the last slash; those without one come first. */
export function sections(metrics: Iterable<string>): Section[] {
  const found = new Map<string, string[]>()
  for (const metric of [...metrics].sort(byName)) {
    const slash = metric.lastIndexOf('/')
    const name = slash > 0 ? metric.slice(0, slash) : ''
    found.set(name, [...(found.get(name) ?? []), metric])
  }
  return [...found].sort(([one], [other]) => byName(one, other)).map(([name, inside]) => ({ name, metrics: inside }))
}

/** "layer2" before "layer10". */
export const byName = (one: string, other: string): number => one.localeCompare(other, 'en', { numeric: true })

/** As few digits as tell numbers apart. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) return value.toExponential(2).replace('e+', 'e')
  if (Number.isInteger(value)) return String(value)
  return String(Number(value.toPrecision(5)))
}
