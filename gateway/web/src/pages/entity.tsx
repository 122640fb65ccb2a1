/** `/{entity}`: the projects of a person; a team's page is its own. */
import { useQuery } from '@tanstack/react-query'
import { Link, Redirect } from 'wouter'
import { listProjects, type Project } from '../api/projects'
import { useParts } from '../state/address'
import { useWords } from '../state/language'
import { useSession } from '../state/session'
import { Moment, VisibilityBadge } from '../ui/marks'
import { Heading, Panel, type Crumb } from '../ui/shell'
import { Empty, Loaded } from '../ui/states'
import { Code } from '../ui/copy'
import { project as words } from '../words/project'
import { firstRun } from './authorize'

export const entityCrumb = (entity: string): Crumb => ({ name: entity, href: `/${entity}` })

export default function EntityPage() {
  const t = useWords()
  const { entity = '' } = useParts()
  const { me } = useSession()
  if (me?.teams.some((team) => team.name === entity)) return <Redirect to={`/teams/${entity}`} replace />
  return (
    <div className="page middle">
      <Heading title={entity} />
      <Panel title={t(words.projects)}><Projects entity={entity} /></Panel>
    </div>
  )
}

export function Projects({ entity }: { entity: string }) {
  const t = useWords()
  const found = useQuery({ queryKey: ['projects', entity], queryFn: () => listProjects(entity) })
  return (
    <Loaded
      query={found}
      isEmpty={(page) => page.items.length === 0}
      empty={<Empty title={t(words.noProjects)}><p>{t(words.noProjectsWhy)}</p><div className="sample"><Code text={firstRun('first', entity)} /></div></Empty>}
    >
      {(page) => <ul className="lines">{page.items.map((project) => <ProjectLine key={project.id} project={project} />)}</ul>}
    </Loaded>
  )
}

function ProjectLine({ project }: { project: Project }) {
  const t = useWords()
  return (
    <li>
      <div className="grow">
        <Link className="strong" href={`/${project.entity}/${project.name}`}>{project.name}</Link>
        {project.description && <p className="quiet clip">{project.description}</p>}
      </div>
      <VisibilityBadge visibility={project.visibility} />
      <span className="quiet small">{t(words.updated)} <Moment at={project.updated_at} /></span>
    </li>
  )
}
