/** What links from mails open: `/reset`, `/confirm-email`, `/invitation`. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useLocation, useSearchParams } from 'wouter'
import { acceptInvitation, confirmEmail, finishReset, getOffer, signInOptions, startReset } from '../api/account'
import { isProblem } from '../api/client'
import { useSpeech, useWords } from '../state/language'
import { useSession } from '../state/session'
import { Button, LinkButton } from '../ui/button'
import { Input } from '../ui/field'
import { useSending } from '../ui/form'
import { Failed, Notice, Waiting } from '../ui/states'
import { account } from '../words/account'
import { shell } from '../words/shell'
import { Door, DoorForm } from './door'

export function ResetPage() {
  const [search] = useSearchParams()
  const token = search.get('token')
  return token ? <ChoosePassword token={token} /> : <AskForLink />
}

function AskForLink() {
  const t = useWords()
  const options = useQuery({ queryKey: ['sign-in options'], queryFn: signInOptions })
  const [login, setLogin] = useState('')
  const [sent, setSent] = useState(false)
  const sending = useSending(async () => {
    await startReset(login)
    setSent(true)
  })
  if (sent) return <Door title={t(account.mailSent)} why={t(account.mailSentWhy)}><Link href="/login">{t(shell.signIn)}</Link></Door>
  if (options.data && !options.data.mail) {
    return <Door title={t(account.resetTitle)}><Notice kind="warn">{t(account.resetNoMail)}</Notice><Link href="/login">{t(shell.signIn)}</Link></Door>
  }
  return (
    <Door title={t(account.resetTitle)} why={t(account.resetWhy)}>
      <DoorForm onSubmit={sending.onSubmit}>
        <Input label={t(account.login)} required autoFocus autoComplete="username" value={login} onChange={(event) => setLogin(event.target.value)} />
        {sending.refusal()}
        <Button type="submit" kind="primary" busy={sending.busy}>{t(account.mailFirst)}</Button>
      </DoorForm>
    </Door>
  )
}

function ChoosePassword({ token }: { token: string }) {
  const t = useWords()
  const [, go] = useLocation()
  const [password, setPassword] = useState('')
  const sending = useSending(async () => {
    await finishReset(token, password)
    go('/login?reset=done', { replace: true })
  })
  return (
    <Door title={t(account.resetTitle)}>
      <DoorForm onSubmit={sending.onSubmit}>
        <Input label={t(account.newPassword)} type="password" hint={t(account.passwordHint)} wrong={sending.wrong('password')} required autoFocus autoComplete="new-password" value={password} onChange={(event) => setPassword(event.target.value)} />
        {sending.refusal('password')}
        <Button type="submit" kind="primary" busy={sending.busy}>{t(account.choose)}</Button>
      </DoorForm>
    </Door>
  )
}

/** Not on opening: mail programs open links too. */
export function ConfirmEmailPage() {
  const t = useWords()
  const { refresh } = useSession()
  const [search] = useSearchParams()
  const [done, setDone] = useState<string | null>(null)
  const sending = useSending(async () => {
    const answer = await confirmEmail(search.get('token') ?? '')
    await refresh()
    setDone(answer.email ?? answer.username)
  })
  if (done !== null) return <Door><Notice kind="good">{t(account.confirmed, { email: done })}</Notice><LinkButton href="/">{t(account.goOn)}</LinkButton></Door>
  return (
    <Door title={t(account.confirming)}>
      <DoorForm onSubmit={sending.onSubmit}>
        {sending.refusal()}
        <Button type="submit" kind="primary" busy={sending.busy}>{t(account.confirming)}</Button>
      </DoorForm>
    </Door>
  )
}

export function InvitationPage() {
  const { t, language } = useSpeech()
  const { me, refresh } = useSession()
  const [, go] = useLocation()
  const [search] = useSearchParams()
  const token = search.get('token') ?? ''
  const offer = useQuery({ queryKey: ['offer', token], queryFn: () => getOffer(token) })
  const sending = useSending(async () => {
    const joined = await acceptInvitation(token)
    await refresh()
    go(`/teams/${joined.team}?welcome=1`, { replace: true })
  })
  if (offer.isPending) return <Door title=" "><Waiting /></Door>
  if (isProblem(offer.error, 404, 410)) return <Door title={t(shell.absent)}><Notice kind="bad">{t(account.invitationGone)}</Notice><LinkButton href="/">{t(account.goOn)}</LinkButton></Door>
  if (offer.data === undefined) return <Door title=" "><Failed error={offer.error} again={() => void offer.refetch()} /></Door>
  const { team, role, invited_by: who, expires_at: expires } = offer.data
  const until = new Date(expires).toLocaleDateString(language, { dateStyle: 'long' })
  const here = `/invitation?token=${encodeURIComponent(token)}`
  return (
    <Door title={t(account.invited, { who, team })} why={t(account.asRole, { role: t(shell.roles[role]), until })}>
      <DoorForm onSubmit={sending.onSubmit}>
        {sending.refusal()}
        {me ? (
          <>
            <p className="quiet small">{t(account.joinedAs, { name: me.username })}</p>
            <Button type="submit" kind="primary" busy={sending.busy}>{t(account.accept, { team })}</Button>
          </>
        ) : (
          <>
            <LinkButton kind="primary" href={`/signup?token=${encodeURIComponent(token)}`}>{t(account.signUpTitle)}</LinkButton>
            <LinkButton href={`/login?return_to=${encodeURIComponent(here)}`}>{t(account.signInToJoin)}</LinkButton>
          </>
        )}
      </DoorForm>
    </Door>
  )
}
