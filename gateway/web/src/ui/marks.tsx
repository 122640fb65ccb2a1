/** Small things that say what something is: badges, faces, times. */
import type { Role } from '../api/account'
import { useSpeech, useWords } from '../state/language'
import { shell } from '../words/shell'
import { ago, duration, exactly } from './times'

const FACES = ['#b4380d', '#1c5fa8', '#12703c', '#7a3fa0', '#8a5300', '#0d6b75', '#a3246b', '#4a5a12']

/** The same name has the same colour everywhere. */
export function Face({ name, small = false, square = false }: { name: string; small?: boolean; square?: boolean }) {
  const sum = [...name].reduce((total, letter) => (total * 31 + (letter.codePointAt(0) ?? 0)) >>> 0, 7)
  const color = FACES[sum % FACES.length] ?? '#555555'
  const className = ['avatar', small ? 'small' : '', square ? 'square' : ''].filter(Boolean).join(' ')
  return (
    <span className={className} style={{ background: color, color: '#ffffff' }} aria-hidden="true">
      {name.slice(0, small ? 1 : 2).toUpperCase()}
    </span>
  )
}

export function RoleBadge({ role }: { role: Role | 'service' | 'owner' }) {
  const t = useWords()
  return <span className={role === 'admin' ? 'badge accent' : 'badge'}>{t(shell.roles[role])}</span>
}

const LOOKS: Record<string, string> = {
  running: 'info', finished: 'good', failed: 'bad', crashed: 'bad', killed: 'warn', preempting: 'warn', preempted: 'warn',
}

export function StateBadge({ state }: { state: string }) {
  const t = useWords()
  const word = shell.states[state as keyof typeof shell.states]
  return (
    <span className={`badge ${LOOKS[state] ?? ''}`}>
      <span className={state === 'running' ? 'dot live' : 'dot'} />
      {word ? t(word) : state}
    </span>
  )
}

export function VisibilityBadge({ visibility }: { visibility: string }) {
  const t = useWords()
  const word = shell.visibilities[visibility as keyof typeof shell.visibilities]
  return <span className={visibility === 'open' || visibility === 'public' ? 'badge warn' : 'badge'}>{word ? t(word[0]) : visibility}</span>
}

/** How long ago; the moment itself is in the title. */
export function Moment({ at }: { at: string | null | undefined }) {
  const { language, t } = useSpeech()
  if (!at) return <span className="quiet">{t(shell.never)}</span>
  const date = new Date(at)
  return <time dateTime={at} title={exactly(date, language)} className="nowrap">{ago(date, new Date(), language)}</time>
}

export function Took({ from, to }: { from: string; to: string | null }) {
  return <span className="numbers nowrap">{duration((to ? new Date(to) : new Date()).getTime() - new Date(from).getTime())}</span>
}
