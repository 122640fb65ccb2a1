/** Artifacts: collections, their versions, files and where they come from. */
import { asking, at, get, type Page } from './client'
import type { Values } from './projects'

export interface Collection {
  id: string
  name: string
  type: string
  kind: 'sequence' | 'portfolio'
  description: string | null
  created_at: string
  updated_at: string
}
export interface Version {
  id: string
  version: string
  aliases: string[]
  state: string
  digest: string
  description: string | null
  size: number
  file_count: number
  created_at: string
  collection: Collection | null
}
export interface RunLink {
  entity: string
  project: string
  name: string
  display_name: string
  state: string
}
export interface VersionPage extends Version {
  metadata: Values
  logged_by: RunLink | null
  used_by: RunLink[]
}
export interface ArtifactFile {
  path: string
  size: number
  md5: string | null
  reference: string | null
  mimetype: string | null
  url: string | null
}

export const listArtifacts = (entity: string, project: string, type: string, cursor: string | null) =>
  get<Page<Collection> & { types: string[]; total: number }>(at`/projects/${entity}/${project}/artifacts` + asking({ type, cursor, limit: 100 }))
export const getCollection = (entity: string, project: string, collection: string, cursor: string | null = null) =>
  get<Page<Version> & Collection & { total: number }>(at`/artifacts/${entity}/${project}/${collection}` + asking({ cursor, limit: 200 }))
export const getVersion = (entity: string, project: string, collection: string, version: string) =>
  get<VersionPage>(at`/artifacts/${entity}/${project}/${collection}/${version}`)
export const listVersionFiles = (entity: string, project: string, collection: string, version: string, cursor: string | null) =>
  get<Page<ArtifactFile> & { total: number }>(at`/artifacts/${entity}/${project}/${collection}/${version}` + '/files' + asking({ cursor, limit: 200 }))
export const listRunArtifacts = (entity: string, project: string, run: string, direction: 'output' | 'input', cursor: string | null) =>
  get<Page<Version> & { total: number }>(at`/runs/${entity}/${project}/${run}` + '/artifacts' + asking({ direction, cursor, limit: 200 }))
