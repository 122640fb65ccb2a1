/** The fields of a condition, by its kind. */
import type { When } from '../../api/alerts'
import { useWords } from '../../state/language'
import type { Sending } from '../../ui/form'
import { Check, Input, Select } from '../../ui/field'
import { alerts as words } from '../../words/alerts'
import { shell } from '../../words/shell'
import { CONDITIONS, STATES, type ConditionField } from './conditions'

const LABELS = {
  metric: words.metric, op: words.op, value: words.value, window: words.window, agg: words.agg, amount: words.amount,
  relative: words.relative, direction: words.direction, steps: words.steps, better: words.better, tolerance: words.tolerance,
  seconds: words.seconds, below: words.below, states: words.runStates, threshold: words.deviations, last: words.last,
} as const

interface Shared {
  when: When
  onChange: (when: When) => void
  wrong: Sending['wrong']
}

export function ConditionFields(props: Shared) {
  return <div className="pairs">{(CONDITIONS[props.when.kind] ?? []).map((field) => <Field key={field.name} field={field} {...props} />)}</div>
}

function Field({ field, when, onChange, wrong }: Shared & { field: ConditionField }) {
  const t = useWords()
  const { name, kind } = field
  const label = t(LABELS[name as keyof typeof LABELS] ?? shell.name)
  const value = when[name]
  const set = (changed: When[string]) => onChange({ ...when, [name]: changed })
  switch (kind) {
    case 'metric':
      return <Input label={label} name="metric" hint={t(words.metricHint)} wrong={wrong('metric')} required value={String(value ?? '')} onChange={(event) => set(event.target.value)} />
    case 'number':
    case 'count':
      return <Input label={label} name={name} type="number" step={kind === 'count' ? 1 : 'any'} wrong={wrong(name)} required value={String(value ?? '')} onChange={(event) => set(event.target.value === '' ? null : Number(event.target.value))} />
    case 'flag':
      return <div className="field"><span className="label"> </span><Check label={label} checked={value === true} onChange={set} /></div>
    case 'op':
      return <Select label={label} value={String(value)} choices={[['>', '>'], ['>=', '≥'], ['<', '<'], ['<=', '≤']]} onChange={(event) => set(event.target.value)} />
    case 'agg':
      return <Select label={label} value={String(value)} choices={(['last', 'avg', 'min', 'max'] as const).map((one) => [one, t(words.aggs[one])])} onChange={(event) => set(event.target.value)} />
    case 'direction':
      return <Select label={label} value={String(value)} choices={(['any', 'increase', 'decrease'] as const).map((one) => [one, t(words.directions[one])])} onChange={(event) => set(event.target.value)} />
    case 'better':
      return <Select label={label} value={String(value)} choices={(['lower', 'higher'] as const).map((one) => [one, t(words.betters[one])])} onChange={(event) => set(event.target.value)} />
    case 'states':
      return <States label={label} chosen={Array.isArray(value) ? value : []} onChange={set} />
  }
}

function States({ label, chosen, onChange }: { label: string; chosen: string[]; onChange: (states: string[]) => void }) {
  const t = useWords()
  const named = (state: string) => {
    const word = shell.states[state as keyof typeof shell.states]
    return word ? t(word) : t(words.startedState)
  }
  return (
    <fieldset className="choices-list">
      <legend className="strong">{label}</legend>
      {STATES.map((state) => (
        <Check key={state} label={named(state)} checked={chosen.includes(state)} onChange={(on) => onChange(on ? [...chosen, state] : chosen.filter((one) => one !== state))} />
      ))}
    </fieldset>
  )
}
