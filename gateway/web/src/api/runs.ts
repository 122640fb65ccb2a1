/** One run: what it logged, its console, its files; and changing it. */
import type { Curve } from '../charts/series'
import { asking, at, get, patch, post, remove, type Page } from './client'
import type { Run, Value } from './projects'

export interface RunPath {
  entity: string
  project: string
  run: string
}

/** Where visitors find what a share link shows: by a run's own id. `link` only tells links apart. */
export const visited = (link: string, run: string): RunPath => ({ entity: '', project: link, run })

const place = ({ entity, project, run }: RunPath): string => (entity === '' ? at`/shared/runs/${run}` : at`/runs/${entity}/${project}/${run}`)

export const getRun = (path: RunPath) => get<Run>(place(path))

export interface KeyInfo {
  typeCounts: { type: string; count: number }[]
  previousValue: Value
}
export const getKeys = (path: RunPath) => get<{ lastStep: number; keys: Record<string, KeyInfo> }>(`${place(path)}/keys`)

export interface CurveQuestion {
  x: string
  low: number | null
  high: number | null
  points: number
}
export const getCurves = async (path: RunPath, keys: string[], question: CurveQuestion): Promise<Record<string, Curve>> => {
  const query = new URLSearchParams(keys.map((key) => ['key', key]))
  const more = asking({ ...question }).slice(1)
  return (await get<{ curves: Record<string, Curve> }>(`${place(path)}/curves?${query.toString()}&${more}`)).curves
}

export const getSystem = (path: RunPath) => get<Page<Record<string, Value>>>(`${place(path)}/system?samples=1000`)

export interface LogLine {
  number: number
  timestamp: string | null
  level: string | null
  label: string | null
  line: string
}
export const getConsole = (path: RunPath, question: { last?: number; after?: number; limit?: number }) =>
  get<{ items: LogLine[]; total: number }>(`${place(path)}/console${asking(question)}`)

export interface RunFile {
  name: string
  size: number
  md5: string
  mimetype: string | null
  updated_at: string | null
  url: string
  /** Where HTML is shown, cut off from everything; null for other files. */
  frame: string | null
}
export const listFiles = (path: RunPath, cursor: string | null = null) =>
  get<Page<RunFile> & { total: number }>(`${place(path)}/files${asking({ limit: 500, cursor })}`)

/** Those of these names that there are. */
export const filesNamed = async (path: RunPath, names: string[]): Promise<RunFile[]> => {
  const query = new URLSearchParams([...names.map((name) => ['name', name]), ['limit', '200']])
  return (await get<Page<RunFile>>(`${place(path)}/files?${query.toString()}`)).items
}

/** The values of a key that are no numbers, with their steps; of very many some, evenly spread. */
export const getValues = async (path: RunPath, key: string, samples: number): Promise<[step: number, value: Value][]> =>
  (await get<{ rows: [number, Value][] }>(`${place(path)}/history${asking({ keys: key, samples })}`)).rows

export interface TableQuestion {
  file: string
  /** Where all of its rows are, and its pictures. */
  artifact: string | null
  find: string
  filters: string | null
  order: string | null
  offset: number
  limit: number
}
export interface TablePage {
  columns: string[]
  rows: Value[][]
  numbers: number[]
  matching: number
  total: number
  /** What its cells name. */
  files: RunFile[]
}
export const getTable = (path: RunPath, question: TableQuestion) => get<TablePage>(`${place(path)}/table${asking({ ...question })}`)

/** The same file on the host that this page came from, so that the page's policy lets it in. */
export const sameHost = (url: string): string => new URL(url, window.location.origin).pathname

export interface RunChange {
  display_name?: string
  notes?: string
  tags?: string[]
  group?: string
}
export const changeRun = (path: RunPath, change: RunChange) => patch<Run>(place(path), change)
export const stopRun = (path: RunPath) => post(`${place(path)}:stop`)
export const deleteRun = (path: RunPath) => remove(place(path))
export const undeleteRun = (path: RunPath) => post(`${place(path)}:undelete`)

export const parquetOf = (path: RunPath, keys: string[]): string => `${place(path)}/history${asking({ keys: keys.join(',') })}`
export const livePoints = (path: RunPath, from: number): string => `/api/v1${place(path)}/history${asking({ min_step: from })}`
export const liveProject = (entity: string, project: string): string => '/api/v1' + at`/projects/${entity}/${project}/live`
