/** `/`: what runs now, what ran lately, what waits for an answer. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Link } from 'wouter'
import { acceptInvitation, declineInvitation, myInvitations, type Me, type WaitingInvitation } from '../api/account'
import { listAlerts } from '../api/alerts'
import { listProjects, listRuns, type Project, type Run } from '../api/projects'
import { useWords } from '../state/language'
import { useMe, useSession } from '../state/session'
import { each } from '../state/several'
import { Button, LinkButton } from '../ui/button'
import { Code } from '../ui/copy'
import { Face, Moment, StateBadge } from '../ui/marks'
import { Heading, Panel } from '../ui/shell'
import { Empty, Loaded, Notice } from '../ui/states'
import { useToasts } from '../ui/toasts'
import { account } from '../words/account'
import { project as words } from '../words/project'
import { shell } from '../words/shell'
import { AlertLine } from './alerts/AlertLine'
import { firstRun } from './authorize'

/** So many are looked into again and again; besides them those in which something runs. */
const PROJECTS_LOOKED_AT = 8
const MOST_LOOKED_AT = 30
const MOST_PROJECTS = 100
const RUNS_OF_EACH = 5
/** Runs say more often than this that they are alive. */
const FRESH_MS = 5 * 60_000
const SURVEY_MS = 120_000
const SHOWN_RUNS = 15
const LOOK_MS = 10_000

export function HomePage() {
  const t = useWords()
  const me = useMe()
  const projects = useQuery({ queryKey: ['my projects', me.teams.map((team) => team.name)], queryFn: () => lately(me), refetchInterval: (query) => (query.state.data?.length ? SURVEY_MS : LOOK_MS) })
  return (
    <div className="page">
      <Heading title={t(words.greeting, { name: me.name || me.username })} />
      <Waiting />
      <Loaded query={projects} isEmpty={(found) => found.length === 0} empty={<First />}>
        {(found) => (
          <div className="split">
            <Runs looked={found} />
            <div className="stack">
              <Panel title={t(words.projects)}><ul className="lines">{found.map(({ project }) => <Line key={project.id} project={project} />)}</ul></Panel>
              <Inbox projects={found.map(({ project }) => project)} />
            </div>
          </div>
        )}
      </Loaded>
    </div>
  )
}

interface Looked {
  project: Project
  /** Something runs in it. */
  alive: boolean
}

/** What runs now: without the sign of life every run that there ever was would be looked at. */
const breathing = ({ entity, name }: Project, limit: number) =>
  listRuns(entity, name, {
    filters: JSON.stringify({ state: 'running', heartbeatAt: { $gt: new Date(Date.now() - FRESH_MS).toISOString() } }),
    order: '-heartbeat_at',
    limit,
    keys: ['none'],
  })

/** Projects of mine and of my teams: all in which something runs, and those in which something ran last. */
async function lately(me: Me): Promise<Looked[]> {
  const pages = await Promise.all([me.username, ...me.teams.map((team) => team.name)].map((entity) => listProjects(entity)))
  const all = pages.flatMap((page) => page.items).sort((one, other) => other.updated_at.localeCompare(one.updated_at)).slice(0, MOST_PROJECTS)
  const found: (Looked & { moved: string })[] = []
  const { failed, error } = await each(all, async (project) => {
    const [alive, born] = await Promise.all([
      breathing(project, 1),
      listRuns(project.entity, project.name, { limit: 1, order: '-created_at', keys: ['none'] }),
    ])
    const moved = alive.items[0]?.heartbeat_at ?? born.items[0]?.created_at ?? project.updated_at
    found.push({ project, alive: alive.items.length > 0, moved })
  }, true)
  if (found.length === 0 && failed.length > 0) throw error
  found.push(...failed.map((project) => ({ project, alive: false, moved: project.updated_at })))
  const sorted = found.sort((one, other) => other.moved.localeCompare(one.moved))
  return sorted.filter(({ alive }, index) => index < PROJECTS_LOOKED_AT || (alive && index < MOST_LOOKED_AT))
}

function First() {
  const t = useWords()
  return (
    <Panel>
      <Empty title={t(words.noProjects)}>
        <p>{t(words.noProjectsWhy)}</p>
        <div className="sample"><Code text={firstRun('first')} /></div>
        <LinkButton kind="primary" icon="key" href="/welcome">{t(account.makeKey)}</LinkButton>
      </Empty>
    </Panel>
  )
}

function Runs({ looked }: { looked: Looked[] }) {
  const t = useWords()
  const found = useQuery({
    queryKey: ['recent runs', looked.map(({ project, alive }) => [project.id, alive])],
    queryFn: async () => {
      const pages = await Promise.all(
        looked.flatMap(({ project, alive }) => [
          listRuns(project.entity, project.name, { limit: RUNS_OF_EACH, order: '-created_at', keys: ['none'] }),
          ...(alive ? [breathing(project, SHOWN_RUNS)] : []),
        ]),
      )
      const runs = new Map(pages.flatMap((page) => page.items).map((run) => [run.id, run]))
      return [...runs.values()].sort((one, other) => other.created_at.localeCompare(one.created_at))
    },
    placeholderData: (before) => before,
    refetchInterval: LOOK_MS,
  })
  return (
    <Loaded query={found}>
      {(runs) => {
        const running = runs.filter((run) => run.state === 'running')
        const recent = runs.filter((run) => run.state !== 'running').slice(0, SHOWN_RUNS)
        return (
          <div className="stack">
            {running.length > 0 && <Panel title={t(words.running)}><RunLines runs={running} /></Panel>}
            <Panel title={t(words.recent)}>{recent.length > 0 ? <RunLines runs={recent} /> : <Empty title={t(words.noRuns)} />}</Panel>
          </div>
        )
      }}
    </Loaded>
  )
}

function RunLines({ runs }: { runs: Run[] }) {
  return (
    <ul className="lines">
      {runs.map((run) => (
        <li key={run.id}>
          {run.username && <Face name={run.username} small />}
          <div className="grow">
            <Link className="strong" href={`/${run.entity}/${run.project}/runs/${run.name}`}>{run.display_name}</Link>
            <p className="quiet small clip"><Link className="quiet" href={`/${run.entity}/${run.project}`}>{run.entity}/{run.project}</Link></p>
          </div>
          <div className="state-and-time">
            <StateBadge state={run.state} />
            <span className="quiet small"><Moment at={run.created_at} /></span>
          </div>
        </li>
      ))}
    </ul>
  )
}

function Line({ project }: { project: Project }) {
  return (
    <li>
      <Face name={project.entity} small square />
      <Link className="grow clip" href={`/${project.entity}/${project.name}`}><span className="quiet">{project.entity}/</span><span className="strong">{project.name}</span></Link>
      <span className="quiet small"><Moment at={project.updated_at} /></span>
    </li>
  )
}

function Inbox({ projects }: { projects: Project[] }) {
  const t = useWords()
  const found = useQuery({
    queryKey: ['inbox', projects.map((project) => project.id)],
    queryFn: async () => {
      const pages = await Promise.all(projects.map(({ entity, name }) => listAlerts(entity, name, { state: 'open', limit: 5 })))
      return pages.flatMap((page) => page.items).sort((one, other) => other.fired_at.localeCompare(one.fired_at)).slice(0, 10)
    },
    refetchInterval: LOOK_MS,
  })
  const empty = <Empty title={t(words.noInbox)}><p>{t(words.noInboxWhy)}</p></Empty>
  return (
    <Panel title={t(words.inbox)}>
      <Loaded query={found} isEmpty={(alerts) => alerts.length === 0} empty={empty}>
        {(alerts) => <ul className="lines">{alerts.map((alert) => <AlertLine key={alert.id} alert={alert} placed />)}</ul>}
      </Loaded>
    </Panel>
  )
}

function Waiting() {
  const found = useQuery({ queryKey: ['my invitations'], queryFn: myInvitations })
  const items = useMemo(() => found.data?.items ?? [], [found.data])
  return <>{items.map((invitation) => <Invited key={invitation.id} invitation={invitation} />)}</>
}

function Invited({ invitation }: { invitation: WaitingInvitation }) {
  const t = useWords()
  const client = useQueryClient()
  const { refresh } = useSession()
  const { complain } = useToasts()
  const answer = (act: (id: string) => Promise<unknown>) =>
    act(invitation.id).then(() => Promise.all([refresh(), client.invalidateQueries({ queryKey: ['my invitations'] }), client.invalidateQueries({ queryKey: ['teams'] })]), complain)
  return (
    <Notice>
      <div className="row wrap">
        <span className="grow">{t(words.invites, { who: invitation.invited_by, team: invitation.team, role: t(shell.roles[invitation.role]) })}</span>
        <Button slim kind="primary" onClick={() => void answer(acceptInvitation)}>{t(account.accept, { team: invitation.team })}</Button>
        <Button slim onClick={() => void answer(declineInvitation)}>{t(account.decline)}</Button>
      </div>
    </Notice>
  )
}
