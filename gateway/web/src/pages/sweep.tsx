/** `/{entity}/{project}/sweeps/{sweep}`: what it searches, how far it is, and steering it. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState, type ReactNode } from 'react'
import { Link } from 'wouter'
import { listRuns } from '../api/projects'
import { changeSweep, getSweep, type Agent, type Parameter, type Sweep, type SweepState } from '../api/sweeps'
import { short } from '../charts/series'
import { useParts } from '../state/address'
import { useWords } from '../state/language'
import { useSession } from '../state/session'
import { Button } from '../ui/button'
import { Code } from '../ui/copy'
import { Confirm } from '../ui/dialog'
import { Moment } from '../ui/marks'
import { Heading, Panel } from '../ui/shell'
import { Loaded } from '../ui/states'
import { useToasts } from '../ui/toasts'
import { sweeps as words } from '../words/sweeps'
import { entityCrumb } from './entity'
import { shown } from './project/columns'
import { ParallelView } from './sweep/ParallelView'
import { SweepRuns } from './sweep/SweepRuns'
import { goesOn, methodOf, nameOf, Progress, SweepBadge } from './sweeps'

const LOOK_MS = 5000
const MOST_RUNS = 500
const SHOWN_VALUES = 12

type Found = Sweep & { agents: Agent[] }

export default function SweepPage() {
  const { entity = '', project = '', sweep = '' } = useParts()
  const queryKey = ['sweep', entity, project, sweep]
  const found = useQuery({ queryKey, queryFn: () => getSweep(entity, project, sweep), refetchInterval: (query) => (query.state.data && goesOn(query.state.data) ? LOOK_MS : false) })
  return <div className="page"><Loaded query={found}>{(it) => <Shown sweep={it} key={it.id} />}</Loaded></div>
}

function Shown({ sweep }: { sweep: Found }) {
  const t = useWords()
  const { me } = useSession()
  const { entity, project } = sweep
  const there = `/${entity}/${project}`
  const keys = [...sweep.parameters.map(({ path }) => `config.${path}`), ...(sweep.metric ? [`summary.${sweep.metric}`] : [])]
  const order = sweep.metric ? `${sweep.maximize ? '-' : '+'}summary_metrics.${sweep.metric}` : '-created_at'
  const runs = useQuery({
    queryKey: ['runs of sweep', entity, project, sweep.name, sweep.run_count],
    queryFn: () => listRuns(entity, project, { filters: JSON.stringify({ sweep: sweep.name }), order, limit: MOST_RUNS, keys }),
    placeholderData: (before) => before,
    refetchInterval: goesOn(sweep) ? LOOK_MS : false,
  })
  const items = useMemo(() => runs.data?.items ?? [], [runs.data])
  // Whoever may change runs of the project may steer its sweeps; the list of runs tells so, if there are any.
  const writable = me !== null && items[0]?.read_only !== true
  return (
    <>
      <Heading
        crumbs={[entityCrumb(entity), { name: project, href: there }, { name: t(words.title), href: `${there}/sweeps` }]}
        title={nameOf(sweep)}
        beside={<SweepBadge state={sweep.state} />}
        actions={writable && <Actions sweep={sweep} />}
      />
      <div className="split">
        <Panel><div className="body"><Facts sweep={sweep} /></div></Panel>
        <Parameters parameters={sweep.parameters} />
      </div>
      {sweep.metric && <ParallelView sweep={sweep} runs={items} />}
      <SweepRuns sweep={sweep} query={runs} most={MOST_RUNS} />
      <div className="split">
        <Agents sweep={sweep} />
        <Panel title={t(words.config)}><div className="body"><Code text={sweep.config} /></div></Panel>
      </div>
    </>
  )
}

function Facts({ sweep }: { sweep: Sweep }) {
  const t = useWords()
  const { entity, project, metric, best_run, best_loss } = sweep
  const facts: [string, ReactNode][] = [
    [t(words.method), methodOf(sweep.method, t)],
    [t(words.goal), metric ? t(sweep.maximize ? words.most : words.least, { metric }) : <span className="quiet">{t(words.noGoal)}</span>],
    [t(words.best), best_run && best_loss !== null && <><Link href={`/${entity}/${project}/runs/${best_run}`}>{best_run}</Link> <span className="numbers">{short(best_loss)}</span></>],
    [t(words.progress), <Progress key="progress" sweep={sweep} />],
    [t(words.by), <span key="by">{sweep.created_by} · <Moment at={sweep.created_at} /></span>],
    [t(words.heard), <Moment key="heard" at={sweep.heartbeat_at} />],
    [t(words.id), <code key="id">{sweep.name}</code>],
  ]
  return (
    <div className="stack">
      {sweep.description && <p className="anywhere">{sweep.description}</p>}
      <dl className="facts">{facts.map(([name, value]) => value && <Fact key={name} name={name}>{value}</Fact>)}</dl>
    </div>
  )
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => <><dt>{name}</dt><dd>{children}</dd></>

function Parameters({ parameters }: { parameters: Parameter[] }) {
  const t = useWords()
  const said = ({ values, low, high }: Parameter): string => {
    if (values.length > SHOWN_VALUES) return `${values.slice(0, SHOWN_VALUES).map(shown).join(', ')}, …`
    if (values.length > 0) return values.map(shown).join(', ')
    return low !== null && high !== null ? t(words.range, { low: short(low), high: short(high) }) : ''
  }
  return (
    <Panel title={t(words.parameters)}>
      <div className="scroll" tabIndex={0} role="region" aria-label={t(words.parameters)}>
        <table className="plain">
          <thead><tr><th>{t(words.parameter)}</th><th>{t(words.distribution)}</th><th>{t(words.values)}</th></tr></thead>
          <tbody>{parameters.map((one) => <tr key={one.path}><td className="strong">{one.path}</td><td className="quiet">{one.distribution}</td><td className="numbers anywhere">{said(one)}</td></tr>)}</tbody>
        </table>
      </div>
    </Panel>
  )
}

function Agents({ sweep }: { sweep: Found }) {
  const t = useWords()
  return (
    <Panel title={t(words.agents)}>
      {sweep.agents.length === 0 && <div className="body stack tight"><p className="quiet">{t(words.noAgents)}</p><Code text={`wandb agent ${sweep.entity}/${sweep.project}/${sweep.name}`} /></div>}
      <ul className="lines">
        {sweep.agents.map((agent) => (
          <li key={agent.id}>
            <div className="grow"><span className="strong anywhere">{agent.host}</span> <code className="quiet">{agent.name}</code><p className="quiet small">{t(words.handed, { count: agent.runs.length })}</p></div>
            <span className="quiet small"><Moment at={agent.heartbeat_at} /></span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Actions({ sweep }: { sweep: Found }) {
  const t = useWords()
  const client = useQueryClient()
  const { complain } = useToasts()
  const [busy, setBusy] = useState(false)
  const [asking, setAsking] = useState<'FINISHED' | 'CANCELED' | null>(null)
  const become = async (state: SweepState) => {
    await changeSweep(sweep, state)
    await client.invalidateQueries({ queryKey: ['sweep', sweep.entity, sweep.project, sweep.name] })
    void client.invalidateQueries({ queryKey: ['sweeps', sweep.entity, sweep.project] })
  }
  const quick = (state: SweepState) => {
    setBusy(true)
    become(state).catch(complain).finally(() => setBusy(false))
  }
  const { state } = sweep
  const over = state === 'CANCELED'
  return (
    <>
      {state === 'RUNNING' && <Button slim busy={busy} onClick={() => quick('PAUSED')}>{t(words.pause)}</Button>}
      {(state === 'PAUSED' || state === 'FINISHED') && <Button slim busy={busy} onClick={() => quick('RUNNING')}>{t(words.resume)}</Button>}
      {!over && state !== 'FINISHED' && <Button slim onClick={() => setAsking('FINISHED')}>{t(words.stop)}</Button>}
      {!over && <Button slim kind="danger" onClick={() => setAsking('CANCELED')}>{t(words.cancel)}</Button>}
      {asking === 'FINISHED' && <Confirm title={t(words.stopTitle)} doing={t(words.stop)} onClose={() => setAsking(null)} onConfirm={() => become('FINISHED')}><p>{t(words.stopWhy)}</p></Confirm>}
      {asking === 'CANCELED' && <Confirm title={t(words.cancelTitle)} doing={t(words.cancelNow)} onClose={() => setAsking(null)} onConfirm={() => become('CANCELED')}><p>{t(words.cancelWhy)}</p></Confirm>}
    </>
  )
}
