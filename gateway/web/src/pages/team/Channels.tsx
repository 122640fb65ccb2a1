/** Where a team is told: its channels, each with a test. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { changeChannel, createChannel, deleteChannel, listChannels, testChannel, type Channel, type ChannelKind } from '../../api/alerts'
import { useWords } from '../../state/language'
import { Button, IconButton } from '../../ui/button'
import { Secret } from '../../ui/copy'
import { Confirm, Dialog } from '../../ui/dialog'
import { Input, Select } from '../../ui/field'
import { useSending } from '../../ui/form'
import { Panel } from '../../ui/shell'
import { Empty, Loaded, Notice } from '../../ui/states'
import { useToasts } from '../../ui/toasts'
import { alerts as words } from '../../words/alerts'
import { shell } from '../../words/shell'

const KINDS: ChannelKind[] = ['slack', 'webhook', 'email']
export const channelsKey = (team: string) => ['channels', team] as const

export function Channels({ team, admin }: { team: string; admin: boolean }) {
  const t = useWords()
  const [making, setMaking] = useState(false)
  const found = useQuery({ queryKey: channelsKey(team), queryFn: () => listChannels(team) })
  return (
    <Panel title={t(words.channels)} aside={admin && <Button slim kind="primary" icon="plus" onClick={() => setMaking(true)}>{t(words.newChannel)}</Button>}>
      <Loaded query={found} isEmpty={(page) => page.items.length === 0} empty={<Empty title={t(words.noChannelsYet)}><p>{t(words.channelsWhy)}</p></Empty>}>
        {(page) => <ul className="lines">{page.items.map((channel) => <Line key={channel.id} team={team} channel={channel} admin={admin} />)}</ul>}
      </Loaded>
      {making && <NewChannelDialog team={team} onClose={() => setMaking(false)} />}
    </Panel>
  )
}

function Line({ team, channel, admin }: { team: string; channel: Channel; admin: boolean }) {
  const t = useWords()
  const client = useQueryClient()
  const { tell, complain } = useToasts()
  const [deleting, setDeleting] = useState(false)
  const refresh = () => client.invalidateQueries({ queryKey: channelsKey(team) })
  const test = () =>
    testChannel(team, channel.id).then(() => {
      tell(t(words.tested))
      return client.invalidateQueries({ queryKey: ['deliveries', team] })
    }, complain)
  return (
    <li>
      <div className="grow">
        <span className="strong">{channel.name}</span> <span className="badge">{t(words.channelKinds[channel.kind])}</span>
        {!channel.enabled && <span className="badge bad" title={channel.disabled_reason ?? undefined}>{t(words.disabled)}</span>}
        <p className="quiet small anywhere">{channel.url ?? channel.to.join(', ')}</p>
        {!channel.enabled && channel.disabled_reason && <p className="small">{channel.disabled_reason}</p>}
      </div>
      {admin && !channel.enabled && <Button slim onClick={() => void changeChannel(team, channel.id, { enabled: true }).then(refresh, complain)}>{t(words.enable)}</Button>}
      {admin && <Button slim icon="play" onClick={() => void test()}>{t(words.test)}</Button>}
      {admin && <IconButton icon="trash" label={t(words.deleteChannel, { name: channel.name })} onClick={() => setDeleting(true)} />}
      {deleting && (
        <Confirm title={t(words.deleteChannel, { name: channel.name })} doing={t(shell.delete)} onClose={() => setDeleting(false)} onConfirm={() => deleteChannel(team, channel.id).then(refresh)}>
          <p>{t(words.deleteChannelWhy)}</p>
        </Confirm>
      )}
    </li>
  )
}

function NewChannelDialog({ team, onClose }: { team: string; onClose: () => void }) {
  const t = useWords()
  const client = useQueryClient()
  const [kind, setKind] = useState<ChannelKind>('slack')
  const [name, setName] = useState('')
  const [where, setWhere] = useState('')
  const [made, setMade] = useState<Channel | null>(null)
  const sending = useSending(async () => {
    const place = kind === 'email' ? { to: where.split(',').map((one) => one.trim()).filter(Boolean) } : { url: where.trim() }
    const channel = await createChannel(team, { name: name.trim(), kind, ...place })
    await client.invalidateQueries({ queryKey: channelsKey(team) })
    if (channel.secret) setMade(channel)
    else onClose()
  })
  if (made?.secret) {
    return (
      <Dialog title={made.name} onClose={onClose}>
        <div className="body">
          <Notice kind="good">{t(words.secretWhy)}</Notice>
          <Secret label={t(words.secret)} text={made.secret} />
          <div className="end"><Button kind="primary" onClick={onClose}>{t(shell.close)}</Button></div>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog title={t(words.newChannel)} onClose={onClose}>
      <form className="body" onSubmit={sending.onSubmit}>
        <Select label={t(words.channels)} value={kind} choices={KINDS.map((one) => [one, t(words.channelKinds[one])])} onChange={(event) => { setKind(event.target.value as ChannelKind); setWhere('') }} />
        <Input label={t(shell.name)} name="name" wrong={sending.wrong('name')} required autoFocus value={name} onChange={(event) => setName(event.target.value)} />
        {kind === 'email' ? (
          <Input label={t(words.mailboxes)} name="to" wrong={sending.wrong('to')} required value={where} onChange={(event) => setWhere(event.target.value)} />
        ) : (
          <Input label={t(words.url)} name="url" type="url" placeholder="https://" wrong={sending.wrong('url')} required value={where} onChange={(event) => setWhere(event.target.value)} />
        )}
        {sending.refusal('name', 'to', 'url')}
        <div className="end">
          <Button onClick={onClose}>{t(shell.cancel)}</Button>
          <Button type="submit" kind="primary" busy={sending.busy}>{t(shell.create)}</Button>
        </div>
      </form>
    </Dialog>
  )
}
