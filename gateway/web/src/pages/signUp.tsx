/** `/signup`: with a token from a link, or on an open instance without one. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, Redirect, useSearchParams } from 'wouter'
import { getOffer, signInOptions, signUp, startSignUp, type SignInOptions } from '../api/account'
import { useSpeech } from '../state/language'
import { useSession } from '../state/session'
import { Button } from '../ui/button'
import { Input } from '../ui/field'
import { useSending } from '../ui/form'
import { Loaded, Notice } from '../ui/states'
import { account } from '../words/account'
import { Door, DoorForm } from './door'

export function SignUpPage() {
  const { t } = useSpeech()
  const [search] = useSearchParams()
  const token = search.get('token')
  const options = useQuery({ queryKey: ['sign-in options'], queryFn: signInOptions })
  return (
    <Loaded query={options}>
      {(found) => {
        if (token) return <AccountForm token={token} first={found.first_start} />
        if (found.signup === 'invited') return <Door title={t(account.signUpTitle)}><Notice>{t(found.first_start ? account.firstStart : account.byInvitation)}</Notice><HaveAccount /></Door>
        return found.confirm ? <MailFirst options={found} /> : <AccountForm first={false} />
      }}
    </Loaded>
  )
}

function HaveAccount() {
  const { t } = useSpeech()
  return <p className="small quiet">{t(account.haveAccount)} <Link href="/login">{t(account.title)}</Link></p>
}

function MailFirst({ options }: { options: SignInOptions }) {
  const { t, language } = useSpeech()
  const [email, setEmail] = useState('')
  const [sent, setSent] = useState(false)
  const sending = useSending(async () => {
    await startSignUp(email, language)
    setSent(true)
  })
  if (sent) return <Door title={t(account.mailSent)} why={t(account.mailSentWhy)}><HaveAccount /></Door>
  const hint = options.domains.length > 0 ? t(account.byDomain, { domains: options.domains.join(', ') }) : undefined
  return (
    <Door title={t(account.signUpTitle)}>
      <DoorForm onSubmit={sending.onSubmit}>
        <Input label={t(account.email)} hint={hint} wrong={sending.wrong('email')} type="email" required autoComplete="email" value={email} onChange={(event) => setEmail(event.target.value)} />
        {sending.refusal('email')}
        <Button type="submit" kind="primary" busy={sending.busy}>{t(account.mailFirst)}</Button>
        <HaveAccount />
      </DoorForm>
    </Door>
  )
}

function AccountForm({ token, first }: { token?: string; first: boolean }) {
  const { t, language } = useSpeech()
  const { me, refresh } = useSession()
  const [next, setNext] = useState('/')
  const offer = useQuery({ queryKey: ['offer', token], queryFn: () => getOffer(token ?? ''), enabled: token !== undefined && !first, retry: false })
  const [email, setEmail] = useState('')
  const [username, setUsername] = useState('')
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  // The mailbox that the token was sent to wins; only who has none is asked for one.
  const mailbox = offer.data?.email ?? null
  const sending = useSending(async () => {
    const done = await signUp({ token, email: mailbox ?? (email || undefined), username, password, name, language })
    setNext(done.joined ? `/teams/${done.joined}?welcome=1` : '/welcome')
    await refresh()
  })
  if (me !== null) return <Redirect to={next} replace />
  const title = first ? account.firstTitle : account.signUpTitle
  const why = first ? t(account.firstWhy) : offer.data && t(account.invited, { who: offer.data.invited_by, team: offer.data.team })
  return (
    <Door title={t(title)} why={why}>
      <DoorForm onSubmit={sending.onSubmit}>
        {mailbox === null ? (
          <Input label={t(account.email)} name="email" wrong={sending.wrong('email')} type="email" autoComplete="email" required={first || token === undefined} value={email} onChange={(event) => setEmail(event.target.value)} />
        ) : (
          <Input label={t(account.email)} name="email" type="email" readOnly value={mailbox} />
        )}
        <Input label={t(account.username)} name="username" hint={t(account.usernameHint)} wrong={sending.wrong('username', 'name')} required autoComplete="username" autoCapitalize="none" pattern="[A-Za-z0-9_\-]{1,128}" value={username} onChange={(event) => setUsername(event.target.value)} />
        <Input label={t(account.fullName)} name="name" autoComplete="name" value={name} onChange={(event) => setName(event.target.value)} />
        <Input label={t(account.password)} name="password" hint={t(account.passwordHint)} wrong={sending.wrong('password')} type="password" autoComplete="new-password" required value={password} onChange={(event) => setPassword(event.target.value)} />
        {sending.refusal('email', 'username', 'name', 'password')}
        <Button type="submit" kind="primary" busy={sending.busy}>{t(account.signUp)}</Button>
        <HaveAccount />
      </DoorForm>
    </Door>
  )
}
