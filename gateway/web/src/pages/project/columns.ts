/** What a table of runs can show: a run's own fields, and every key of its config and summary. Pure. */
import type { Run, Value, Values } from '../../api/projects'
import { byName, short } from '../../charts/series'

/** `state`, `config.lr`, `summary.loss`: the name of a column is its address. */
export type ColumnId = string

export const OWN = ['display_name', 'state', 'username', 'created_at', 'duration', 'last_step', 'tags', 'group', 'job_type', 'host', 'commit', 'notes'] as const
export type Own = (typeof OWN)[number]
export const DEFAULT_COLUMNS: ColumnId[] = ['state', 'username', 'created_at', 'duration']
const KEPT_SUMMARIES = 4
export const LEAST_PX = 60
export const MOST_PX = 2000

/** Pinned columns come first; what is pinned and not shown has no place. */
export function pinnedFirst(columns: readonly ColumnId[], pins: readonly ColumnId[]): ColumnId[] {
  const [first, rest] = [pins.filter((pin) => columns.includes(pin)), columns.filter((column) => !pins.includes(column))]
  return [...first, ...rest]
}

/** Widths in pixels that somebody drew, by column, as they stand in the address. */
export function parseWidths(text: string | null): Record<ColumnId, number> {
  const found: Record<ColumnId, number> = {}
  for (const part of text?.split('|') ?? []) {
    const at = part.lastIndexOf('*')
    const width = Number(part.slice(at + 1))
    if (at > 0 && Number.isInteger(width) && width >= LEAST_PX && width <= MOST_PX) found[part.slice(0, at)] = width
  }
  return found
}

export function printWidths(widths: Readonly<Record<ColumnId, number>>): string {
  return Object.entries(widths).map(([column, width]) => `${column}*${Math.min(MOST_PX, Math.max(LEAST_PX, Math.round(width)))}`).join('|')
}

/** How many of the first columns may stay in sight: as many as leave room for the others to pass beside them. */
export function staying(widths: readonly number[], pinned: number, room: number): number {
  let left = 0
  let count = 0
  for (const width of widths.slice(0, pinned)) {
    left += width
    if (left > room) break
    count += 1
  }
  return count
}

/** By what the server orders, where it can. */
const ORDERS: Record<string, string> = {
  display_name: 'display_name', state: 'state', username: 'username', created_at: 'created_at', duration: 'duration',
  group: 'group', job_type: 'job_type', host: 'host', commit: 'commit',
}

export function orderOf(column: ColumnId): string | null {
  if (column.startsWith('config.')) return column
  if (column.startsWith('summary.')) return `summary_metrics.${column.slice('summary.'.length)}`
  return ORDERS[column] ?? null
}

/** Nested values by dotted names; what the SDK keeps for itself is left out. */
export function flat(values: Values, prefix = ''): Map<string, Value> {
  const found = new Map<string, Value>()
  for (const [key, value] of Object.entries(values)) {
    if (prefix === '' && (key === '_wandb' || key === '_runtime' || key === '_timestamp' || key === '_step')) continue
    if (value !== null && typeof value === 'object' && !Array.isArray(value) && !('_type' in value)) {
      for (const [inner, leaf] of flat(value, `${prefix}${key}.`)) found.set(inner, leaf)
    } else {
      found.set(prefix + key, value)
    }
  }
  return found
}

/** Every key that some run has. */
export function keysOf(runs: readonly Run[], area: 'config' | 'summary'): string[] {
  const found = new Set<string>()
  for (const run of runs) for (const key of flat(run[area]).keys()) found.add(key)
  return [...found].sort(byName)
}

/** Metrics that can be drawn: what of the summaries is a number, or a word for one. */
export function metricsOf(runs: readonly Run[]): string[] {
  const found = new Set<string>()
  for (const run of runs) for (const [key, value] of flat(run.summary)) if (isNumber(value)) found.add(key)
  return [...found].sort(byName)
}

const isNumber = (value: Value): boolean =>
  typeof value === 'number' || value === 'NaN' || value === 'Infinity' || value === '-Infinity'

/** Without a choice: the usual ones, and the first few of the summary. */
export function defaults(runs: readonly Run[]): ColumnId[] {
  return [...DEFAULT_COLUMNS, ...metricsOf(runs).slice(0, KEPT_SUMMARIES).map((key) => `summary.${key}`)]
}

/** The value that a column shows of a run. */
export function valueOf(run: Run, column: ColumnId): Value | undefined {
  if (column.startsWith('config.')) return dig(run.config, column.slice('config.'.length))
  if (column.startsWith('summary.')) return dig(run.summary, column.slice('summary.'.length))
  if (column === 'duration') return lasted(run)
  const own = run[column as keyof Run]
  return own === undefined ? undefined : (own as Value)
}

/** Dots in a key may or may not mean nesting. */
function dig(values: Values, key: string): Value | undefined {
  if (key in values) return values[key]
  for (let dot = key.indexOf('.'); dot > 0; dot = key.indexOf('.', dot + 1)) {
    const inner = values[key.slice(0, dot)]
    if (inner !== null && typeof inner === 'object' && !Array.isArray(inner)) {
      const found = dig(inner, key.slice(dot + 1))
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** Milliseconds from the first to the last sign of life. */
export const lasted = (run: Run): number =>
  Math.max(0, new Date(run.heartbeat_at ?? run.updated_at).getTime() - new Date(run.created_at).getTime())

export function shown(value: Value | undefined): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'number') return short(value)
  if (typeof value === 'string') return value
  return JSON.stringify(value)
}

/** A table as people take it along; what a spreadsheet would run as a formula becomes text. */
export function csv(runs: readonly Run[], columns: readonly ColumnId[]): string {
  const cell = (value: Value | undefined): string => {
    const text = value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
    const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  }
  const head = ['run', ...columns]
  const rows = runs.map((run) => [cell(run.name), ...columns.map((column) => cell(valueOf(run, column)))])
  return [head.map(cell), ...rows].map((row) => row.join(',')).join('\r\n') + '\r\n'
}
