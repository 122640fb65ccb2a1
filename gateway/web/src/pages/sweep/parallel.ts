/** What a sweep tries beside what came of it, for parallel coordinates. Pure. */
import type { Run } from '../../api/projects'
import type { Parameter } from '../../api/sweeps'
import { isNumber, levels, measure, waysOf, type Axis, type Way } from '../../charts/axes'
import { valueOf } from '../project/columns'

/** Parameters that have more than one value, then the metric. */
export function axesOf(parameters: readonly Parameter[], metric: string, runs: readonly Run[]): Axis[] {
  const found = parameters.flatMap(({ path, distribution, values }): Axis[] => {
    const column = `config.${path}`
    const had = runs.map((run) => valueOf(run, column)).filter((value) => value !== undefined)
    const numbers = had.filter(isNumber)
    if (values.length === 1 || had.length === 0) return []
    if (values.length === 0 && numbers.length > 0) return [measure(column, numbers, distribution.includes('log'))]
    return [levels(column, [...values, ...had]) ?? []].flat()
  })
  const goal = `summary.${metric}`
  const goals = runs.map((run) => valueOf(run, goal)).filter(isNumber)
  return goals.length === 0 ? [] : [...found, measure(goal, goals, false)]
}

/** Runs that have a value for the metric, the best last; `merit` is 1 for the best of them. */
export function tried(axes: readonly Axis[], maximize: boolean, runs: readonly Run[]): (Way & { merit: number })[] {
  return waysOf(axes, runs)
    .flatMap((way) => {
      const at = way.places.at(-1)
      return at === null || at === undefined ? [] : [{ ...way, merit: maximize ? at : 1 - at }]
    })
    .sort((one, other) => one.merit - other.merit)
}
