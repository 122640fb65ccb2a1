/** Links that show a run, a comparison or a report to people who are not signed in. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { createShare, listShares, revokeShare, type Share, type Subject } from '../../api/shares'
import { useSpeech, useWords } from '../../state/language'
import { Button } from '../../ui/button'
import { Secret } from '../../ui/copy'
import { Confirm, Dialog } from '../../ui/dialog'
import { Check, Select } from '../../ui/field'
import { useSending } from '../../ui/form'
import { Icon } from '../../ui/icons'
import { Loaded, Notice } from '../../ui/states'
import { exactly } from '../../ui/times'
import { useToasts } from '../../ui/toasts'
import { shares as words } from '../../words/shares'

const SPANS = ['1', '7', '30', '90', '365'] as const
const DAY_MS = 86_400_000

export default function ShareDialog({ subject, name, onClose }: { subject: Subject; name: string; onClose: () => void }) {
  const t = useWords()
  const client = useQueryClient()
  const queryKey = ['shares', subject]
  const found = useQuery({ queryKey, queryFn: () => listShares(subject), staleTime: 0 })
  const refresh = () => client.invalidateQueries({ queryKey })
  return (
    <Dialog title={t(words.title, { name })} onClose={onClose}>
      <div className="body">
        <p className="quiet">{t(words.why)}{subject.report !== undefined && ` ${t(words.newestHidden)}`}</p>
        <Loaded query={found}>
          {(page) => (
            <>
              {page.allowed ? <NewLink subject={subject} onMade={refresh} /> : <Notice kind="warn">{t(words.forbidden)}</Notice>}
              <h3>{t(words.links)}</h3>
              {page.items.length === 0 && <p className="quiet">{t(words.noLinks)}</p>}
              <ul className="lines flush">{page.items.map((share) => <Line key={share.id} share={share} onRevoked={refresh} />)}</ul>
            </>
          )}
        </Loaded>
      </div>
    </Dialog>
  )
}

function NewLink({ subject, onMade }: { subject: Subject; onMade: () => Promise<unknown> }) {
  const t = useWords()
  const [days, setDays] = useState<(typeof SPANS)[number]>('30')
  const [anonymous, setAnonymous] = useState(false)
  const [url, setUrl] = useState<string | null>(null)
  const sending = useSending(async () => {
    const until = new Date(Date.now() + Number(days) * DAY_MS).toISOString()
    setUrl((await createShare(subject, anonymous, until)).url)
    await onMade()
  })
  return (
    <form className="stack" onSubmit={sending.onSubmit}>
      <Select label={t(words.lasts)} name="days" value={days} choices={SPANS.map((one) => [one, t(words.spans[one])])} onChange={(event) => setDays(event.target.value as typeof days)} />
      <div>
        <Check label={t(words.anonymous)} checked={anonymous} onChange={setAnonymous} />
        {anonymous && <p className="quiet small">{t(words.anonymousWhy)}</p>}
      </div>
      {sending.refusal()}
      <div><Button type="submit" kind="primary" icon="share" busy={sending.busy}>{t(words.make)}</Button></div>
      {url && <Notice kind="good"><div className="stack tight"><span>{t(words.once)}</span><Secret label={t(words.yours)} text={url} /></div></Notice>}
    </form>
  )
}

function Line({ share, onRevoked }: { share: Share; onRevoked: () => Promise<unknown> }) {
  const { t, language } = useSpeech()
  const { tell } = useToasts()
  const [asking, setAsking] = useState(false)
  const revoke = async () => {
    await revokeShare(share.id)
    tell(t(words.revoked))
    await onRevoked()
  }
  return (
    <li>
      <Icon name="share" />
      <div className="grow">
        <span className="strong">{t(words.kinds[share.kind], { count: share.runs.length })}</span>
        {share.anonymous && <> <span className="badge">{t(words.isAnonymous)}</span></>}
        <p className="quiet small">{t(words.by, { name: share.created_by })} · {t(words.ends)} {exactly(new Date(share.expires_at), language)}</p>
      </div>
      <Button slim kind="danger" onClick={() => setAsking(true)}>{t(words.revoke)}</Button>
      {asking && <Confirm title={t(words.revokeTitle)} doing={t(words.revoke)} onClose={() => setAsking(false)} onConfirm={revoke}><p>{t(words.revokeWhy)}</p></Confirm>}
    </li>
  )
}
