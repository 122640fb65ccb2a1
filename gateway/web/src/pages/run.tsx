/** `/{entity}/{project}/runs/{run}`: one run, live while it lasts. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useCallback, useMemo, useState } from 'react'
import { useLocation } from 'wouter'
import { address, fetched } from '../api/client'
import type { Run } from '../api/projects'
import { getKeys, getRun, parquetOf, stopRun, type RunPath } from '../api/runs'
import { ChartWall } from '../charts/ChartWall'
import { colorFor } from '../charts/palette'
import { useParts } from '../state/address'
import { useWords } from '../state/language'
import { isAlive, useRunLive } from '../state/runLive'
import { useSession } from '../state/session'
import { useShade } from '../state/theme'
import { useTrash } from '../state/trash'
import { Button } from '../ui/button'
import { Confirm } from '../ui/dialog'
import { Face, StateBadge } from '../ui/marks'
import { Heading, Tabs } from '../ui/shell'
import { Empty, Loaded, Waiting } from '../ui/states'
import { take } from '../ui/taking'
import { useToasts } from '../ui/toasts'
import { artifacts as artifactWords } from '../words/artifacts'
import { media as mediaWords } from '../words/media'
import { run as words } from '../words/run'
import { shell } from '../words/shell'
import { entityCrumb } from './entity'
import { ShareButton } from './sharing/ShareButton'
import { metricsOf } from './project/columns'
import { Console } from './run/Console'
import { Files } from './run/Files'
import { Overview } from './run/Overview'
import { RunArtifacts } from './run/RunArtifacts'
import { System } from './run/System'

const Media = lazy(async () => ({ default: (await import('./run/Media')).Media }))
const Tables = lazy(async () => ({ default: (await import('./run/Media')).Tables }))

/** Addresses that the SDK prints, and ours. */
const SAME: Record<string, string> = { workspace: '', charts: '', logs: 'console' }
const KNOWN = ['', 'overview', 'system', 'console', 'media', 'tables', 'files', 'artifacts']

export default function RunPage() {
  const { entity = '', project = '', run = '', tab = '' } = useParts()
  const path = useMemo(() => ({ entity, project, run }), [entity, project, run])
  const found = useQuery({ queryKey: ['run', entity, project, run], queryFn: () => getRun(path) })
  return <div className="page"><Loaded query={found}>{(it) => <Shown run={it} path={path} tab={SAME[tab] ?? tab} key={it.id} />}</Loaded></div>
}

function Shown({ run, path, tab }: { run: Run; path: RunPath; tab: string }) {
  const t = useWords()
  const { me } = useSession()
  const shade = useShade()
  const client = useQueryClient()
  const queryKey = ['run', path.entity, path.project, path.run]
  const set = async (changed: Run) => {
    await client.cancelQueries({ queryKey }) // an answer on its way is older
    client.setQueryData(queryKey, changed)
  }
  const alive = isAlive(run)
  const metrics = useMetrics(run, path, alive)
  const drawn = useMemo(() => [{ path, name: run.display_name, color: colorFor(run.name, shade) }], [path, run.display_name, run.name, shade])
  const writable = me !== null && !run.read_only
  return (
    <>
      <Heading
        crumbs={[entityCrumb(run.entity), { name: run.project, href: `/${run.entity}/${run.project}` }]}
        title={run.display_name}
        beside={<span className="row wrap"><StateBadge state={run.state} />{run.stop_requested && alive && <span className="badge warn">{t(words.stopping)}</span>}{run.username && <span className="row small quiet"><Face name={run.username} small />{run.username}</span>}</span>}
        actions={<Actions run={run} path={path} metrics={metrics} alive={alive} writable={writable} />}
      />
      <Tabs
        label={run.display_name}
        base={`/${path.entity}/${path.project}/runs/${path.run}`}
        current={tab}
        tabs={[['', t(words.charts)], ['overview', t(words.overview)], ['system', t(words.system)], ['console', t(words.console)], ['media', t(mediaWords.title)], ['tables', t(mediaWords.tables)], ['files', t(words.files)], ['artifacts', t(artifactWords.title)]]}
      />
      {tab === '' && <ChartWall metrics={metrics} runs={drawn} />}
      {tab === 'overview' && <Overview run={run} writable={writable} onChange={(changed) => void set(changed)} />}
      {tab === 'system' && <System path={path} running={alive} />}
      {tab === 'console' && <Console path={path} running={alive} />}
      <Suspense fallback={<Waiting />}>
        {tab === 'media' && <Media run={run} path={path} running={alive} />}
        {tab === 'tables' && <Tables run={run} path={path} running={alive} />}
      </Suspense>
      {tab === 'files' && <Files path={path} running={alive} />}
      {tab === 'artifacts' && <RunArtifacts path={path} />}
      {!KNOWN.includes(tab) && <Empty title={t(shell.absent)} />}
    </>
  )
}

/** Metrics of a run: from its keys, and from what arrives. Grows the curves that are drawn, too. */
function useMetrics(run: Run, path: RunPath, alive: boolean): string[] {
  const [heard, setHeard] = useState<readonly string[]>([])
  const keys = useQuery({ queryKey: ['keys', path.entity, path.project, path.run], queryFn: () => getKeys(path), staleTime: 30_000 })
  const hear = useCallback(
    (names: string[]) =>
      setHeard((known) => {
        const fresh = new Set(names.filter((key) => !key.startsWith('_') && !known.includes(key)))
        return fresh.size > 0 ? [...known, ...fresh] : known
      }),
    [],
  )
  useRunLive(run, path, alive, hear)
  return useMemo(() => {
    const numeric = Object.entries(keys.data?.keys ?? {}).filter(([key, info]) => !key.startsWith('_') && info.typeCounts.some(({ type }) => type === 'number'))
    const known = keys.data ? numeric.map(([key]) => key) : metricsOf([run])
    return [...new Set([...known, ...heard])]
  }, [keys.data, heard, run])
}

function Actions({ run, path, metrics, alive, writable }: { run: Run; path: RunPath; metrics: string[]; alive: boolean; writable: boolean }) {
  const t = useWords()
  const client = useQueryClient()
  const [, go] = useLocation()
  const { complain } = useToasts()
  const { discard } = useTrash()
  const [asking, setAsking] = useState<'stop' | 'delete' | null>(null)
  const [taking, setTaking] = useState(false)
  const parquet = () => {
    setTaking(true)
    takeParquet(path, metrics, `${run.display_name}.parquet`).catch(complain).finally(() => setTaking(false))
  }
  const stop = async () => {
    await stopRun(path)
    await client.invalidateQueries({ queryKey: ['run', path.entity, path.project, path.run] })
  }
  const throwAway = async () => {
    const { failed, error } = await discard([path])
    if (failed.length > 0) throw error
    go(`/${path.entity}/${path.project}`)
  }
  return (
    <>
      {writable && <ShareButton subject={{ entity: run.entity, project: run.project, runs: [run.name] }} name={run.display_name} />}
      {metrics.length > 0 && <Button slim icon="download" busy={taking} onClick={parquet}>{t(words.parquet)}</Button>}
      {writable && alive && !run.stop_requested && <Button slim onClick={() => setAsking('stop')}>{t(words.stop)}</Button>}
      {writable && <Button slim kind="danger" icon="trash" onClick={() => setAsking('delete')}>{t(shell.delete)}</Button>}
      {asking === 'stop' && <Confirm title={t(words.stopTitle)} doing={t(words.stop)} onClose={() => setAsking(null)} onConfirm={stop}><p>{t(words.stopWhy)}</p></Confirm>}
      {asking === 'delete' && <Confirm title={t(words.discardTitle)} doing={t(shell.delete)} onClose={() => setAsking(null)} onConfirm={throwAway}><p>{t(words.discardWhy)}</p></Confirm>}
    </>
  )
}

/** A link cannot say what it accepts, so the bytes are fetched. */
async function takeParquet(path: RunPath, metrics: string[], name: string): Promise<void> {
  const response = await fetched(address(parquetOf(path, metrics)), { headers: { Accept: 'application/vnd.apache.parquet' } })
  take(await response.blob(), name)
}
