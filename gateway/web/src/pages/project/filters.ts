/** Filters as people build them, and as the server reads them. Pure. */

export type Operator = 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte' | 'regex' | 'in' | 'exists'
export interface Clause {
  field: string
  op: Operator
  value: string
}
/** All or one of them have to hold; a term may itself be such a group. */
export interface Filter {
  match: 'all' | 'any'
  clauses: Term[]
}
export type Term = Clause | Filter

export const NO_FILTER: Filter = { match: 'all', clauses: [] }
export const OPERATORS: readonly Operator[] = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'regex', 'in', 'exists']

/** The server reads eight levels; people none that deep. */
export const DEEPEST = 4

export const isGroup = (term: Term): term is Filter => 'clauses' in term

/** From an address; whatever is no filter is none. */
export function parse(text: string | null): Filter {
  if (text === null) return NO_FILTER
  try {
    return groupOf(JSON.parse(text) as unknown, 1) ?? NO_FILTER
  } catch {
    return NO_FILTER
  }
}

/** A group begins with its word, and all else in it is a list: so no field can be taken for one. */
function groupOf(data: unknown, depth: number): Filter | null {
  if (!Array.isArray(data) || depth > DEEPEST) return null
  const [match, ...terms] = data as unknown[]
  if (!terms.every(Array.isArray)) return null
  const clauses = terms.flatMap((term) => clauseOf(term) ?? groupOf(term, depth + 1) ?? [])
  return { match: match === 'any' ? 'any' : 'all', clauses }
}

function clauseOf([field, op, value]: unknown[]): Clause | null {
  const known = OPERATORS.find((operator) => operator === op)
  return known && typeof field === 'string' ? { field, op: known, value: String(value ?? '') } : null
}

/** For an address; null where nothing is filtered. */
export function print(filter: Filter): string | null {
  return filter.clauses.length === 0 ? null : JSON.stringify(listed(filter))
}

const listed = ({ match, clauses }: Filter): unknown[] => [match, ...clauses.map((term) => (isGroup(term) ? listed(term) : [term.field, term.op, term.value]))]

/** How many conditions there are, in groups of groups too. */
export const clausesIn = (filter: Filter): number => filter.clauses.reduce((count, term) => count + (isGroup(term) ? clausesIn(term) : 1), 0)

/** What was typed: a number, a truth, nothing, or a text. Quotes keep a text one. */
export function typed(text: string): string | number | boolean | null {
  const plain = text.trim()
  if (plain === 'true' || plain === 'false') return plain === 'true'
  if (plain === 'null') return null
  if (/^".*"$/.test(plain)) return plain.slice(1, -1)
  return plain !== '' && Number.isFinite(Number(plain)) ? Number(plain) : plain
}

/** A part of a name, to be found literally. */
export const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** The server's JSON; undefined where nothing is filtered. A clause without a value waits for one. */
export function toServer(filter: Filter, name = ''): string | undefined {
  const whole = nodeOf(filter)
  const all: object[] = whole === null ? [] : [whole]
  if (name.trim() !== '') all.push({ displayName: { $regex: `(?i)${escaped(name.trim())}` } })
  if (all.length === 0) return undefined
  return JSON.stringify(all.length === 1 ? all[0] : { $and: all })
}

/** Null for a group in which nothing is finished. */
function nodeOf({ match, clauses }: Filter): object | null {
  const terms = clauses.flatMap((term) => (isGroup(term) ? (nodeOf(term) ?? []) : isWhole(term) ? termOf(term) : []))
  if (terms.length < 2) return terms[0] ?? null
  return match === 'any' ? { $or: terms } : { $and: terms }
}

const isWhole = (clause: Clause): boolean => clause.field !== '' && (clause.op === 'exists' || clause.value !== '')

function termOf({ field, op, value }: Clause): object {
  const name = field.startsWith('summary.') ? `summary_metrics.${field.slice('summary.'.length)}` : field
  if (op === 'exists') return { [name]: { $exists: value !== 'false' } }
  if (op === 'in') return { [name]: { $in: value.split(',').map(typed) } }
  if (op === 'regex') return { [name]: { $regex: value } }
  // The names of runs' own fields are texts, whatever they look like.
  const given = name.includes('.') ? typed(value) : name === 'duration' || name === 'exitCode' ? Number(value) : value.trim()
  return op === 'eq' ? { [name]: given } : { [name]: { [`$${op}`]: given } }
}
