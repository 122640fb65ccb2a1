/** Conditions as a form asks for them: which fields each kind has, and what they begin with. Pure. */
import type { When } from '../../api/alerts'

export type FieldKind = 'metric' | 'number' | 'count' | 'flag' | 'op' | 'agg' | 'direction' | 'better' | 'states'
export interface ConditionField {
  name: string
  kind: FieldKind
  first: string | number | boolean | string[]
}

const field = (name: string, kind: FieldKind, first: ConditionField['first']): ConditionField => ({ name, kind, first })
const metric = field('metric', 'metric', '')

export const CONDITIONS: Record<string, ConditionField[]> = {
  state: [field('states', 'states', ['failed', 'crashed'])],
  threshold: [metric, field('op', 'op', '>'), field('value', 'number', 0), field('window', 'count', 1), field('agg', 'agg', 'last')],
  nan: [field('metric', 'metric', '*')],
  change: [metric, field('amount', 'number', 0.2), field('relative', 'flag', true), field('direction', 'direction', 'any'), field('window', 'count', 5)],
  plateau: [metric, field('steps', 'count', 1000), field('better', 'better', 'lower'), field('tolerance', 'number', 0)],
  silence: [field('seconds', 'count', 600)],
  gpu_idle: [field('seconds', 'count', 600), field('below', 'number', 5)],
  alert: [],
  zscore: [metric, field('threshold', 'number', 3), field('last', 'count', 10), field('direction', 'direction', 'any')],
  regression: [metric, field('better', 'better', 'lower'), field('last', 'count', 10), field('tolerance', 'number', 0)],
}

export const STATES = ['started', 'finished', 'failed', 'crashed', 'killed', 'preempting', 'preempted']
/** Kinds about one metric, which can be tried on past runs. */
export const TRIED = new Set(['threshold', 'change', 'nan', 'plateau', 'zscore', 'regression'])

export function begun(kind: string): When {
  const when: When = { kind }
  for (const { name, first } of CONDITIONS[kind] ?? []) when[name] = first
  return when
}

const SIGNS: Record<string, string> = { lt: '<', lte: '≤', gt: '>', gte: '≥', $lt: '<', $lte: '≤', $gt: '>', $gte: '≥', '<=': '≤', '>=': '≥' }

/** A condition in a line: the same in every language, because it is made of names and numbers. */
export function inShort(when: When): string {
  const text = (name: string) => String(when[name] ?? '')
  switch (when.kind) {
    case 'threshold':
      return `${text('metric')} ${SIGNS[text('op')] ?? text('op')} ${text('value')}${Number(when.window) > 1 ? ` (${text('agg')} ${text('window')})` : ''}`
    case 'state':
      return Array.isArray(when.states) ? when.states.join(', ') : ''
    case 'nan':
      return text('metric')
    case 'change':
      return `${text('metric')} ±${when.relative ? `${Number(when.amount) * 100} %` : text('amount')}`
    case 'plateau':
      return `${text('metric')} · ${text('steps')}`
    case 'silence':
    case 'gpu_idle':
      return `${text('seconds')} s`
    case 'zscore':
      return `${text('metric')} · ${text('threshold')} σ`
    case 'regression':
      return text('metric')
    default:
      return ''
  }
}
