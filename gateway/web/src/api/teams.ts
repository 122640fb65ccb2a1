/** Teams: members, invitations, service accounts, privacy, audit. */
import type { ApiKey, Role } from './account'
import { asking, at, get, patch, post, remove, type Page } from './client'

export interface Member {
  username: string
  name: string
  email: string | null
  role: Role | 'service'
  kind: 'user' | 'service'
  joined_at: string
}
export interface Privacy {
  hidden: boolean
  future_projects_private: boolean
  members_may_invite: boolean
  public_links_allowed: boolean
  recommend_domain: boolean
}
export interface Team {
  name: string
  organization: string
  description: string
  created_at: string
  created_by: string | null
  role: Role | null
  members: Member[]
  privacy: Privacy
}
export interface TeamCard {
  name: string
  organization: string
  description: string
  role: Role | null
  members: number
  created_at: string
}
export interface Invitation {
  id: string
  email: string | null
  username: string | null
  role: Role
  invited_by: string
  created_at: string
  expires_at: string
  token?: string
}
export interface ServiceAccount {
  username: string
  name: string
  created_at: string
  keys: ApiKey[]
}
export interface NewServiceAccount {
  username: string
  name: string
  api_key: string
  key: ApiKey
}
export interface Provider {
  id: string
  username: string
  issuer: string
  audience: string
  subject: string
  created_at: string
  created_by: string
}
export interface AuditEntry {
  id: string
  number: number
  at: string
  team: string
  actor: string
  on_behalf_of: string | null
  key_id: string | null
  address: string | null
  agent: string | null
  action: string
  object: string
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
}
export interface Deletion {
  members: number
  service_accounts: string[]
  api_keys: number
  invitations: number
}

export const listTeams = () => get<Page<TeamCard>>('/teams')
export const getTeam = (team: string) => get<Team>(at`/teams/${team}`)
export const createTeam = (name: string, description: string) => post<Team>('/teams', { name, description })
export const describeTeam = (team: string, description: string) => patch<Team>(at`/teams/${team}`, { description })
export const setPrivacy = (team: string, change: Partial<Privacy>) => patch<Privacy>(at`/teams/${team}/privacy`, change)
export const leaveTeam = (team: string) => post(at`/teams/${team}` + ':leave')
export const previewDeletion = (team: string) => get<Deletion>(at`/teams/${team}/deletion`)
export const deleteTeam = (team: string) => remove<Deletion>(at`/teams/${team}`, { name: team })

export const changeMember = (team: string, username: string, role: Role) =>
  patch<Member>(at`/teams/${team}/members/${username}`, { role })
export const removeMember = (team: string, username: string) => remove(at`/teams/${team}/members/${username}`)

export const listInvitations = (team: string) => get<Page<Invitation>>(at`/teams/${team}/invitations`)
export const invite = (team: string, whom: { email: string } | { username: string }, role: Role) =>
  post<Invitation>(at`/teams/${team}/invitations`, { ...whom, role })
export const resendInvitation = (team: string, id: string) =>
  post<Invitation>(at`/teams/${team}/invitations/${id}` + ':resend')
export const revokeInvitation = (team: string, id: string) => remove(at`/teams/${team}/invitations/${id}`)

export const listServiceAccounts = (team: string) => get<Page<ServiceAccount>>(at`/teams/${team}/service-accounts`)
export const createServiceAccount = (team: string, name: string, scope: string, expires_at: string | null) =>
  post<NewServiceAccount>(at`/teams/${team}/service-accounts`, { name, scope, expires_at })
export const deleteServiceAccount = (team: string, username: string) =>
  remove(at`/teams/${team}/service-accounts/${username}`)
export const listProviders = (team: string) => get<Page<Provider>>(at`/teams/${team}/oidc-providers`)
export const registerProvider = (
  team: string,
  provider: { username: string; issuer: string; audience: string; subject: string },
) => post<Provider>(at`/teams/${team}/oidc-providers`, provider)
export const removeProvider = (team: string, id: string) => remove(at`/teams/${team}/oidc-providers/${id}`)

export interface AuditFilter {
  actor?: string
  action?: string
}
export const listAudit = (team: string, filter: AuditFilter, cursor: string | null) =>
  get<Page<AuditEntry>>(at`/teams/${team}/audit` + asking({ ...filter, cursor, limit: 50 }))
