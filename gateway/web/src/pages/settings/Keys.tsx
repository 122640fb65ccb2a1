/** One's own API keys. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { createKey, listKeys, revokeKey, rotateKey, type ApiKey } from '../../api/account'
import { useWords } from '../../state/language'
import { Button } from '../../ui/button'
import { Secret } from '../../ui/copy'
import { Confirm } from '../../ui/dialog'
import { Input, Select } from '../../ui/field'
import { useSending } from '../../ui/form'
import { Icon } from '../../ui/icons'
import { Moment } from '../../ui/marks'
import { Panel } from '../../ui/shell'
import { Empty, Loaded, Notice } from '../../ui/states'
import { useToasts } from '../../ui/toasts'
import { account as words } from '../../words/account'
import { until, type Lifetime } from './lifetimes'

const KEYS = ['my keys'] as const

export function Keys() {
  const t = useWords()
  const client = useQueryClient()
  const { tell, complain } = useToasts()
  const [fresh, setFresh] = useState<string | null>(null)
  const found = useQuery({ queryKey: KEYS, queryFn: () => listKeys() })
  const refresh = () => client.invalidateQueries({ queryKey: KEYS })
  const shown = (key: string) => {
    setFresh(key)
    return refresh()
  }
  const rotate = (id: string) =>
    rotateKey(id).then((made) => {
      tell(t(words.rotated))
      return shown(made.key)
    }, complain)
  return (
    <div className="stack">
      <NewKey onMade={(key) => void shown(key)} />
      {fresh && <Notice kind="good"><div className="stack tight"><span>{t(words.onceOnly)}</span><Secret label={t(words.yourKey)} text={fresh} /></div></Notice>}
      <Panel title={t(words.keys)}>
        <Loaded query={found} isEmpty={(page) => page.items.length === 0} empty={<Empty title={t(words.noKeys)}><p>{t(words.noKeysWhy)}</p></Empty>}>
          {(page) => <ul className="lines">{page.items.map((key) => <Line key={key.id} it={key} onRotate={() => void rotate(key.id)} onRevoked={refresh} />)}</ul>}
        </Loaded>
      </Panel>
    </div>
  )
}

function NewKey({ onMade }: { onMade: (key: string) => void }) {
  const t = useWords()
  const [name, setName] = useState('')
  const [scope, setScope] = useState<ApiKey['scope']>('full')
  const [lifetime, setLifetime] = useState<Lifetime>('never')
  const sending = useSending(async () => {
    onMade((await createKey(name.trim(), scope, until(lifetime, new Date()))).key)
    setName('')
  })
  return (
    <Panel title={t(words.makeKey)}>
      <form className="body stack" onSubmit={sending.onSubmit}>
        <div className="pairs">
          <Input label={t(words.keyName)} name="name" required wrong={sending.wrong('name')} value={name} onChange={(event) => setName(event.target.value)} />
          <Select label={t(words.scope)} value={scope} choices={(['full', 'write_runs', 'read'] as const).map((one) => [one, t(words.scopes[one])])} onChange={(event) => setScope(event.target.value as ApiKey['scope'])} />
          <Select label={t(words.expires)} value={lifetime} choices={(['never', 'month', 'quarter', 'year'] as const).map((one) => [one, t(words.lifetimes[one])])} onChange={(event) => setLifetime(event.target.value as Lifetime)} />
        </div>
        {sending.refusal('name')}
        <div><Button type="submit" kind="primary" icon="key" busy={sending.busy}>{t(words.makeKey)}</Button></div>
      </form>
    </Panel>
  )
}

function Line({ it, onRotate, onRevoked }: { it: ApiKey; onRotate: () => void; onRevoked: () => Promise<unknown> }) {
  const t = useWords()
  const [asking, setAsking] = useState(false)
  return (
    <li>
      <Icon name="key" />
      <div className="grow">
        <span className="strong anywhere">{it.name || it.hint}</span> <code className="quiet">{it.hint}</code>
        <p className="quiet small">{t(words.scopes[it.scope])} · {t(words.lastUsed)}: <Moment at={it.last_used_at} />{it.expires_at && <> · {t(words.expires)} <Moment at={it.expires_at} /></>}</p>
      </div>
      <Button slim onClick={onRotate}>{t(words.rotate)}</Button>
      <Button slim kind="danger" onClick={() => setAsking(true)}>{t(words.revoke)}</Button>
      {asking && (
        <Confirm title={`${t(words.revoke)} ${it.name || it.hint}`} doing={t(words.revoke)} onClose={() => setAsking(false)} onConfirm={() => revokeKey(it.id).then(onRevoked)}>
          <p>{t(words.revokeWhy, { name: it.name || it.hint })}</p>
        </Confirm>
      )}
    </li>
  )
}
