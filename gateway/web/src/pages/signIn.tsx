/** `/login`. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, Redirect, useSearchParams } from 'wouter'
import { signIn, signInOptions } from '../api/account'
import { address, asking } from '../api/client'
import { useWords } from '../state/language'
import { useSession } from '../state/session'
import { Button } from '../ui/button'
import { Input } from '../ui/field'
import { useSending } from '../ui/form'
import { Notice } from '../ui/states'
import { account } from '../words/account'
import { shell } from '../words/shell'
import { Door, DoorForm } from './door'
import { safeReturn } from './returning'

export function SignInPage() {
  const t = useWords()
  const { me, refresh } = useSession()
  const [search] = useSearchParams()
  const back = safeReturn(search.get('return_to'))
  const options = useQuery({ queryKey: ['sign-in options'], queryFn: signInOptions })
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const sending = useSending(async () => {
    await signIn(login, password)
    await refresh()
  })
  // Not when the answer comes, but when the session is there: the next page asks who is signed in.
  if (me !== null) return <Redirect to={back} replace />
  return (
    <Door title={t(account.title)}>
      {search.get('sso') && <Notice kind="bad">{t(account.ssoFailed)}</Notice>}
      {search.get('reset') === 'done' && <Notice kind="good">{t(account.resetDone)}</Notice>}
      {options.data?.first_start && <Notice>{t(account.firstStart)}</Notice>}
      <DoorForm onSubmit={sending.onSubmit}>
        {options.data?.sso && (
          <>
            <a className="button primary wide" href={address('/sso/begin') + asking({ return_to: back })}>
              {t(account.ssoWith, { name: options.data.sso })}
            </a>
            <div className="or">{t(account.or)}</div>
          </>
        )}
        <Input label={t(account.login)} name="login" autoComplete="username" required autoFocus autoCapitalize="none" value={login} onChange={(event) => setLogin(event.target.value)} />
        <Input label={t(account.password)} name="password" type="password" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.target.value)} />
        {sending.refusal()}
        <Button type="submit" kind="primary" busy={sending.busy}>{t(shell.signIn)}</Button>
        <div className="row wrap small">
          <Link href="/reset">{t(account.forgot)}</Link>
          <span className="push quiet">{t(account.noAccount)} <Link href="/signup">{t(account.signUp)}</Link></span>
        </div>
      </DoorForm>
    </Door>
  )
}
