/** Things to fill in, each with its label, its hint, and what is wrong with it. */
import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes } from 'react'

interface Around {
  label: string
  hint?: ReactNode
  wrong?: string | null | undefined
}

function Frame({ id, label, hint, wrong, children }: Around & { id: string; children: ReactNode }) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children}
      {hint && !wrong && <span className="hint" id={`${id}-hint`}>{hint}</span>}
      {wrong && <span className="wrong" id={`${id}-hint`} role="alert">{wrong}</span>}
    </div>
  )
}

export function Input({ label, hint, wrong, className = '', ...rest }: Around & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId()
  return (
    <Frame {...{ id, label, hint, wrong }}>
      <input
        {...rest}
        id={id}
        data-focus={rest.autoFocus}
        className={`input ${className}`}
        aria-invalid={wrong ? true : undefined}
        aria-describedby={hint || wrong ? `${id}-hint` : undefined}
      />
    </Frame>
  )
}

export function TextArea({ label, hint, wrong, ...rest }: Around & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId()
  return (
    <Frame {...{ id, label, hint, wrong }}>
      <textarea {...rest} id={id} className="textarea" aria-invalid={wrong ? true : undefined} />
    </Frame>
  )
}

type Choices = readonly (readonly [value: string, name: string])[]

export function Select({ label, hint, wrong, choices, ...rest }: Around & { choices: Choices } & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId()
  return (
    <Frame {...{ id, label, hint, wrong }}>
      <select {...rest} id={id} className="select">
        {choices.map(([value, name]) => <option key={value} value={value}>{name}</option>)}
      </select>
    </Frame>
  )
}

/** A select without a frame, for toolbars and tables. */
export function Pick({ label, choices, ...rest }: { label: string; choices: Choices } & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <select {...rest} aria-label={label} className="select slim">
      {choices.map(([value, name]) => <option key={value} value={value}>{name}</option>)}
    </select>
  )
}

export function Check({ label, checked, onChange, disabled }: {
  label: ReactNode
  checked: boolean
  onChange: (checked: boolean) => void
  disabled?: boolean
}) {
  return (
    <label className="check">
      <input type="checkbox" checked={checked} disabled={disabled} onChange={(event) => onChange(event.target.checked)} />
      <span>{label}</span>
    </label>
  )
}

export function Switch({ label, checked, onChange, disabled }: {
  label: string
  checked: boolean
  onChange: (checked: boolean) => void
  disabled?: boolean
}) {
  return (
    <button
      type="button"
      role="switch"
      className="switch"
      aria-checked={checked}
      aria-label={label}
      disabled={disabled}
      onClick={() => onChange(!checked)}
    />
  )
}
