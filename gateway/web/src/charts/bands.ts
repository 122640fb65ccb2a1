/** Runs of a group as one line: their mean, between the lowest and the highest of them. Pure. */
import type { Curve, Line } from './series'

export interface Grouped {
  line: Line
  group: string
}

const GRID = 400

/** One line for each group, in the order in which groups come up; it has the colour of its first run. */
export function byGroup(lines: readonly Grouped[]): Line[] {
  const groups = new Map<string, Line[]>()
  for (const { line, group } of lines) groups.set(group, [...(groups.get(group) ?? []), line])
  return [...groups].map(([name, inside]) => {
    const band = banded(inside.map(({ curve }) => curve))
    return { id: `group ${name}`, name: `${name} (${inside.length})`, color: inside[0]?.color ?? '#888888', curve: band.mean, band }
  })
}

/** Mean, lowest and highest over one x: curves that were thinned in different places are read between their points. */
export function banded(curves: readonly Curve[]): { mean: Curve; low: Curve; high: Curve } {
  const sorted = curves.map(rising)
  const x = thinned([...new Set(sorted.flatMap((curve) => curve.x))].sort((one, other) => one - other), GRID)
  const odd = Object.assign({}, ...curves.map((curve) => curve.odd)) as Record<string, string>
  const total = curves.reduce((sum, curve) => sum + curve.total, 0)
  const rows = sorted.map((curve) => read(curve, x))
  const over = (fold: (values: number[]) => number): Curve => ({
    x,
    y: x.map((_, index) => {
      const values = rows.flatMap((row) => row[index] ?? [])
      return values.length === 0 ? null : fold(values)
    }),
    total,
    odd,
  })
  return {
    mean: over((values) => values.reduce((sum, value) => sum + value, 0) / values.length),
    low: over((values) => Math.min(...values)),
    high: over((values) => Math.max(...values)),
  }
}

/** Evenly so many of them, the first and the last among them. */
export function thinned<Item>(items: readonly Item[], most: number): Item[] {
  if (items.length <= most) return [...items]
  const step = (items.length - 1) / (most - 1)
  return Array.from({ length: most }, (_, index) => items[Math.round(index * step)] as Item)
}

function rising(curve: Curve): Pick<Curve, 'x' | 'y'> {
  const order = curve.x.map((_, index) => index).sort((one, other) => (curve.x[one] ?? 0) - (curve.x[other] ?? 0))
  return { x: order.map((index) => curve.x[index] ?? 0), y: order.map((index) => curve.y[index] ?? null) }
}

/** The curve's value at each x; null outside of it, and beside a gap. */
function read({ x, y }: Pick<Curve, 'x' | 'y'>, along: readonly number[]): (number | null)[] {
  let behind = 0
  return along.map((at) => {
    while (behind < x.length - 1 && (x[behind + 1] ?? Infinity) <= at) behind += 1
    const [from, low] = [x[behind], y[behind] ?? null]
    if (from === undefined || at < from) return null
    if (at === from) return low
    const [to, high] = [x[behind + 1], y[behind + 1] ?? null]
    if (to === undefined || low === null || high === null) return null
    return low + ((high - low) * (at - from)) / (to - from)
  })
}
