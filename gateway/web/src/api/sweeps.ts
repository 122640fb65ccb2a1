/** Sweeps: what is searched, and how far the search is. */
import { at, asking, get, patch, type Page } from './client'
import type { Value } from './projects'

export type SweepState = 'PENDING' | 'RUNNING' | 'PAUSED' | 'FINISHED' | 'CANCELED'

export interface Parameter {
  path: string
  distribution: string
  values: Value[]
  low: number | null
  high: number | null
}

export interface Sweep {
  id: string
  name: string
  entity: string
  project: string
  display_name: string | null
  description: string | null
  method: string
  state: SweepState
  config: string
  created_by: string | null
  created_at: string
  updated_at: string
  heartbeat_at: string | null
  run_count: number | null
  run_count_expected: number | null
  best_loss: number | null
  best_run: string | null
  metric: string | null
  maximize: boolean
  parameters: Parameter[]
}

export interface Agent {
  id: string
  name: string
  host: string
  state: string
  runs: string[]
  created_at: string
  heartbeat_at: string
}

export const listSweeps = (entity: string, project: string, cursor: string | null = null) =>
  get<Page<Sweep> & { total: number }>(at`/projects/${entity}/${project}/sweeps` + asking({ cursor }))
export const getSweep = (entity: string, project: string, sweep: string) =>
  get<Sweep & { agents: Agent[] }>(at`/sweeps/${entity}/${project}/${sweep}`)
export const changeSweep = ({ entity, project, name }: Sweep, state: SweepState) =>
  patch<Sweep>(at`/sweeps/${entity}/${project}/${name}`, { state })
