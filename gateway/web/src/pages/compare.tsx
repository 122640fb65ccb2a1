/** `/{entity}/{project}/compare?runs=a,b`: values side by side, curves over one another. */
import { useQueries } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Run } from '../api/projects'
import { getRun } from '../api/runs'
import { ChartWall } from '../charts/ChartWall'
import { colorOf } from '../charts/palette'
import { byName } from '../charts/series'
import { useAddress, useParts } from '../state/address'
import { useWords } from '../state/language'
import { useSession } from '../state/session'
import { useShade } from '../state/theme'
import { LinkButton } from '../ui/button'
import { Heading } from '../ui/shell'
import { Empty, Failed, Waiting } from '../ui/states'
import { project as words } from '../words/project'
import { ComparedRuns } from './compare/ComparedRuns'
import { entityCrumb } from './entity'
import { metricsOf } from './project/columns'
import { MOST_COMPARED } from './project/SelectionBar'
import { ShareButton } from './sharing/ShareButton'

export default function ComparePage() {
  const t = useWords()
  const { entity = '', project = '' } = useParts()
  const { me } = useSession()
  const [search] = useAddress()
  const names = (search.get('runs') ?? '').split(',').filter((name) => name !== '').slice(0, MOST_COMPARED)
  const found = useQueries({ queries: names.map((run) => ({ queryKey: ['run', entity, project, run], queryFn: () => getRun({ entity, project, run }) })) })
  const runs = found.flatMap(({ data }) => (data ? [data] : []))
  const error = found.find((one) => one.error)?.error
  const few = names.length < 2
  return (
    <div className="page">
      <Heading crumbs={[entityCrumb(entity), { name: project, href: `/${entity}/${project}` }]} title={t(words.compareTitle, { count: names.length })} actions={runs.length >= 2 && me !== null && runs[0]?.read_only === false && <ShareButton subject={{ entity, project, runs: runs.map((run) => run.name) }} name={t(words.compareTitle, { count: runs.length })} />} />
      {few && <Empty title={t(words.compareFew)}><LinkButton href={`/${entity}/${project}/runs`}>{t(words.chooseRuns)}</LinkButton></Empty>}
      {error && runs.length < 2 ? <Failed error={error} /> : null}
      {!few && !error && runs.length < names.length && <Waiting />}
      {!few && runs.length >= 2 && (runs.length === names.length || error) && <Compared runs={runs} entity={entity} project={project} />}
    </div>
  )
}

function Compared({ runs, entity, project }: { runs: Run[]; entity: string; project: string }) {
  const shade = useShade()
  const metrics = useMemo(() => metricsOf(runs).sort(byName), [runs])
  const drawn = useMemo(
    () => runs.map((run, index) => ({ path: { entity, project, run: run.name }, name: run.display_name, color: colorOf(index, shade) })),
    [runs, entity, project, shade],
  )
  return (
    <>
      <ComparedRuns runs={runs} hrefOf={(run) => `/${entity}/${project}/runs/${run.name}`} />
      <ChartWall metrics={metrics} runs={drawn} />
    </>
  )
}
