/** What was sent, each try of it, and sending it again. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { listDeliveries, replayDelivery, type Delivery } from '../../api/alerts'
import { useWords } from '../../state/language'
import { Button, IconButton } from '../../ui/button'
import { Pick } from '../../ui/field'
import { Moment } from '../../ui/marks'
import { Panel } from '../../ui/shell'
import { Empty, Failed, Waiting, itemsOf } from '../../ui/states'
import { useToasts } from '../../ui/toasts'
import { alerts as words } from '../../words/alerts'
import { shell } from '../../words/shell'

const LOOK_MS = 4000
const LOOKS = { pending: 'info', delivered: 'good', failed: 'bad' } as const

export function Deliveries({ team, admin }: { team: string; admin: boolean }) {
  const t = useWords()
  const [state, setState] = useState('')
  const found = useInfiniteQuery({
    queryKey: ['deliveries', team, state],
    queryFn: ({ pageParam }) => listDeliveries(team, { state, cursor: pageParam, limit: 25 }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: LOOK_MS,
  })
  const items = itemsOf(found)
  const states = (['delivered', 'failed', 'pending'] as const).map((one): [string, string] => [one, t(words.deliveryStates[one])])
  return (
    <Panel
      title={t(words.deliveries)}
      aside={<Pick label={t(words.deliveries)} value={state} choices={[['', t(words.everyDelivery)], ...states]} onChange={(event) => setState(event.target.value)} />}
      foot={found.hasNextPage && <Button slim busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t(shell.more)}</Button>}
    >
      {found.isPending && <Waiting />}
      {found.isError && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.isSuccess && items.length === 0 && <Empty title={t(words.noDeliveries)} />}
      <ul className="lines">{items.map((delivery) => <Line key={delivery.id} team={team} delivery={delivery} admin={admin} />)}</ul>
    </Panel>
  )
}

function Line({ team, delivery, admin }: { team: string; delivery: Delivery; admin: boolean }) {
  const t = useWords()
  const client = useQueryClient()
  const { tell, complain } = useToasts()
  const [open, setOpen] = useState(false)
  const again = () =>
    replayDelivery(delivery.id).then(() => {
      tell(t(words.replayed))
      return client.invalidateQueries({ queryKey: ['deliveries', team] })
    }, complain)
  return (
    <li className="delivery">
      <IconButton icon={open ? 'down' : 'right'} label={t(words.attempts, { count: delivery.attempts.length })} aria-expanded={open} onClick={() => setOpen(!open)} />
      <span className={`badge ${LOOKS[delivery.state]}`}>{t(words.deliveryStates[delivery.state])}</span>
      <div className="grow">
        <span className="strong">{delivery.channel}</span> <code className="quiet">{delivery.event}</code>
        <p className="quiet small">{t(words.attempts, { count: delivery.attempts.length })} · <Moment at={delivery.created_at} /></p>
      </div>
      {admin && <Button slim icon="history" onClick={() => void again()}>{t(words.replay)}</Button>}
      {open && (
        <ol className="tries">
          {delivery.attempts.map((attempt, index) => (
            <li key={index} className="small">
              <span className={attempt.status >= 200 && attempt.status < 300 ? 'badge good' : 'badge bad'}>{t(words.attempt, { status: attempt.status || '—', ms: attempt.ms })}</span>{' '}
              <Moment at={attempt.at} /> {attempt.error && <span className="anywhere">{attempt.error}</span>}
              {attempt.response && <pre className="quiet anywhere">{attempt.response}</pre>}
            </li>
          ))}
          <li className="small quiet mono anywhere">{delivery.webhook_id} → {delivery.to}</li>
        </ol>
      )}
    </li>
  )
}
