/** Things to press. */
import type { ButtonHTMLAttributes, ReactNode } from 'react'
import { Link } from 'wouter'
import { Icon, type IconName } from './icons'

type Kind = 'primary' | 'danger' | 'bare' | 'plain'

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: Kind
  slim?: boolean
  icon?: IconName
  busy?: boolean
}

const classes = (kind: Kind, slim: boolean, more = ''): string =>
  ['button', kind === 'plain' ? '' : kind, slim ? 'slim' : '', more].filter(Boolean).join(' ')

export function Button({ kind = 'plain', slim = false, icon, busy = false, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={busy || rest.disabled}
      aria-busy={busy || undefined}
      className={classes(kind, slim, className)}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  )
}

/** A button that is only a drawing; `label` is what it says to those who cannot see it. */
export function IconButton({ label, icon, kind = 'bare', slim = true, ...rest }: Omit<ButtonProps, 'icon'> & { label: string; icon: IconName }) {
  return (
    <button type="button" {...rest} className={classes(kind, slim, 'icon')} aria-label={label} title={label}>
      <Icon name={icon} />
    </button>
  )
}

/** A link that looks like a button; with a `label` and no text it is only a drawing. */
export function LinkButton({ href, kind = 'plain', slim = false, icon, label, children }: {
  href: string
  kind?: Kind
  slim?: boolean
  icon?: IconName
  label?: string
  children?: ReactNode
}) {
  return (
    <Link href={href} className={classes(kind, slim, label ? 'icon' : '')} aria-label={label} title={label}>
      {icon && <Icon name={icon} />}
      {children}
    </Link>
  )
}

/** One of few; the chosen one is pressed. */
export function Segments<Value extends string>({ label, value, choices, onChoose }: {
  label: string
  value: Value
  choices: readonly (readonly [Value, string])[]
  onChoose: (value: Value) => void
}) {
  return (
    <div className="segments" role="group" aria-label={label}>
      {choices.map(([choice, name]) => (
        <button key={choice} type="button" aria-pressed={choice === value} onClick={() => onChoose(choice)}>
          {name}
        </button>
      ))}
    </div>
  )
}
