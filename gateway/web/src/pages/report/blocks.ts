/** Parts of a report while it is written. Pure. */
import type { Block, ReportChart } from '../../api/reports'

export const aText = (text = ''): Block => ({ kind: 'markdown', text, charts: [], runs: null, kept: null })
export const aChart = (metric?: string): ReportChart => ({ title: '', metrics: metric === undefined ? [] : [metric], x: '_step', logarithmic: false, smoothing: 0 })
export const someCharts = (metric: string | undefined, runs: string[] | null): Block => ({ kind: 'charts', text: '', charts: [aChart(metric)], runs, kept: null })

export const titleOf = (chart: ReportChart): string => chart.title || chart.metrics.join(', ')

/** The same with one part a place up (-1) or down (1); at the edge it stays. */
export function moved<Item>(items: readonly Item[], index: number, by: -1 | 1): Item[] {
  const found = [...items]
  const [one, other] = [found[index], found[index + by]]
  if (one === undefined || other === undefined) return found
  found[index] = other
  found[index + by] = one
  return found
}

export const replaced = <Item>(items: readonly Item[], index: number, item: Item): Item[] => items.map((one, at) => (at === index ? item : one))
export const without = <Item>(items: readonly Item[], index: number): Item[] => items.filter((_, at) => at !== index)

/** What a reader would find: no empty texts. */
export const tidied = (blocks: readonly Block[]): Block[] => blocks.filter((block) => block.kind !== 'markdown' || block.text.trim() !== '')

/** Whether some chart has no metric, or some charts of chosen runs no run. */
export const unfinished = (blocks: readonly Block[]): boolean =>
  blocks.some(({ kind, kept, charts, runs }) => kind === 'charts' && kept === null && (charts.length === 0 || charts.some(({ metrics }) => metrics.length === 0) || runs?.length === 0))

/** The id in an address: as it is, or as the SDK writes it behind a title: `A-title--VmlldzoxMjM`. */
export function reportIdOf(address: string): string {
  const last = address.split('--').at(-1) ?? address
  try {
    const text = atob(last)
    return text.startsWith('View:') ? text.slice('View:'.length) : last
  } catch {
    return last
  }
}
