/** Name, mailbox, and where runs go that say nothing. */
import { useState } from 'react'
import { changeEmail, updateMe } from '../../api/account'
import { useWords } from '../../state/language'
import { useMe, useSession } from '../../state/session'
import { Button } from '../../ui/button'
import { Input, Select } from '../../ui/field'
import { useSending } from '../../ui/form'
import { Panel } from '../../ui/shell'
import { Notice } from '../../ui/states'
import { useToasts } from '../../ui/toasts'
import { account as words } from '../../words/account'
import { shell } from '../../words/shell'

export function Profile() {
  const t = useWords()
  const me = useMe()
  const { refresh } = useSession()
  const { tell } = useToasts()
  const [name, setName] = useState(me.name)
  const [entity, setEntity] = useState(me.default_entity ?? me.username)
  const sending = useSending(async () => {
    await updateMe({ name, default_entity: entity })
    await refresh()
    tell(t(shell.saved))
  })
  return (
    <div className="stack">
      <Panel title={t(words.profile)}>
        <form className="body stack" onSubmit={sending.onSubmit}>
          <Input label={t(words.username)} value={me.username} readOnly />
          <Input label={t(words.fullName)} wrong={sending.wrong('name')} autoComplete="name" value={name} onChange={(event) => setName(event.target.value)} />
          <Select label={t(words.defaultEntity)} hint={t(words.defaultEntityHint)} wrong={sending.wrong('default_entity')} value={entity} choices={[me.username, ...me.teams.map((team) => team.name)].map((one) => [one, one])} onChange={(event) => setEntity(event.target.value)} />
          {sending.refusal('name', 'default_entity')}
          <div><Button type="submit" kind="primary" busy={sending.busy}>{t(shell.save)}</Button></div>
        </form>
      </Panel>
      <Email />
    </div>
  )
}

function Email() {
  const t = useWords()
  const me = useMe()
  const { refresh } = useSession()
  const [email, setEmail] = useState(me.email ?? '')
  const [password, setPassword] = useState('')
  const [pending, setPending] = useState<string | null>(null)
  const sending = useSending(async () => {
    const changed = await changeEmail(email, me.has_password ? password : null)
    setPassword('')
    setPending(changed.email === email ? null : email)
    await refresh()
  })
  return (
    <Panel title={t(words.email)} aside={<span className={me.email_verified ? 'badge good' : 'badge'}>{t(me.email_verified ? words.confirmedMail : words.unconfirmedMail)}</span>}>
      <form className="body stack" onSubmit={sending.onSubmit}>
        <Input label={t(words.email)} type="email" required autoComplete="email" wrong={sending.wrong('email')} value={email} onChange={(event) => setEmail(event.target.value)} />
        {me.has_password && email !== (me.email ?? '') && <Input label={t(words.currentPassword)} type="password" required autoComplete="current-password" wrong={sending.wrong('password')} value={password} onChange={(event) => setPassword(event.target.value)} />}
        {sending.refusal('email', 'password')}
        {pending && <Notice>{t(words.emailPending, { email: pending })}</Notice>}
        <div><Button type="submit" busy={sending.busy} disabled={email === (me.email ?? '')}>{t(words.changeEmail)}</Button></div>
      </form>
    </Panel>
  )
}
