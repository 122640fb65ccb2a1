/** Reports, and what people say of them. */
import { at, asking, get, patch, post, remove, type Page } from './client'

export interface ReportChart {
  title: string
  metrics: string[]
  x: string
  logarithmic: boolean
  smoothing: number
}

/** `kept` is told with what is not taken apart: it goes back as it came. `runs` null: the newest. */
export interface Block {
  kind: 'markdown' | 'charts' | 'other'
  text: string
  charts: ReportChart[]
  runs: string[] | null
  kept: number | null
}

export interface ReportCard {
  id: string
  entity: string
  project: string
  title: string
  description: string
  username: string
  created_at: string
  updated_at: string
  read_only: boolean
}

export interface Report extends ReportCard {
  may_comment: boolean
  may_share: boolean
  blocks: Block[]
}

export interface Comment {
  id: string
  username: string
  text: string
  created_at: string
  own: boolean
}

export interface Written {
  title: string
  description: string
  blocks: Block[]
}

export const listReports = (entity: string, project: string, cursor: string | null = null) =>
  get<Page<ReportCard> & { writable: boolean }>(at`/projects/${entity}/${project}/reports` + asking({ cursor }))
export const createReport = (entity: string, project: string, written: Written) =>
  post<Report>(at`/projects/${entity}/${project}/reports`, written)
export const getReport = (id: string) => get<Report>(at`/reports/${id}`)
export const changeReport = (id: string, written: Written, unchanged_since: string) =>
  patch<Report>(at`/reports/${id}`, { ...written, unchanged_since })
export const deleteReport = (id: string) => remove(at`/reports/${id}`)
export const undeleteReport = (id: string) => post<Report>(at`/reports/${id}` + ':undelete')

export const listComments = (id: string, cursor: string | null = null) => get<Page<Comment>>(at`/reports/${id}/comments` + asking({ cursor }))
export const addComment = (id: string, text: string) => post<Comment>(at`/reports/${id}/comments`, { text })
export const deleteComment = (id: string, comment: string) => remove(at`/reports/${id}/comments/${comment}`)
