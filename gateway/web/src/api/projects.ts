/** Projects and their runs. */
import { asking, at, get, patch, post, put, remove, type Page } from './client'

export type Visibility = 'open' | 'public' | 'team' | 'restricted' | 'private'

export interface Project {
  id: string
  entity: string
  name: string
  description: string | null
  visibility: Visibility
  read_only: boolean
  created_by: string | null
  created_at: string
  updated_at: string
  /** Whom a restricted project names; told to those who manage it. */
  members: Record<string, 'member' | 'viewer'>
}

/** What JSON can hold; numbers that are none come as the words NaN, Infinity and -Infinity. */
export type Value = string | number | boolean | null | Value[] | { [key: string]: Value }
export type Values = Record<string, Value>

export interface Run {
  id: string
  name: string
  entity: string
  project: string
  project_id: string
  display_name: string
  state: string
  reason: string | null
  duplicate_of?: string | null
  forked_from?: Value
  read_only: boolean
  username: string | null
  service_account: string | null
  attribution_note: string | null
  ci: Record<string, string>
  group: string | null
  job_type: string | null
  sweep: string | null
  commit: string | null
  repo: string | null
  host: string | null
  program: string | null
  description: string | null
  notes: string | null
  tags: string[]
  config: Values
  summary: Values
  created_at: string
  updated_at: string
  heartbeat_at: string | null
  deleted_at: string | null
  exit_code: number | null
  stop_requested: boolean
  history_lines: number
  events_lines: number
  log_lines: number
  last_step: number
  file_count: number
}

export interface RunQuestion {
  filters?: string | undefined
  order?: string | undefined
  limit?: number
  cursor?: string | null
  /** Those that were deleted, instead of the others. */
  trash?: boolean
  /** Only these values of config and summary: `config.lr`, `summary.loss`. Without: all. */
  keys?: string[]
}

export const listProjects = (entity: string, cursor: string | null = null, limit = 200) =>
  get<Page<Project>>(at`/projects/${entity}` + asking({ limit, cursor }))
export const getProject = (entity: string, project: string) => get<Project>(at`/projects/${entity}/${project}`)
export const changeProject = (entity: string, project: string, change: { visibility?: Visibility; description?: string }) =>
  patch<Project>(at`/projects/${entity}/${project}`, change)
export const nameMember = (entity: string, project: string, username: string, role: 'member' | 'viewer') =>
  put<Project>(at`/projects/${entity}/${project}/members/${username}`, { role })
export const unnameMember = (entity: string, project: string, username: string) =>
  remove(at`/projects/${entity}/${project}/members/${username}`)

export const listRuns = (entity: string, project: string, { keys, ...question }: RunQuestion = {}, signal?: AbortSignal) => {
  const rest = asking({ ...question })
  const only = keys?.map((key) => `key=${encodeURIComponent(key)}`).join('&') ?? ''
  const path = at`/projects/${entity}/${project}/runs` + rest
  return get<Page<Run>>(only === '' ? path : `${path}${rest === '' ? '?' : '&'}${only}`, signal)
}
export const countRuns = (entity: string, project: string, filters?: string) =>
  get<{ count: number }>(at`/projects/${entity}/${project}/run-count` + asking({ filters }))

export interface Move {
  id: string | null
  state: string
  moved: number
  total: number
  skipped: { run: string; reason: string }[]
  entity: string
  project: string
  to_entity: string
  to_project: string
  undo_until: string | null
  /** Who reads the runs now and no longer would. */
  loses_access?: string[]
  loses_everyone?: boolean
}
export interface Tagging {
  runs: string[]
  add: string[]
  remove: string[]
}
/** What was new to a run. */
export interface Retagged {
  run: string
  added: string[]
  removed: string[]
}
export const tagRuns = ({ entity, project }: Place, change: Tagging) =>
  post<{ items: Retagged[] }>(at`/projects/${entity}/${project}` + '/runs:tag', change)

export interface Place {
  entity: string
  project: string
}
export const sendRuns = (from: Place, runs: string[], to: Place, copy: boolean, dry_run: boolean) =>
  post<Move>(at`/projects/${from.entity}/${from.project}` + (copy ? '/runs:copy' : '/runs:move'), { runs, to, dry_run })
export const getMove = (id: string) => get<Move>(at`/moves/${id}`)
export const undoMove = (id: string) => post<Move>(at`/moves/${id}` + ':undo')
