/** Conditions on runs: some fields, some operators, all or one of them to hold; groups of them, too. */
import { useId, useMemo } from 'react'
import type { Run } from '../../api/projects'
import { useWords } from '../../state/language'
import { Button, IconButton, Segments } from '../../ui/button'
import { Pick } from '../../ui/field'
import { project as words } from '../../words/project'
import { views as viewWords } from '../../words/views'
import { keysOf } from './columns'
import { DEEPEST, isGroup, OPERATORS, type Clause, type Filter, type Operator, type Term } from './filters'

const OWN_FIELDS = ['state', 'displayName', 'username', 'tags', 'group', 'jobType', 'host', 'commit', 'createdAt', 'duration', 'notes', 'exitCode']
const STATES = ['running', 'finished', 'failed', 'crashed', 'killed']
const NEW: Clause = { field: 'state', op: 'eq', value: '' }

export function FilterBar({ runs, filter, onChange }: { runs: Run[]; filter: Filter; onChange: (filter: Filter) => void }) {
  const t = useWords()
  const fields = useId()
  const known = useMemo(
    () => [...OWN_FIELDS, ...keysOf(runs, 'config').map((key) => `config.${key}`), ...keysOf(runs, 'summary').map((key) => `summary.${key}`)],
    [runs],
  )
  return (
    <div className="filters" role="group" aria-label={t(words.filter)}>
      <datalist id={fields}>{known.map((field) => <option key={field} value={field} />)}</datalist>
      <datalist id={`${fields}-states`}>{STATES.map((state) => <option key={state} value={state} />)}</datalist>
      <Group {...{ filter, fields, onChange }} depth={1} />
    </div>
  )
}

interface GroupProps {
  filter: Filter
  depth: number
  /** The list of known fields. */
  fields: string
  onChange: (filter: Filter) => void
  onRemove?: () => void
}

function Group({ filter, depth, fields, onChange, onRemove }: GroupProps) {
  const t = useWords()
  const put = (index: number, term: Term) => onChange({ ...filter, clauses: filter.clauses.map((one, at) => (at === index ? term : one)) })
  const drop = (index: number) => onChange({ ...filter, clauses: filter.clauses.filter((_, at) => at !== index) })
  const add = (term: Term) => onChange({ ...filter, clauses: [...filter.clauses, term] })
  return (
    <>
      {filter.clauses.map((term, index) =>
        isGroup(term) ? (
          <div className="filter-group" role="group" aria-label={t(term.match === 'any' ? words.any : words.all)} key={index}>
            <Group filter={term} depth={depth + 1} fields={fields} onChange={(next) => put(index, next)} onRemove={() => drop(index)} />
          </div>
        ) : (
          <ClauseRow key={index} clause={term} fields={fields} onChange={(next) => put(index, next)} onRemove={() => drop(index)} />
        ),
      )}
      <div className="row wrap">
        <Button slim icon="plus" onClick={() => add(NEW)}>{t(words.addClause)}</Button>
        {depth < DEEPEST && <Button slim icon="plus" onClick={() => add({ match: filter.match === 'all' ? 'any' : 'all', clauses: [NEW] })}>{t(viewWords.addGroup)}</Button>}
        {filter.clauses.length > 1 && (
          <Segments label={t(words.filter)} value={filter.match} choices={[['all', t(words.all)], ['any', t(words.any)]]} onChoose={(match) => onChange({ ...filter, match })} />
        )}
        {onRemove && <IconButton icon="close" label={t(viewWords.removeGroup)} onClick={onRemove} />}
      </div>
    </>
  )
}

function ClauseRow({ clause, fields, onChange, onRemove }: { clause: Clause; fields: string; onChange: (clause: Clause) => void; onRemove: () => void }) {
  const t = useWords()
  return (
    <div className="row wrap">
      <input className="input slim" list={fields} aria-label={t(words.field)} placeholder="config.lr" value={clause.field} onChange={(event) => onChange({ ...clause, field: event.target.value })} />
      <Pick label={t(words.operator)} value={clause.op} choices={OPERATORS.map((op) => [op, t(words.operators[op])])} onChange={(event) => onChange({ ...clause, op: event.target.value as Operator })} />
      {clause.op !== 'exists' && (
        <input className="input slim" list={clause.field === 'state' ? `${fields}-states` : undefined} aria-label={t(words.value)} placeholder={t(words.value)} value={clause.value} onChange={(event) => onChange({ ...clause, value: event.target.value })} />
      )}
      <IconButton icon="close" label={t(words.removeClause)} onClick={onRemove} />
    </div>
  )
}
