/** Share links: made and revoked by those whose runs they show; and what visitors find. */
import { at, asking, get, post, remove, type Page } from './client'
import type { Block } from './reports'

/** What a link is to show: some runs of a project by name, or one of its reports. */
export interface Subject {
  entity: string
  project: string
  runs?: string[]
  report?: string
}

export interface Share {
  id: string
  kind: 'run' | 'comparison' | 'report'
  entity: string
  project: string
  runs: string[]
  report_id: string | null
  anonymous: boolean
  created_by: string
  created_at: string
  expires_at: string
}

export const listShares = ({ entity, project, runs, report }: Subject) =>
  get<Page<Share> & { allowed: boolean }>(at`/projects/${entity}/${project}/shares` + asking({ run: runs?.[0], report }))
export const createShare = ({ entity, project, runs = [], report }: Subject, anonymous: boolean, expires_at: string) =>
  post<Share & { url: string }>(at`/projects/${entity}/${project}/shares`, { runs, report: report ?? null, anonymous, expires_at })
export const revokeShare = (id: string) => remove(at`/shares/${id}`)

export interface Shared {
  kind: Share['kind']
  anonymous: boolean
  expires_at: string
  shared_by: string | null
  entity: string | null
  project: string | null
  runs: { id: string; display_name: string; state: string }[]
  report: { title: string; description: string; blocks: Block[]; updated_at: string } | null
}

export const getShared = () => get<Shared>('/shared')
