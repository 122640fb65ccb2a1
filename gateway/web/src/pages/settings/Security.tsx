/** The password, and where one is signed in. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { changePassword, endOtherSessions, endSession, listSessions } from '../../api/account'
import { useWords } from '../../state/language'
import { useMe } from '../../state/session'
import { Button } from '../../ui/button'
import { Input } from '../../ui/field'
import { useSending } from '../../ui/form'
import { Moment } from '../../ui/marks'
import { Panel } from '../../ui/shell'
import { Loaded } from '../../ui/states'
import { useToasts } from '../../ui/toasts'
import { account as words } from '../../words/account'

const SESSIONS = ['my sessions'] as const

export function Security() {
  return <div className="stack"><Password /><Sessions /></div>
}

function Password() {
  const t = useWords()
  const me = useMe()
  const client = useQueryClient()
  const { tell } = useToasts()
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const sending = useSending(async () => {
    await changePassword(me.has_password ? current : null, password)
    setCurrent('')
    setPassword('')
    tell(t(words.passwordChanged))
    await client.invalidateQueries({ queryKey: SESSIONS })
  })
  return (
    <Panel title={t(words.changePassword)}>
      <form className="body stack" onSubmit={sending.onSubmit}>
        <input type="text" className="unseen" autoComplete="username" value={me.username} readOnly tabIndex={-1} aria-hidden="true" />
        {me.has_password && <Input label={t(words.currentPassword)} type="password" required autoComplete="current-password" wrong={sending.wrong('current')} value={current} onChange={(event) => setCurrent(event.target.value)} />}
        <Input label={t(words.newPassword)} type="password" required autoComplete="new-password" hint={t(words.passwordHint)} wrong={sending.wrong('password')} value={password} onChange={(event) => setPassword(event.target.value)} />
        {sending.refusal('current', 'password')}
        <div><Button type="submit" kind="primary" busy={sending.busy}>{t(words.changePassword)}</Button></div>
      </form>
    </Panel>
  )
}

function Sessions() {
  const t = useWords()
  const client = useQueryClient()
  const { complain } = useToasts()
  const found = useQuery({ queryKey: SESSIONS, queryFn: listSessions })
  const refresh = () => client.invalidateQueries({ queryKey: SESSIONS })
  return (
    <Panel title={t(words.sessions)} aside={<Button slim onClick={() => void endOtherSessions().then(refresh, complain)}>{t(words.endOthers)}</Button>}>
      <Loaded query={found}>
        {(page) => (
          <ul className="lines">
            {page.items.map((session) => (
              <li key={session.id}>
                <div className="grow">
                  <span className="anywhere">{session.agent ?? '—'}</span>{session.current && <span className="badge good">{t(words.thisOne)}</span>}
                  <p className="quiet small">{session.address} · <Moment at={session.seen_at} /></p>
                </div>
                {!session.current && <Button slim kind="danger" onClick={() => void endSession(session.id).then(refresh, complain)}>{t(words.end)}</Button>}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  )
}
