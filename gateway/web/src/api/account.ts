/** Signing in and up, and one's own account. */
import { at, bringToken, CURRENT_SESSION, get, isProblem, patch, post, put, remove, type Page } from './client'

export type Language = 'en' | 'fr'

export interface TeamRole {
  name: string
  role: Role
}
export type Role = 'admin' | 'member' | 'viewer'

export interface Account {
  username: string
  name: string
  email: string | null
  kind: string
  admin: boolean
  teams: TeamRole[]
  created_at: string
  deactivated_at: string | null
  deleted_at: string | null
}

export interface Me extends Account {
  default_entity: string | null
  email_verified: boolean
  has_password: boolean
  language: Language
  notifications: Record<string, boolean>
}

interface SignedIn {
  user: Me
  csrf_token: string | null
  joined: string | null
}

export interface SignInOptions {
  signup: 'open' | 'invited' | 'domain'
  domains: string[]
  confirm: boolean
  mail: boolean
  sso: string | null
  first_start: boolean
}

export interface BrowserSession {
  id: string
  created_at: string
  seen_at: string
  expires_at: string
  address: string | null
  agent: string | null
  current: boolean
}

export interface ApiKey {
  id: string
  name: string
  hint: string
  scope: 'full' | 'read' | 'write_runs'
  created_at: string
  expires_at: string | null
  last_used_at: string | null
}
export interface FreshKey extends ApiKey {
  key: string
}

export interface Offer {
  team: string
  role: Role
  invited_by: string
  email: string | null
  expires_at: string
}
export interface WaitingInvitation {
  id: string
  team: string
  role: Role
  invited_by: string
  expires_at: string
}

function welcomed(answer: SignedIn): SignedIn {
  bringToken(answer.csrf_token)
  return answer
}

/** Who is signed in; null where nobody is. */
export async function whoAmI(): Promise<Me | null> {
  try {
    return welcomed(await get<SignedIn>(CURRENT_SESSION)).user
  } catch (error) {
    if (isProblem(error, 401)) return null
    throw error
  }
}

export const signInOptions = () => get<SignInOptions>('/sessions/options')
export const signIn = async (login: string, password: string) =>
  welcomed(await post<SignedIn>('/sessions', { login, password }))
export const signOut = async () => {
  await remove(CURRENT_SESSION).catch((error: unknown) => {
    if (!isProblem(error, 401)) throw error // it has ended already
  })
  bringToken(null)
}
export interface NewAccount {
  token?: string | undefined
  email?: string | undefined
  username?: string | undefined
  password: string
  name: string
  language: Language
}
export const signUp = async (account: NewAccount) => welcomed(await post<SignedIn>('/sign-ups', account))
export const startSignUp = (email: string, language: Language) => post('/sign-ups:start', { email, language })
export const startReset = (login: string) => post('/password-resets', { login })
export const finishReset = (token: string, password: string) => post('/password-resets:finish', { token, password })
export const confirmEmail = (token: string) => post<{ username: string; email: string | null }>('/email-confirmations', { token })

export const getOffer = (token: string) => get<Offer>(at`/invitations/${token}`)
export const acceptInvitation = (reference: string) =>
  post<{ team: string; role: Role }>(at`/invitations/${reference}/accept`)
export const declineInvitation = (id: string) => post(at`/invitations/${id}/decline`)
export const myInvitations = () => get<Page<WaitingInvitation>>('/users/me/invitations')

export interface Wishes {
  name?: string
  language?: Language
  default_entity?: string
  notifications?: Record<string, boolean>
}
export const updateMe = (wishes: Wishes) => patch<Me>('/users/me', wishes)
export const changePassword = (current: string | null, password: string) => put('/users/me/password', { current, password })
export const changeEmail = (email: string, password: string | null) => put<Me>('/users/me/email', { email, password })

export const listKeys = (username = 'me') => get<Page<ApiKey>>(at`/users/${username}/api-keys`)
export const createKey = (name: string, scope = 'full', expires_at: string | null = null, username = 'me') =>
  post<FreshKey>(at`/users/${username}/api-keys`, { name, scope, expires_at })
export const rotateKey = (id: string, username = 'me') =>
  post<FreshKey>(at`/users/${username}/api-keys/${id}` + ':rotate', {})
export const revokeKey = (id: string, username = 'me') => remove(at`/users/${username}/api-keys/${id}`)

export const listSessions = () => get<Page<BrowserSession>>('/sessions')
export const endSession = (id: string) => remove(at`/sessions/${id}`)
export const endOtherSessions = () => remove('/sessions/others')
