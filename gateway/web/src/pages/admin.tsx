/** `/admin`: people, teams, health, and what no handler could take. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from 'wouter'
import { everyTeam, listDeadLetters, readiness, replayDeadLetter } from '../api/admin'
import { useParts } from '../state/address'
import { useWords } from '../state/language'
import { useMe } from '../state/session'
import { Button } from '../ui/button'
import { Face, Moment } from '../ui/marks'
import { Heading, Panel, Tabs } from '../ui/shell'
import { Empty, Failed, Loaded, Notice, Waiting, itemsOf } from '../ui/states'
import { useToasts } from '../ui/toasts'
import { bytes } from '../ui/times'
import { admin as words } from '../words/admin'
import { shell } from '../words/shell'
import { Users } from './admin/Users'

const LOOK_MS = 5000

export default function AdminPage() {
  const t = useWords()
  const me = useMe()
  const { tab = '' } = useParts()
  if (!me.admin) return <Empty title={t(shell.absent)}><p>{t(words.refused)}</p></Empty>
  return (
    <div className="page middle">
      <Heading title={t(shell.administration)} />
      <Tabs label={t(shell.administration)} base="/admin" current={tab} tabs={[['', t(words.users)], ['teams', t(words.teams)], ['health', t(words.health)], ['dead-letters', t(words.letters)]]} />
      {tab === '' && <Users />}
      {tab === 'teams' && <Teams />}
      {tab === 'health' && <Health />}
      {tab === 'dead-letters' && <Letters />}
      {!['', 'teams', 'health', 'dead-letters'].includes(tab) && <Empty title={t(shell.absent)} />}
    </div>
  )
}

function Teams() {
  const t = useWords()
  const found = useInfiniteQuery({
    queryKey: ['every team'],
    queryFn: ({ pageParam }) => everyTeam(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
  const teams = itemsOf(found)
  return (
    <Panel title={t(words.teams)} foot={found.hasNextPage && <Button slim onClick={() => void found.fetchNextPage()}>{t(shell.more)}</Button>}>
      {found.isPending && <Waiting />}
      {found.isError && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.isSuccess && teams.length === 0 && <Empty title={t(shell.none)} />}
      <ul className="lines">
        {teams.map((team) => (
          <li key={team.name}>
            <Face name={team.name} square />
            <div className="grow"><Link className="strong" href={`/teams/${team.name}`}>{team.name}</Link><p className="quiet clip">{team.description}</p></div>
            <span className="quiet small numbers">{t(words.members, { count: team.members })}</span>
            <span className="quiet small"><Moment at={team.created_at} /></span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Health() {
  const t = useWords()
  const found = useQuery({ queryKey: ['readiness'], queryFn: readiness, refetchInterval: LOOK_MS })
  return (
    <Loaded query={found}>
      {(it) => (
        <Panel title={t(words.health)}>
          <div className="body stack">
            <Notice kind={it.ready ? 'good' : 'bad'}><strong>{t(it.ready ? words.ready : words.notReady)}</strong> <span className="quiet">{t(words.readyWhy)}</span></Notice>
            <dl className="facts">
              {Object.entries(it.services).map(([name, state]) => <Service key={name} name={name} state={state} />)}
            </dl>
          </div>
        </Panel>
      )}
    </Loaded>
  )
}

const Service = ({ name, state }: { name: string; state: string }) => (
  <><dt>{name}</dt><dd><span className={state === 'ok' ? 'badge good' : 'badge bad'}><span className="dot" />{state}</span></dd></>
)

function Letters() {
  const t = useWords()
  const client = useQueryClient()
  const { complain } = useToasts()
  const found = useInfiniteQuery({
    queryKey: ['dead letters'],
    queryFn: ({ pageParam }) => listDeadLetters(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: LOOK_MS,
  })
  const letters = itemsOf(found)
  const again = (sequence: number) => replayDeadLetter(sequence).then(() => client.invalidateQueries({ queryKey: ['dead letters'] }), complain)
  return (
    <Panel title={t(words.letters)} foot={found.hasNextPage && <Button slim onClick={() => void found.fetchNextPage()}>{t(shell.more)}</Button>}>
      {found.isPending && <Waiting />}
      {found.isError && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.isSuccess && letters.length === 0 && <Empty title={t(words.noLetters)}><p>{t(words.noLettersWhy)}</p></Empty>}
      <ul className="lines">
        {letters.map((letter) => (
          <li key={letter.sequence}>
            <div className="grow">
              <code className="badge">{letter.subject}</code> <span className="quiet small">{letter.service} · {bytes(letter.size)} · <Moment at={letter.at} /></span>
              <p className="small anywhere">{letter.reason}</p>
            </div>
            {letter.replayed_by ? <span className="badge good">{t(words.replayed, { who: letter.replayed_by })}</span> : <Button slim icon="history" onClick={() => void again(letter.sequence)}>{t(words.replay)}</Button>}
          </li>
        ))}
      </ul>
    </Panel>
  )
}
