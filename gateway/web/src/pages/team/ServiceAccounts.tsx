/** What CI runs as: accounts without people, their keys, and what to paste into a pipeline. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { createKey, revokeKey, type ApiKey } from '../../api/account'
import { createServiceAccount, deleteServiceAccount, listServiceAccounts, type ServiceAccount } from '../../api/teams'
import { useWords } from '../../state/language'
import { Button, IconButton, Segments } from '../../ui/button'
import { Code, Secret } from '../../ui/copy'
import { Confirm, Dialog } from '../../ui/dialog'
import { Input, Select } from '../../ui/field'
import { useSending } from '../../ui/form'
import { Icon } from '../../ui/icons'
import { Moment } from '../../ui/marks'
import { Panel } from '../../ui/shell'
import { Empty, Loaded } from '../../ui/states'
import { useToasts } from '../../ui/toasts'
import { account } from '../../words/account'
import { shell } from '../../words/shell'
import { team as words } from '../../words/team'
import { until, type Lifetime } from '../settings/lifetimes'
import { teamKey } from '../team'
import { CI_NAMES, snippet, type Ci } from './ciSnippets'

const accountsKey = (team: string) => ['service accounts', team] as const

export function ServiceAccounts({ team, admin }: { team: string; admin: boolean }) {
  const t = useWords()
  const [making, setMaking] = useState(false)
  const found = useQuery({ queryKey: accountsKey(team), queryFn: () => listServiceAccounts(team) })
  return (
    <div className="stack">
      <Panel title={t(words.machines)} aside={admin && <Button slim kind="primary" icon="plus" onClick={() => setMaking(true)}>{t(words.newMachine)}</Button>}>
        <p className="body quiet">{t(words.machinesWhy)}</p>
        <Loaded query={found} isEmpty={(page) => page.items.length === 0} empty={<Empty title={t(words.noMachines)} />}>
          {(page) => <ul className="lines ruled">{page.items.map((one) => <Line key={one.username} team={team} account={one} admin={admin} />)}</ul>}
        </Loaded>
      </Panel>
      <Panel title={t(words.snippets)}><div className="body"><Snippets team={team} /></div></Panel>
      {making && <NewAccount team={team} onClose={() => setMaking(false)} />}
    </div>
  )
}

function Snippets({ team }: { team: string }) {
  const t = useWords()
  const [ci, setCi] = useState<Ci>('github')
  const notes = words.ciNotes
  return (
    <div className="stack tight">
      <Segments label={t(words.snippets)} value={ci} choices={CI_NAMES} onChoose={setCi} />
      <Code text={snippet(ci, team, window.location.origin, { github: t(notes.github), gitlab: t(notes.gitlab), shell: t(notes.shell) })} />
    </div>
  )
}

function NewAccount({ team, onClose }: { team: string; onClose: () => void }) {
  const t = useWords()
  const client = useQueryClient()
  const [name, setName] = useState('')
  const [scope, setScope] = useState<ApiKey['scope']>('full')
  const [lifetime, setLifetime] = useState<Lifetime>('year')
  const [key, setKey] = useState<string | null>(null)
  const sending = useSending(async () => {
    const made = await createServiceAccount(team, name.trim(), scope, until(lifetime, new Date()))
    setKey(made.api_key)
    await Promise.all([client.invalidateQueries({ queryKey: accountsKey(team) }), client.invalidateQueries({ queryKey: teamKey(team) })])
  })
  if (key !== null) {
    return (
      <Dialog key="ready" wide title={t(words.machineReady, { name })} onClose={onClose}>
        <div className="body">
          <strong>{t(words.itsKey)}</strong>
          <Secret label={t(words.itsKey)} text={key} />
          <p className="quiet">{t(words.keyOnce)}</p>
          <strong>{t(words.paste)}</strong>
          <Snippets team={team} />
          <div className="end"><Button kind="primary" icon="check" onClick={onClose}>{t(words.done)}</Button></div>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog title={t(words.newMachine)} onClose={onClose}>
      <form className="body" onSubmit={sending.onSubmit}>
        <Input label={t(words.machineName)} name="name" hint={t(words.machineHint)} wrong={sending.wrong('name', 'username')} required autoFocus autoCapitalize="none" value={name} onChange={(event) => setName(event.target.value)} />
        <Select label={t(account.scope)} value={scope} choices={(['full', 'write_runs', 'read'] as const).map((one) => [one, t(account.scopes[one])])} onChange={(event) => setScope(event.target.value as ApiKey['scope'])} />
        <Select label={t(account.expires)} value={lifetime} choices={(['month', 'quarter', 'year'] as const).map((one) => [one, t(account.lifetimes[one])])} onChange={(event) => setLifetime(event.target.value as Lifetime)} />
        {sending.refusal('name', 'username')}
        <div className="end">
          <Button onClick={onClose}>{t(shell.cancel)}</Button>
          <Button type="submit" kind="primary" busy={sending.busy}>{t(shell.create)}</Button>
        </div>
      </form>
    </Dialog>
  )
}

function Line({ team, account: it, admin }: { team: string; account: ServiceAccount; admin: boolean }) {
  const t = useWords()
  const client = useQueryClient()
  const { complain } = useToasts()
  const [deleting, setDeleting] = useState(false)
  const [revoking, setRevoking] = useState<ApiKey | null>(null)
  const [fresh, setFresh] = useState<string | null>(null)
  const refresh = () => client.invalidateQueries({ queryKey: accountsKey(team) })
  const another = () =>
    createKey('', 'full', until('year', new Date()), it.username).then((made) => {
      setFresh(made.key)
      return refresh()
    }, complain)
  const discard = async () => {
    await deleteServiceAccount(team, it.username)
    await Promise.all([refresh(), client.invalidateQueries({ queryKey: teamKey(team) })])
  }
  return (
    <li className="machine">
      <span className="avatar square robot"><Icon name="robot" /></span>
      <div className="grow stack tight">
        <div><span className="strong">{it.name || it.username}</span> <code className="quiet">{it.username}</code></div>
        {it.keys.map((key) => (
          <div className="row wrap small" key={key.id}>
            <span className="badge"><Icon name="key" />{t(words.keyHint, { hint: key.hint })}</span>
            <span className="quiet">{t(account.scopes[key.scope])} · {key.last_used_at ? <>{t(words.lastUsed)} <Moment at={key.last_used_at} /></> : t(words.neverUsed)}{key.expires_at && <> · {t(words.expires)} <Moment at={key.expires_at} /></>}</span>
            {admin && <IconButton icon="close" label={`${t(account.revoke)} ${key.hint}`} onClick={() => setRevoking(key)} />}
          </div>
        ))}
        {fresh && <Secret label={t(words.itsKey)} text={fresh} />}
      </div>
      {admin && <Button slim icon="key" onClick={() => void another()}>{t(words.addKey)}</Button>}
      {admin && <IconButton icon="trash" label={t(words.deleteMachine, { name: it.username })} onClick={() => setDeleting(true)} />}
      {revoking && (
        <Confirm title={`${t(account.revoke)} ${revoking.hint}`} doing={t(account.revoke)} onClose={() => setRevoking(null)} onConfirm={() => revokeKey(revoking.id, it.username).then(refresh)}>
          <p>{t(account.revokeWhy, { name: revoking.name || revoking.hint })}</p>
        </Confirm>
      )}
      {deleting && <Confirm title={t(words.deleteMachine, { name: it.username })} doing={t(shell.delete)} onClose={() => setDeleting(false)} onConfirm={discard}><p>{t(words.deleteMachineWhy)}</p></Confirm>}
    </li>
  )
}
