/** `/{entity}/{project}`: its charts beside its runs, the runs as a table, alerts, what it is. */
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { getProject } from '../api/projects'
import { useAddress, useParts } from '../state/address'
import { useWords } from '../state/language'
import { VisibilityBadge } from '../ui/marks'
import { Heading, Tabs } from '../ui/shell'
import { Empty, Loaded, Waiting } from '../ui/states'
import { project as words } from '../words/project'
import { reports as reportWords } from '../words/reports'
import { shell } from '../words/shell'
import { sweeps as sweepWords } from '../words/sweeps'
import { entityCrumb } from './entity'
import { Trash } from './project/Trash'
import { Workspace } from './project/Workspace'

const ArtifactList = lazy(async () => ({ default: (await import('./artifacts')).ArtifactList }))
const About = lazy(() => import('./project/About'))
const Alerts = lazy(() => import('./alerts'))

const ReportList = lazy(() => import('./reports'))
const SweepList = lazy(() => import('./sweeps'))

const KNOWN = ['', 'runs', 'sweeps', 'reports', 'artifacts', 'alerts', 'about']
/** Addresses that the SDK prints. */
const SAME: Record<string, string> = { workspace: '', overview: 'about', table: 'runs' }

export default function ProjectPage() {
  const t = useWords()
  const { entity = '', project = '', tab: asked = '' } = useParts()
  const tab = SAME[asked] ?? asked
  const trash = useAddress()[0].has('trash')
  const found = useQuery({ queryKey: ['project', entity, project], queryFn: () => getProject(entity, project) })
  return (
    <div className="page">
      <Loaded query={found}>
        {(it) => (
          <>
            <Heading crumbs={[entityCrumb(entity)]} title={it.name} beside={<VisibilityBadge visibility={it.visibility} />} />
            <Tabs
              label={it.name}
              base={`/${entity}/${project}`}
              current={tab}
              tabs={[['', t(words.workspace)], ['runs', t(words.runs)], ['sweeps', t(sweepWords.title)], ['reports', t(reportWords.title)], ['artifacts', t(words.artifacts)], ['alerts', t(words.alerts)], ['about', t(words.about)]]}
            />
            <Suspense fallback={<Waiting />}>
              {tab === '' && <Workspace entity={entity} project={project} writable={!it.read_only} key={`${entity}/${project}`} />}
              {tab === 'runs' && (trash ? <Trash entity={entity} project={project} /> : <Workspace entity={entity} project={project} writable={!it.read_only} tableOnly key={`${entity}/${project}/runs`} />)}
              {tab === 'sweeps' && <SweepList entity={entity} project={project} />}
              {tab === 'reports' && <ReportList entity={entity} project={project} />}
              {tab === 'artifacts' && <ArtifactList entity={entity} project={project} />}
              {tab === 'alerts' && <Alerts entity={entity} project={project} writable={!it.read_only} key={it.id} />}
              {tab === 'about' && <About project={it} key={it.id} />}
              {!KNOWN.includes(tab) && <Empty title={t(shell.absent)} />}
            </Suspense>
          </>
        )}
      </Loaded>
    </div>
  )
}
