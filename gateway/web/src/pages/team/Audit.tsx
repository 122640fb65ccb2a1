/** Who did what in a team, when, and on whose behalf. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useDeferredValue } from 'react'
import { address, asking, at } from '../../api/client'
import { listAudit, type AuditEntry } from '../../api/teams'
import { useAddress } from '../../state/address'
import { useWords } from '../../state/language'
import { Button } from '../../ui/button'
import { Face, Moment } from '../../ui/marks'
import { Panel } from '../../ui/shell'
import { Empty, Failed, Waiting, itemsOf } from '../../ui/states'
import { shell } from '../../words/shell'
import { team as words } from '../../words/team'

export function Audit({ team }: { team: string }) {
  const t = useWords()
  const [search, change] = useAddress()
  const actor = search.get('actor') ?? ''
  const action = search.get('action') ?? ''
  const filter = useDeferredValue(JSON.stringify({ actor, action }))
  const found = useInfiniteQuery({
    queryKey: ['audit', team, filter],
    queryFn: ({ pageParam }) => listAudit(team, JSON.parse(filter) as { actor: string; action: string }, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: (before) => before,
  })
  const entries = itemsOf(found)
  const whole = (format: string) => address(at`/teams/${team}/audit/export` + asking({ actor, action, format }))
  return (
    <Panel
      title={t(words.audit)}
      aside={<><a className="button slim" href={whole('csv')}>{t(words.exportCsv)}</a><a className="button slim" href={whole('ndjson')}>{t(words.exportNdjson)}</a></>}
      foot={found.hasNextPage && <Button slim busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t(shell.more)}</Button>}
    >
      <div className="row wrap bar">
        <input className="input slim" type="search" aria-label={t(words.findActor)} placeholder={t(words.findActor)} value={actor} onChange={(event) => change({ actor: event.target.value })} />
        <input className="input slim grow" type="search" aria-label={t(words.findAction)} placeholder={t(words.findAction)} value={action} onChange={(event) => change({ action: event.target.value })} />
      </div>
      {found.isPending && <Waiting />}
      {found.isError && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.isSuccess && entries.length === 0 && <Empty title={t(words.noAudit)} />}
      <ul className="lines">{entries.map((entry) => <Entry key={entry.id} entry={entry} />)}</ul>
    </Panel>
  )
}

function Entry({ entry }: { entry: AuditEntry }) {
  const t = useWords()
  const details = entry.before !== null || entry.after !== null
  return (
    <li className="audit">
      <Face name={entry.actor} small />
      <div className="grow">
        <div className="row wrap">
          <span className="strong">{entry.actor}</span>
          {entry.on_behalf_of && <span className="quiet small">{t(words.onBehalf, { who: entry.on_behalf_of })}</span>}
          <code className="badge">{entry.action}</code>
          <span className="quiet anywhere">{entry.object}</span>
        </div>
        {details && (
          <p className="small quiet anywhere">
            {entry.before && <>{t(words.before)} <code>{JSON.stringify(entry.before)}</code> </>}
            {entry.after && <>{t(words.after)} <code>{JSON.stringify(entry.after)}</code></>}
          </p>
        )}
      </div>
      <span className="quiet small" title={[entry.address, entry.agent].filter(Boolean).join(' · ')}><Moment at={entry.at} /></span>
    </li>
  )
}
