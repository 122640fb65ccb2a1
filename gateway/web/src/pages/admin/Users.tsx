/** Accounts of the instance. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'
import type { Account } from '../../api/account'
import { appoint, createUser, deleteUser, resetLink, searchUsers, setActive } from '../../api/admin'
import { useAddress } from '../../state/address'
import { useWords } from '../../state/language'
import { useMe } from '../../state/session'
import { Button, IconButton } from '../../ui/button'
import { Secret } from '../../ui/copy'
import { Confirm, Dialog } from '../../ui/dialog'
import { Input } from '../../ui/field'
import { useSending } from '../../ui/form'
import { Face, Moment } from '../../ui/marks'
import { Panel } from '../../ui/shell'
import { Empty, Failed, Waiting, itemsOf } from '../../ui/states'
import { useToasts } from '../../ui/toasts'
import { account } from '../../words/account'
import { admin as words } from '../../words/admin'
import { shell } from '../../words/shell'

const USERS = ['users'] as const

export function Users() {
  const t = useWords()
  const [search, change] = useAddress()
  const [making, setMaking] = useState(false)
  const query = search.get('q') ?? ''
  const asked = useDeferredValue(query)
  const found = useInfiniteQuery({
    queryKey: [...USERS, asked],
    queryFn: ({ pageParam }) => searchUsers(asked, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: (before) => before,
  })
  const people = itemsOf(found)
  return (
    <Panel
      title={t(words.users)}
      aside={
        <>
          <input className="input slim" type="search" aria-label={t(words.findUsers)} placeholder={t(words.findUsers)} value={query} onChange={(event) => change({ q: event.target.value })} />
          <Button slim kind="primary" icon="plus" onClick={() => setMaking(true)}>{t(words.newUser)}</Button>
        </>
      }
      foot={found.hasNextPage && <Button slim busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t(shell.more)}</Button>}
    >
      {found.isPending && <Waiting />}
      {found.isError && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.isSuccess && people.length === 0 && <Empty title={t(words.noUsers)} />}
      <ul className="lines">{people.map((one) => <Line key={one.username} person={one} />)}</ul>
      {making && <NewUser onClose={() => setMaking(false)} />}
    </Panel>
  )
}

function Line({ person }: { person: Account }) {
  const t = useWords()
  const me = useMe()
  const client = useQueryClient()
  const { complain } = useToasts()
  const [asking, setAsking] = useState<'appoint' | 'deactivate' | 'delete' | null>(null)
  const close = () => setAsking(null)
  const [link, setLink] = useState<string | null>(null)
  const refresh = () => client.invalidateQueries({ queryKey: USERS })
  const own = person.username === me.username
  const active = person.deactivated_at === null
  return (
    <li>
      <Face name={person.username} />
      <div className="grow">
        <span className="strong">{person.username}</span>{' '}
        {person.admin && <span className="badge accent">{t(words.administrator)}</span>}{' '}
        {person.kind === 'service' && <span className="badge">{t(shell.roles.service)}</span>}{' '}
        {!active && <span className="badge warn">{t(words.deactivated)}</span>}
        <p className="quiet small clip">{[person.name, person.email].filter(Boolean).join(' · ')} · <Moment at={person.created_at} /></p>
        {link && <Secret label={t(words.resetLinkWhy)} text={link} />}
      </div>
      {!own && person.kind === 'user' && (
        <div className="row wrap">
          <IconButton icon="key" label={`${t(words.resetLink)}: ${person.username}`} onClick={() => void resetLink(person.username).then((made) => setLink(made.url), complain)} />
          <Button slim onClick={() => setAsking('appoint')}>{t(person.admin ? words.unmakeAdmin : words.makeAdmin)}</Button>
          <Button slim onClick={() => (active ? setAsking('deactivate') : void setActive(person.username, true).then(refresh, complain))}>{t(active ? words.deactivate : words.reactivate)}</Button>
          <IconButton icon="trash" label={t(words.deleteUser, { name: person.username })} onClick={() => setAsking('delete')} />
        </div>
      )}
      {asking === 'appoint' && (
        <Confirm title={`${t(person.admin ? words.unmakeAdmin : words.makeAdmin)}: ${person.username}`} doing={t(person.admin ? words.unmakeAdmin : words.makeAdmin)} onClose={close} onConfirm={() => appoint(person.username, !person.admin).then(refresh)}>
          <p>{t(person.admin ? words.unmakeAdminWhy : words.makeAdminWhy)}</p>
        </Confirm>
      )}
      {asking === 'deactivate' && (
        <Confirm title={`${t(words.deactivate)}: ${person.username}`} doing={t(words.deactivate)} onClose={close} onConfirm={() => setActive(person.username, false).then(refresh)}>
          <p>{t(words.deactivateWhy)}</p>
        </Confirm>
      )}
      {asking === 'delete' && (
        <Confirm title={t(words.deleteUser, { name: person.username })} doing={t(shell.delete)} type={person.username} onClose={close} onConfirm={() => deleteUser(person.username).then(refresh)}>
          <p>{t(words.deleteUserWhy)}</p>
        </Confirm>
      )}
    </li>
  )
}

function NewUser({ onClose }: { onClose: () => void }) {
  const t = useWords()
  const client = useQueryClient()
  const [username, setUsername] = useState('')
  const [email, setEmail] = useState('')
  const [key, setKey] = useState<string | null>(null)
  const sending = useSending(async () => {
    setKey((await createUser(username, email)).api_key)
    await client.invalidateQueries({ queryKey: USERS })
  })
  if (key !== null) {
    return (
      <Dialog key="made" title={t(words.createdUser, { name: username })} onClose={onClose}>
        <div className="body">
          <p>{t(words.keyHandOver)}</p>
          <Secret label={t(account.yourKey)} text={key} />
          <div className="end"><Button kind="primary" onClick={onClose}>{t(shell.close)}</Button></div>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog title={t(words.newUser)} onClose={onClose}>
      <form className="body" onSubmit={sending.onSubmit}>
        <Input label={t(account.username)} hint={t(account.usernameHint)} required autoFocus autoCapitalize="none" wrong={sending.wrong('username', 'name')} value={username} onChange={(event) => setUsername(event.target.value)} />
        <Input label={t(account.email)} type="email" required wrong={sending.wrong('email')} value={email} onChange={(event) => setEmail(event.target.value)} />
        {sending.refusal('username', 'name', 'email')}
        <div className="end"><Button onClick={onClose}>{t(shell.cancel)}</Button><Button type="submit" kind="primary" busy={sending.busy}>{t(shell.create)}</Button></div>
      </form>
    </Dialog>
  )
}
