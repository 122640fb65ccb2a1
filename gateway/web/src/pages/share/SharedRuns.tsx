/** A run, or several side by side, as visitors see them. */
import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import { address, fetched, headersFor } from '../../api/client'
import type { Run } from '../../api/projects'
import { getKeys, getRun, parquetOf, visited } from '../../api/runs'
import type { Shared } from '../../api/shares'
import { ChartWall } from '../../charts/ChartWall'
import { colorFor, colorOf } from '../../charts/palette'
import { byName } from '../../charts/series'
import { redrawCurves } from '../../state/curves'
import { useWords } from '../../state/language'
import { isAlive } from '../../state/runLive'
import { useShade } from '../../state/theme'
import { Button } from '../../ui/button'
import { StateBadge } from '../../ui/marks'
import { Heading, Tabs, type Crumb } from '../../ui/shell'
import { Empty, Failed, Loaded, Waiting } from '../../ui/states'
import { take } from '../../ui/taking'
import { useToasts } from '../../ui/toasts'
import { run as runWords } from '../../words/run'
import { shares as words } from '../../words/shares'
import { shell } from '../../words/shell'
import { ComparedRuns } from '../compare/ComparedRuns'
import { metricsOf } from '../project/columns'
import { Overview } from '../run/Overview'

/** Visitors hear of nothing by themselves: they look again while a run lasts. */
const LOOK_MS = 5000

export function SharedRun({ id, token, tab, up }: { id: string; token: string; tab: string; up: Crumb | null }) {
  const path = useMemo(() => visited(token, id), [token, id])
  const found = useQuery({
    queryKey: ['run', path.entity, path.project, path.run],
    queryFn: () => getRun(path),
    refetchInterval: (query) => (query.state.data && isAlive(query.state.data) ? LOOK_MS : false),
  })
  return <Loaded query={found}>{(run) => <Shown run={run} token={token} tab={tab} up={up} />}</Loaded>
}

function Shown({ run, token, tab, up }: { run: Run; token: string; tab: string; up: Crumb | null }) {
  const t = useWords()
  const shade = useShade()
  const client = useQueryClient()
  const { complain } = useToasts()
  const [taking, setTaking] = useState(false)
  const path = useMemo(() => visited(token, run.id), [token, run.id])
  const keys = useQuery({ queryKey: ['keys', path.entity, path.project, path.run], queryFn: () => getKeys(path), refetchInterval: isAlive(run) ? LOOK_MS : false })
  const metrics = useMemo(() => {
    const numeric = Object.entries(keys.data?.keys ?? {}).filter(([key, info]) => !key.startsWith('_') && info.typeCounts.some(({ type }) => type === 'number'))
    return keys.data ? numeric.map(([key]) => key) : metricsOf([run])
  }, [keys.data, run])
  const drawn = useMemo(() => [{ path, name: run.display_name, color: colorFor(run.name, shade) }], [path, run.display_name, run.name, shade])
  const lines = useRef(run.history_lines)
  useEffect(() => {
    if (lines.current !== run.history_lines) void redrawCurves(client, path)
    lines.current = run.history_lines
  }, [client, path, run.history_lines])
  const parquet = () => {
    setTaking(true)
    const wanted = parquetOf(path, metrics)
    fetched(address(wanted), { headers: { Accept: 'application/vnd.apache.parquet', ...headersFor(wanted) } })
      .then((answer) => answer.blob())
      .then((bytes) => take(bytes, `${run.display_name}.parquet`))
      .catch(complain)
      .finally(() => setTaking(false))
  }
  return (
    <>
      <Heading
        crumbs={up ? [up] : []}
        title={run.display_name}
        beside={<StateBadge state={run.state} />}
        actions={metrics.length > 0 && <Button slim icon="download" busy={taking} onClick={parquet}>{t(words.history)}</Button>}
      />
      <Tabs label={run.display_name} base={`/share/${token}/${run.id}`} current={tab} tabs={[['', t(runWords.charts)], ['overview', t(runWords.overview)]]} />
      {tab === '' && <ChartWall metrics={metrics} runs={drawn} />}
      {tab === 'overview' && <Overview run={run} writable={false} onChange={() => undefined} />}
      {!['', 'overview'].includes(tab) && <Empty title={t(shell.absent)} />}
    </>
  )
}

export function SharedRuns({ runs, token }: { runs: Shared['runs']; token: string }) {
  const shade = useShade()
  const found = useQueries({
    queries: runs.map(({ id }) => {
      const path = visited(token, id)
      return { queryKey: ['run', path.entity, path.project, path.run], queryFn: () => getRun(path) }
    }),
  })
  const there = found.flatMap(({ data }) => (data ? [data] : []))
  const metrics = useMemo(() => metricsOf(there).sort(byName), [there])
  const drawn = useMemo(
    () => there.map((run, index) => ({ path: visited(token, run.id), name: run.display_name, color: colorOf(index, shade) })),
    [there, token, shade],
  )
  const error = found.find((one) => one.error)?.error
  if (error && there.length === 0) return <Failed error={error} />
  if (found.some(({ isPending }) => isPending)) return <Waiting />
  return (
    <>
      <ComparedRuns runs={there} hrefOf={(run) => `/share/${token}/${run.id}`} />
      <ChartWall metrics={metrics} runs={drawn} />
    </>
  )
}
