/** `/teams/{team}`: the people, their machines, their projects, and the rules among them. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { describeTeam, getTeam, type Team } from '../api/teams'
import { useAddress, useParts } from '../state/address'
import { useWords } from '../state/language'
import { Button, IconButton } from '../ui/button'
import { Code } from '../ui/copy'
import { useSending } from '../ui/form'
import { Face } from '../ui/marks'
import { Heading, Panel, Tabs } from '../ui/shell'
import { Empty, Loaded, Notice } from '../ui/states'
import { shell } from '../words/shell'
import { team as words } from '../words/team'
import { firstRun } from './authorize'
import { Projects } from './entity'
import { Audit } from './team/Audit'
import { Channels } from './team/Channels'
import { Deliveries } from './team/Deliveries'
import { Members } from './team/Members'
import { Privacy } from './team/Privacy'
import { ServiceAccounts } from './team/ServiceAccounts'

export const teamKey = (team: string) => ['team', team] as const

export default function TeamPage() {
  const { team = '', tab = '' } = useParts()
  const found = useQuery({ queryKey: teamKey(team), queryFn: () => getTeam(team) })
  return <div className="page middle"><Loaded query={found}>{(it) => <Shown team={it} tab={tab} key={it.name} />}</Loaded></div>
}

function Shown({ team, tab }: { team: Team; tab: string }) {
  const t = useWords()
  const [search] = useAddress()
  const inside = team.role !== null
  const admin = team.role === 'admin'
  const tabs: [string, string][] = [['', t(words.projects)]]
  if (inside) tabs.push(['members', t(words.members)], ['service-accounts', t(words.machines)], ['alerts', t(words.alerts)], ['privacy', t(words.privacy)])
  if (admin) tabs.push(['audit', t(words.audit)])
  const known = tabs.some(([key]) => key === tab)
  return (
    <>
      <Head team={team} admin={admin} />
      <Tabs label={team.name} base={`/teams/${team.name}`} current={tab} tabs={tabs} />
      {search.get('welcome') && <Notice kind="good"><div className="stack tight"><span>{t(words.welcome, { team: team.name })}</span><Code text={firstRun('first', team.name)} /></div></Notice>}
      {tab === '' && <Panel><Projects entity={team.name} /></Panel>}
      {known && tab === 'members' && <Members team={team} admin={admin} />}
      {known && tab === 'service-accounts' && <ServiceAccounts team={team.name} admin={admin} />}
      {known && tab === 'alerts' && <div className="stack"><Channels team={team.name} admin={admin} /><Deliveries team={team.name} admin={admin} /></div>}
      {known && tab === 'privacy' && <Privacy team={team} admin={admin} />}
      {known && tab === 'audit' && <Audit team={team.name} />}
      {!known && <Empty title={t(shell.absent)} />}
    </>
  )
}

function Head({ team, admin }: { team: Team; admin: boolean }) {
  const t = useWords()
  const people = team.members.filter((member) => member.kind === 'user')
  const machines = team.members.length - people.length
  return (
    <div className="team-head">
      <span className="team-face"><Face name={team.name} square /></span>
      <div className="grow stack tight">
        <Heading title={team.name} beside={<span className="badge accent">{team.role ? t(words.yourRole, { role: t(shell.roles[team.role]) }) : t(words.outsider)}</span>} />
        <Description team={team} admin={admin} />
        {people.length > 0 && (
          <div className="row wrap small quiet">
            <span className="faces">{people.slice(0, 8).map((member) => <span key={member.username} title={member.username}><Face name={member.username} small /></span>)}</span>
            {people.length === 1 ? t(words.onePerson) : t(words.people, { count: people.length })}
            {machines > 0 && <> · {t(words.robots, { count: machines })}</>}
          </div>
        )}
      </div>
    </div>
  )
}

function Description({ team, admin }: { team: Team; admin: boolean }) {
  const t = useWords()
  const [text, setText] = useState(team.description)
  const [shown, setShown] = useState(team.description)
  const [editing, setEditing] = useState(false)
  const sending = useSending(async () => {
    setShown((await describeTeam(team.name, text)).description)
    setEditing(false)
  })
  if (!editing) {
    return (
      <p className="row quiet">
        <span className="anywhere">{shown || (admin && t(words.describe))}</span>
        {admin && <IconButton icon="log" label={t(words.edit)} onClick={() => setEditing(true)} />}
      </p>
    )
  }
  return (
    <form className="row wrap" onSubmit={sending.onSubmit}>
      <input className="input grow" autoFocus aria-label={t(words.description)} value={text} onChange={(event) => setText(event.target.value)} />
      <Button type="submit" kind="primary" busy={sending.busy}>{t(shell.save)}</Button>
      <Button onClick={() => setEditing(false)}>{t(shell.cancel)}</Button>
      {sending.refusal()}
    </form>
  )
}
