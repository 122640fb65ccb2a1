/** For those who run the instance. */
import type { Account } from './account'
import { asking, at, get, patch, post, remove, type Page } from './client'
import type { TeamCard } from './teams'

export const searchUsers = (query: string, cursor: string | null) => get<Page<Account>>('/users' + asking({ query, cursor, limit: 50 }))
export const createUser = (username: string, email: string) =>
  post<{ username: string; email: string | null; api_key: string }>('/users', { username, email })
export const appoint = (username: string, admin: boolean) => patch<Account>(at`/users/${username}`, { admin })
export const setActive = (username: string, active: boolean) => post<Account>(at`/users/${username}` + (active ? ':reactivate' : ':deactivate'))
export const deleteUser = (username: string) => remove(at`/users/${username}`)
export const resetLink = (username: string) => post<{ url: string; expires_at: string }>(at`/users/${username}/password-reset`)
export const everyTeam = (cursor: string | null) => get<Page<TeamCard>>('/teams' + asking({ everybody: true, cursor, limit: 100 }))

export interface DeadLetter {
  sequence: number
  at: string
  service: string
  subject: string
  reason: string
  size: number
  replayed_at: string | null
  replayed_by: string | null
}
export const listDeadLetters = (cursor: string | null) => get<Page<DeadLetter>>('/dead-letters' + asking({ cursor, limit: 50 }))
export const replayDeadLetter = (sequence: number) => post<DeadLetter>(at`/dead-letters/${sequence}` + ':replay')

export interface Readiness {
  ready: boolean
  services: Record<string, string>
}
/** Not of the API: what load balancers ask. */
export const readiness = async (): Promise<Readiness> => (await fetch('/readyz')).json() as Promise<Readiness>
