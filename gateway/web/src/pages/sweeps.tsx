/** Sweeps of a project, as its tab. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { listSweeps, type Sweep, type SweepState } from '../api/sweeps'
import { short } from '../charts/series'
import { useWords } from '../state/language'
import { Button } from '../ui/button'
import { Code } from '../ui/copy'
import { Moment } from '../ui/marks'
import { Panel } from '../ui/shell'
import { Empty, Failed, itemsOf, Waiting } from '../ui/states'
import { shell } from '../words/shell'
import { sweeps as words } from '../words/sweeps'

const LOOK_MS = 10_000
const LOOKS: Record<SweepState, string> = { PENDING: '', RUNNING: 'info', PAUSED: 'warn', FINISHED: 'good', CANCELED: 'bad' }

export const goesOn = ({ state }: Sweep): boolean => state === 'RUNNING' || state === 'PENDING'

export function SweepBadge({ state }: { state: SweepState }) {
  const t = useWords()
  return <span className={`badge ${LOOKS[state]}`}><span className={state === 'RUNNING' ? 'dot live' : 'dot'} />{t(words.states[state])}</span>
}

/** Named or, where nobody gave a name, by its id. */
export const nameOf = (sweep: Sweep): string => sweep.display_name || sweep.name

export function Progress({ sweep }: { sweep: Sweep }) {
  const t = useWords()
  const { run_count, run_count_expected } = sweep
  if (run_count === null) return null
  return <span className="numbers nowrap">{run_count_expected === null ? run_count : t(words.of, { count: run_count, total: run_count_expected })}</span>
}

export default function SweepList({ entity, project }: { entity: string; project: string }) {
  const t = useWords()
  const found = useInfiniteQuery({
    queryKey: ['sweeps', entity, project],
    queryFn: ({ pageParam }) => listSweeps(entity, project, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: (query) => (query.state.data?.pages.some((page) => page.items.some(goesOn)) ? LOOK_MS : false),
  })
  const items = itemsOf(found)
  return (
    <Panel title={t(words.title)} foot={found.hasNextPage && <Button slim busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t(shell.more)}</Button>}>
      {found.isPending && <Waiting />}
      {found.isError && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.isSuccess && items.length === 0 && <Empty title={t(words.none)}><p>{t(words.noneWhy)}</p><Code text={`wandb sweep --entity ${entity} --project ${project} sweep.yaml`} /></Empty>}
      {items.length > 0 && (
        <div className="scroll" tabIndex={0} role="region" aria-label={t(words.title)}>
          <table className="plain">
            <thead><tr><th>{t(shell.name)}</th><th>{t(words.method)}</th><th>{t(words.progress)}</th><th>{t(words.best)}</th><th>{t(words.by)}</th><th /></tr></thead>
            <tbody>{items.map((sweep) => <Row key={sweep.id} sweep={sweep} />)}</tbody>
          </table>
        </div>
      )}
    </Panel>
  )
}

function Row({ sweep }: { sweep: Sweep }) {
  const t = useWords()
  const { entity, project, name, metric, best_loss, best_run } = sweep
  return (
    <tr>
      <td className="named"><span className="row wrap"><Link className="strong anywhere" href={`/${entity}/${project}/sweeps/${name}`}>{nameOf(sweep)}</Link><SweepBadge state={sweep.state} /></span></td>
      <td>{methodOf(sweep.method, t)}</td>
      <td><Progress sweep={sweep} /></td>
      <td className="numbers nowrap">{metric && best_run && best_loss !== null ? <><span className="quiet">{metric}</span> <Link href={`/${entity}/${project}/runs/${best_run}`}>{short(best_loss)}</Link></> : <span className="quiet">–</span>}</td>
      <td className="quiet">{sweep.created_by}</td>
      <td className="quiet small"><Moment at={sweep.created_at} /></td>
    </tr>
  )
}

export function methodOf(method: string, t: ReturnType<typeof useWords>): string {
  const word = words.methods[method as keyof typeof words.methods]
  return word ? t(word) : method
}
