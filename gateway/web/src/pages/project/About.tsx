/** What a project is, and whom it is for. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { changeProject, nameMember, unnameMember, type Project, type Visibility } from '../../api/projects'
import { getTeam } from '../../api/teams'
import { useWords } from '../../state/language'
import { useSession } from '../../state/session'
import { Button, IconButton } from '../../ui/button'
import { Confirm } from '../../ui/dialog'
import { Pick, TextArea } from '../../ui/field'
import { useSending } from '../../ui/form'
import { Face, Moment, VisibilityBadge } from '../../ui/marks'
import { Panel } from '../../ui/shell'
import { useToasts } from '../../ui/toasts'
import { project as words } from '../../words/project'
import { shell } from '../../words/shell'

const OF_TEAM: Visibility[] = ['team', 'restricted', 'public', 'open']
const PERSONAL: Visibility[] = ['private', 'public', 'open']
/** The higher, the more people come in. */
const REACH: Record<Visibility, number> = { private: 0, restricted: 1, team: 2, public: 3, open: 4 }

export default function About({ project }: { project: Project }) {
  const { me } = useSession()
  const own = me?.username === project.entity
  const staff = own || me?.teams.some((team) => team.name === project.entity && team.role === 'admin') === true
  return (
    <div className="split">
      <Description project={project} writable={me !== null && !project.read_only} />
      <div className="stack">
        <Visibilities project={project} choices={own ? PERSONAL : OF_TEAM} changeable={staff} />
        {project.visibility === 'restricted' && staff && <Named project={project} />}
      </div>
    </div>
  )
}

function useChange(project: Project) {
  const client = useQueryClient()
  const { complain } = useToasts()
  const set = (changed: Project) => client.setQueryData(['project', project.entity, project.name], changed)
  return { set, complain, refresh: () => client.invalidateQueries({ queryKey: ['project', project.entity, project.name] }) }
}

function Description({ project, writable }: { project: Project; writable: boolean }) {
  const t = useWords()
  const { tell } = useToasts()
  const { set } = useChange(project)
  const [text, setText] = useState(project.description ?? '')
  const sending = useSending(async () => {
    set(await changeProject(project.entity, project.name, { description: text }))
    tell(t(shell.saved))
  })
  return (
    <Panel title={t(words.description)}>
      <form className="body stack" onSubmit={sending.onSubmit}>
        {writable ? (
          <TextArea label={t(words.description)} wrong={sending.wrong('description')} value={text} onChange={(event) => setText(event.target.value)} />
        ) : (
          <p className="anywhere">{project.description || <span className="quiet">{t(shell.none)}</span>}</p>
        )}
        {sending.refusal('description')}
        {writable && <div><Button type="submit" busy={sending.busy} disabled={text === (project.description ?? '')}>{t(shell.save)}</Button></div>}
        <dl className="facts small">
          <dt>{t(words.created)}</dt><dd><Moment at={project.created_at} /></dd>
          {project.created_by && <><dt>{t(words.created_by)}</dt><dd>{project.created_by}</dd></>}
        </dl>
      </form>
    </Panel>
  )
}

/** Chosen, then saved, and confirmed where more people would see it: arrow keys walk over every choice. */
function Visibilities({ project, choices, changeable }: { project: Project; choices: Visibility[]; changeable: boolean }) {
  const t = useWords()
  const { tell } = useToasts()
  const { set } = useChange(project)
  const [chosen, setChosen] = useState(project.visibility)
  const [asking, setAsking] = useState(false)
  const save = async () => {
    set(await changeProject(project.entity, project.name, { visibility: chosen }))
    tell(t(shell.saved))
  }
  const sending = useSending(async () => (REACH[chosen] > REACH[project.visibility] ? setAsking(true) : save()))
  const [name, means] = shell.visibilities[chosen]
  return (
    <Panel title={t(words.visibility)}>
      <form onSubmit={sending.onSubmit}>
        <ul className="lines">
          {choices.map((visibility) => (
            <li key={visibility}>
              <input type="radio" id={`visibility-${visibility}`} name="visibility" disabled={!changeable} checked={chosen === visibility} onChange={() => setChosen(visibility)} />
              <label htmlFor={`visibility-${visibility}`} className="grow"><VisibilityBadge visibility={visibility} /> <span className="quiet">{t(shell.visibilities[visibility][1])}</span></label>
            </li>
          ))}
        </ul>
        {changeable && (
          <div className="body stack">
            {sending.refusal()}
            <div><Button type="submit" busy={sending.busy} disabled={chosen === project.visibility}>{t(shell.save)}</Button></div>
          </div>
        )}
      </form>
      {asking && (
        <Confirm title={t(words.shareTitle)} doing={t(words.share)} onClose={() => setAsking(false)} onConfirm={save}>
          <p>{t(words.shareWhy, { visibility: t(name), means: t(means) })}</p>
        </Confirm>
      )}
    </Panel>
  )
}

function Named({ project }: { project: Project }) {
  const t = useWords()
  const { refresh, complain } = useChange(project)
  const team = useQuery({ queryKey: ['team', project.entity], queryFn: () => getTeam(project.entity) })
  const named = Object.entries(project.members)
  const others = team.data?.members.filter((member) => !(member.username in project.members) && member.role !== 'admin') ?? []
  const set = (username: string, role: string) =>
    (role === '' ? unnameMember(project.entity, project.name, username) : nameMember(project.entity, project.name, username, role === 'viewer' ? 'viewer' : 'member')).then(refresh, complain)
  return (
    <Panel title={t(words.named)}>
      <ul className="lines">
        {named.map(([username, role]) => (
          <li key={username}>
            <Face name={username} small /><span className="grow">{username}</span>
            <Pick label={username} value={role} choices={[['member', t(shell.roles.member)], ['viewer', t(shell.roles.viewer)]]} onChange={(event) => void set(username, event.target.value)} />
            <IconButton icon="close" label={t(shell.remove)} onClick={() => void set(username, '')} />
          </li>
        ))}
        {others.length > 0 && (
          <li><Pick label={t(words.nameSomebody)} value="" choices={[['', t(words.nameSomebody)], ...others.map((one): [string, string] => [one.username, one.username])]} onChange={(event) => event.target.value && void set(event.target.value, 'member')} /></li>
        )}
      </ul>
    </Panel>
  )
}
