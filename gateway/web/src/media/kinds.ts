/** What the SDK logs beside numbers: pictures, sounds, films, pages, tables. Pure. */
import type { Run, Value, Values } from '../api/projects'
import { flat } from '../pages/project/columns'

export type Kind = 'image' | 'audio' | 'video' | 'html' | 'other'

/** One file, and what lies over it; overlays are [name, path of their file]. */
export interface Medium {
  kind: Kind
  type: string
  path: string
  caption: string | null
  boxes: [string, string][]
  masks: [string, string][]
}

export interface LoggedTable {
  path: string
  rows: number | null
  artifact: string | null
}

const KINDS: Record<string, Kind> = {
  'image-file': 'image', 'audio-file': 'audio', 'video-file': 'video', 'html-file': 'html',
  'images/separated': 'image', images: 'image', audio: 'audio', videos: 'video', html: 'html',
}
const OTHERS = new Set(['plotly-file', 'bokeh-file', 'object3D-file', 'molecule-file', 'graph-file', 'object3D', 'molecule', 'plotly', 'bokeh'])

type Dict = { [key: string]: Value }
const isDict = (value: Value | undefined): value is Dict => value !== null && typeof value === 'object' && !Array.isArray(value)
const typeOf = (value: Value | undefined): string => (isDict(value) && typeof value._type === 'string' ? value._type : '')
const text = (value: Value | undefined): string | null => (typeof value === 'string' ? value : null)
const list = (value: Value | undefined): Value[] => (Array.isArray(value) ? value : [])

export const isMedia = (value: Value | undefined): boolean => typeOf(value) in KINDS || OTHERS.has(typeOf(value))
export const isTable = (value: Value | undefined): boolean => typeOf(value) === 'table-file'

/** Every file of a logged value, in the order in which it was logged. */
export function mediaOf(value: Value | undefined): Medium[] {
  if (!isDict(value)) return []
  const type = typeOf(value)
  if (!isMedia(value)) return []
  const kind = KINDS[type] ?? 'other'
  const one = (path: Value | undefined, inside: Dict, caption: Value | undefined, boxes: Value | undefined, masks: Value | undefined): Medium[] =>
    typeof path === 'string' ? [{ kind, type: typeOf(inside) || type, path, caption: text(caption) ?? text(inside.caption), boxes: overlays(boxes), masks: overlays(masks) }] : []
  if (typeof value.path === 'string') return one(value.path, value, value.caption, value.boxes, value.masks)
  const captions = list(value.captions)
  if (Array.isArray(value.filenames)) {
    const [boxes, masks] = [list(value.all_boxes), list(value.all_masks)]
    return value.filenames.flatMap((path, index) => one(path, value, captions[index], boxes[index], masks[index]))
  }
  const inside = list(value[type] ?? value[`${type}s`])
  return inside.flatMap((item, index) => (isDict(item) ? one(item.path, item, captions[index], item.boxes, item.masks) : []))
}

function overlays(value: Value | undefined): [string, string][] {
  if (!isDict(value)) return []
  return Object.entries(value).flatMap(([name, inside]) => (isDict(inside) && typeof inside.path === 'string' ? [[name, inside.path] satisfies [string, string]] : []))
}

export function tableOf(value: Value | undefined): LoggedTable | null {
  if (!isDict(value) || !isTable(value) || typeof value.path !== 'string') return null
  return { path: value.path, rows: typeof value.nrows === 'number' ? value.nrows : null, artifact: text(value.artifact_path) }
}

/** Keys of a run whose values are such, from its last values. */
export function keysOfKind(summary: Values, last: Record<string, Value>, fits: (value: Value | undefined) => boolean): string[] {
  const found = new Set<string>()
  for (const [key, value] of flat(summary)) if (fits(value)) found.add(key)
  for (const [key, value] of Object.entries(last)) if (fits(value)) found.add(key)
  return [...found].sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
}

/** Of many runs, from their summaries. */
export const keysAmong = (runs: readonly Run[], fits: (value: Value | undefined) => boolean): string[] =>
  [...new Set(runs.flatMap((run) => keysOfKind(run.summary, {}, fits)))].sort()

/** Where a slider stands: the last that was logged at a step or before it; else the first. */
export function indexAt(steps: readonly number[], step: number | null): number {
  if (step === null) return steps.length - 1
  let index = 0
  steps.forEach((one, at) => {
    if (one <= step) index = at
  })
  return index
}

export interface Box {
  /** Shares of the picture. */
  left: number
  top: number
  width: number
  height: number
  label: string
  group: number
}

/** Boxes of a file that the SDK wrote; `size` is the picture's, for those in pixels. */
export function boxesOf(document: Value, size: { width: number; height: number }): Box[] {
  if (!isDict(document)) return []
  const labels = isDict(document.class_labels) ? document.class_labels : {}
  return list(document.box_data).flatMap((item) => {
    if (!isDict(item) || !isDict(item.position)) return []
    const number = (value: Value | undefined): number => (typeof value === 'number' ? value : NaN)
    const { minX, minY, maxX, maxY, middle, width, height } = item.position
    const box = Array.isArray(middle)
      ? { left: number(middle[0]) - number(width) / 2, top: number(middle[1]) - number(height) / 2, width: number(width), height: number(height) }
      : { left: number(minX), top: number(minY), width: number(maxX) - number(minX), height: number(maxY) - number(minY) }
    const [across, down] = item.domain === 'pixel' ? [size.width, size.height] : [1, 1]
    const group = number(item.class_id)
    const label = text(item.box_caption) ?? text(labels[String(item.class_id)]) ?? (Number.isNaN(group) ? '' : String(group))
    const found = { left: box.left / across, top: box.top / down, width: box.width / across, height: box.height / down }
    return Object.values(found).every(Number.isFinite) ? [{ ...found, label, group: Number.isNaN(group) ? 0 : group }] : []
  })
}
