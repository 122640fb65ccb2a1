/** What is in a report, for those who read it. */
import { useQueries, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo } from 'react'
import type { Block } from '../../api/reports'
import { listRuns } from '../../api/projects'
import { getRun } from '../../api/runs'
import type { DrawnRun } from '../../charts/ChartPanel'
import { colorOf } from '../../charts/palette'
import { useWords } from '../../state/language'
import { useShade } from '../../state/theme'
import { Waiting } from '../../ui/states'
import { reports as words } from '../../words/reports'
import { Charts } from './Charts'

const MarkdownText = lazy(() => import('../../ui/markdown'))
const NEWEST = 10

export function Blocks({ blocks, entity, project }: { blocks: Block[]; entity: string; project: string }) {
  const t = useWords()
  if (blocks.length === 0) return <p className="quiet">{t(words.empty)}</p>
  return <div className="stack loose">{blocks.map((block, index) => <One key={index} {...{ block, entity, project }} />)}</div>
}

export const Text = ({ text }: { text: string }) => <Suspense fallback={<Waiting />}><MarkdownText text={text} /></Suspense>

function One({ block, entity, project }: { block: Block; entity: string; project: string }) {
  if (block.kind === 'markdown') return <Text text={block.text} />
  if (block.kind === 'other') return <Other kind={block.text} />
  return block.runs === null ? <OfNewest {...{ block, entity, project }} /> : <OfChosen {...{ block, entity, project }} names={block.runs} />
}

export function Other({ kind }: { kind: string }) {
  const t = useWords()
  return <div className="notice info"><div className="grow"><strong>{t(words.other, { kind })}</strong><p className="quiet small">{t(words.otherWhy)}</p></div></div>
}

function OfChosen({ block, names, entity, project }: { block: Block; names: string[]; entity: string; project: string }) {
  const shade = useShade()
  const found = useQueries({
    queries: names.map((run) => ({ queryKey: ['run', entity, project, run], queryFn: () => getRun({ entity, project, run }), retry: false, staleTime: 60_000 })),
    combine: (all) => ({ runs: all.flatMap(({ data }) => (data ? [data] : [])), pending: all.some(({ isPending }) => isPending) }),
  })
  const drawn = useMemo<DrawnRun[]>(
    () => found.runs.map((run, index) => ({ path: { entity, project, run: run.name }, name: run.display_name, color: colorOf(index, shade) })),
    [found.runs, entity, project, shade],
  )
  return found.pending ? <Waiting /> : <Charts charts={block.charts} runs={drawn} />
}

function OfNewest({ block, entity, project }: { block: Block; entity: string; project: string }) {
  const shade = useShade()
  const found = useQuery({ queryKey: ['newest runs', entity, project], queryFn: () => listRuns(entity, project, { limit: NEWEST, keys: ['summary.none'] }), staleTime: 30_000 })
  const drawn = useMemo<DrawnRun[]>(
    () => (found.data?.items ?? []).map((run, index) => ({ path: { entity, project, run: run.name }, name: run.display_name, color: colorOf(index, shade) })),
    [found.data, entity, project, shade],
  )
  return found.isPending ? <Waiting /> : <Charts charts={block.charts} runs={drawn} />
}
