/** Rules, what they fired, and what was sent about it. */
import { asking, at, get, patch, post, remove, type Page } from './client'

export type Severity = 'info' | 'warn' | 'error'
export type AlertState = 'open' | 'acknowledged' | 'noise'

/** A condition; which fields it has depends on its kind. */
export interface When {
  kind: string
  [field: string]: string | number | boolean | string[] | null | undefined
}

export interface Rule {
  id: string
  entity: string
  project: string
  name: string
  when: When
  notify: string[]
  severity: Severity
  cooldown_s: number
  once_per_run: boolean
  filters: string | null
  enabled: boolean
  snoozed_until: string | null
  created_by: string
  created_at: string
  updated_at: string
}
export interface NewRule {
  name: string
  when: When
  notify: string[]
  severity: Severity
  cooldown_s: number
}

export interface Alert {
  id: string
  entity: string
  project: string
  run: string
  run_name: string
  username: string | null
  rule_id: string | null
  rule: string | null
  kind: string
  severity: Severity
  title: string
  text: string
  metric: string | null
  value: number | string | null
  threshold: number | string | null
  baseline: number | string | null
  step: number | null
  state: AlertState
  snoozed_until: string | null
  handled_by: string | null
  notified: string[]
  fired_at: string
}

export interface Preview {
  looked_at: number
  items: { run: string; display_name: string; metric: string; value: number | string; step: number; reason: string }[]
}

export type ChannelKind = 'webhook' | 'slack' | 'email'
export interface Channel {
  id: string
  team: string
  name: string
  kind: ChannelKind
  url: string | null
  to: string[]
  profile: 'standard' | 'wandb'
  /** Told once, when the server has made or changed it. */
  secret: string | null
  enabled: boolean
  disabled_reason: string | null
  failures: number
  created_by: string
  created_at: string
}
export interface NewChannel {
  name: string
  kind: ChannelKind
  url?: string
  to?: string[]
}

export interface Attempt {
  at: string
  status: number
  error: string | null
  ms: number
  response: string
}
export interface Delivery {
  id: string
  webhook_id: string
  channel_id: string
  channel: string
  kind: ChannelKind
  to: string
  alert_id: string | null
  event: string
  state: 'pending' | 'delivered' | 'failed'
  status: number
  created_at: string
  due_at: string | null
  delivered_at: string | null
  attempts: Attempt[]
}

export interface AlertQuestion {
  state?: AlertState
  run?: string
  limit?: number
  cursor?: string | null
}
export const listAlerts = (entity: string, project: string, question: AlertQuestion = {}) =>
  get<Page<Alert>>(at`/projects/${entity}/${project}/alerts` + asking({ ...question }))
export const handleAlert = (id: string, change: { state?: AlertState; snooze_s?: number }) => patch<Alert>(at`/alerts/${id}`, change)

export const listRules = (entity: string, project: string) => get<Page<Rule>>(at`/projects/${entity}/${project}/rules`)
export const createRule = (entity: string, project: string, rule: NewRule) => post<Rule>(at`/projects/${entity}/${project}/rules`, rule)
export const changeRule = (id: string, change: Partial<NewRule> & { enabled?: boolean }) => patch<Rule>(at`/rules/${id}`, change)
export const deleteRule = (id: string) => remove(at`/rules/${id}`)
export const previewRule = (entity: string, project: string, when: When, runs: number) =>
  post<Preview>(at`/projects/${entity}/${project}` + '/rules:preview', { when, runs })

export const listChannels = (team: string) => get<Page<Channel>>(at`/teams/${team}/channels`)
export const createChannel = (team: string, channel: NewChannel) => post<Channel>(at`/teams/${team}/channels`, channel)
export const changeChannel = (team: string, id: string, change: { enabled?: true; rotate_secret?: boolean; url?: string }) =>
  patch<Channel>(at`/teams/${team}/channels/${id}`, change)
export const deleteChannel = (team: string, id: string) => remove(at`/teams/${team}/channels/${id}`)
export const testChannel = (team: string, id: string) => post<Delivery>(at`/teams/${team}/channels/${id}` + ':test')

export const listDeliveries = (team: string, question: { channel_id?: string; state?: string; cursor?: string | null; limit?: number }) =>
  get<Page<Delivery>>(at`/teams/${team}/deliveries` + asking(question))
export const replayDelivery = (id: string) => post<Delivery>(at`/deliveries/${id}` + ':replay')
