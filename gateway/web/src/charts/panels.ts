/** Panels that people choose, as an address says them. Pure. */
import type { ColumnId } from '../pages/project/columns'

export type Panel =
  | { kind: 'line'; metrics: string[]; x: string }
  | { kind: 'bar'; y: ColumnId }
  | { kind: 'scatter'; x: ColumnId; y: ColumnId; color: ColumnId }
  | { kind: 'parallel'; columns: ColumnId[] }
  | { kind: 'histogram'; key: string }
  | { kind: 'media'; key: string }
  | { kind: 'table'; key: string }
export type PanelKind = Panel['kind']

export const KINDS: readonly PanelKind[] = ['line', 'bar', 'scatter', 'parallel', 'histogram', 'media', 'table']
export const MOST_PANELS = 24
export const MOST_METRICS = 12

/** From an address; what is no panel is left out. */
export function parsePanels(text: string | null): Panel[] {
  if (text === null) return []
  try {
    const found = JSON.parse(text) as unknown
    return Array.isArray(found) ? found.slice(0, MOST_PANELS).flatMap((one) => panelOf(one) ?? []) : []
  } catch {
    return []
  }
}

export const printPanels = (panels: readonly Panel[]): string | null => (panels.length === 0 ? null : JSON.stringify(panels.map(listed)))

function panelOf(data: unknown): Panel | null {
  if (!Array.isArray(data) || !data.every((part) => typeof part === 'string')) return null
  const [kind, first = '', ...more] = data as string[]
  const all = [first, ...more].filter((name) => name !== '').slice(0, MOST_METRICS)
  switch (kind) {
    case 'line':
      return more.length === 0 ? null : { kind, x: first || '_step', metrics: more.slice(0, MOST_METRICS) }
    case 'bar':
      return first === '' ? null : { kind, y: first }
    case 'scatter':
      return first === '' || !more[0] ? null : { kind, x: first, y: more[0], color: more[1] ?? '' }
    case 'parallel':
      return all.length < 2 ? null : { kind, columns: all }
    case 'histogram':
    case 'media':
    case 'table':
      return first === '' ? null : { kind, key: first }
  }
  return null
}

function listed(panel: Panel): string[] {
  switch (panel.kind) {
    case 'line':
      return [panel.kind, panel.x, ...panel.metrics]
    case 'bar':
      return [panel.kind, panel.y]
    case 'scatter':
      return [panel.kind, panel.x, panel.y, panel.color]
    case 'parallel':
      return [panel.kind, ...panel.columns]
    default:
      return [panel.kind, panel.key]
  }
}

/** A name for it, from what it shows. */
export function titleOf(panel: Panel): string {
  const short = (column: ColumnId): string => column.replace(/^(config|summary)\./, '')
  switch (panel.kind) {
    case 'line':
      return panel.metrics.join(', ')
    case 'bar':
      return short(panel.y)
    case 'scatter':
      return `${short(panel.y)} / ${short(panel.x)}`
    case 'parallel':
      return panel.columns.map(short).join(' · ')
    default:
      return panel.key
  }
}

/** Values of runs that panels show, to be brought along with a list of runs. */
export function columnsIn(panels: readonly Panel[]): ColumnId[] {
  const all = panels.flatMap((panel) => {
    if (panel.kind === 'bar') return [panel.y]
    if (panel.kind === 'scatter') return [panel.x, panel.y, panel.color]
    return panel.kind === 'parallel' ? panel.columns : []
  })
  return [...new Set(all)].filter((column) => column !== '').sort()
}
