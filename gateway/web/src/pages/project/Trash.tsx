/** The runs that were thrown away and can still be brought back. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { listRuns, type Run } from '../../api/projects'
import { useWords } from '../../state/language'
import { useTrash } from '../../state/trash'
import { Button, LinkButton } from '../../ui/button'
import { Moment, StateBadge } from '../../ui/marks'
import { Panel } from '../../ui/shell'
import { Empty, Failed, itemsOf, Waiting } from '../../ui/states'
import { project as words } from '../../words/project'
import { shell } from '../../words/shell'

const AT_ONCE = 100

export function Trash({ entity, project }: { entity: string; project: string }) {
  const t = useWords()
  const found = useInfiniteQuery({
    queryKey: ['runs', entity, project, 'trash'],
    queryFn: ({ pageParam }) => listRuns(entity, project, { trash: true, order: '-created_at', limit: AT_ONCE, cursor: pageParam, keys: ['none'] }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
  const runs = itemsOf(found)
  return (
    <Panel
      title={t(words.inTrash)}
      aside={<LinkButton slim href={`/${entity}/${project}/runs`}>{t(words.backToRuns)}</LinkButton>}
      foot={found.hasNextPage && <Button slim busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t(shell.more)}</Button>}
    >
      {found.isPending && <Waiting />}
      {found.isError && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.isSuccess && runs.length === 0 && <Empty title={t(words.trashEmpty)}><p>{t(words.trashWhy)}</p></Empty>}
      <ul className="lines">{runs.map((run) => <Line key={run.id} run={run} path={{ entity, project, run: run.name }} />)}</ul>
    </Panel>
  )
}

function Line({ run, path }: { run: Run; path: { entity: string; project: string; run: string } }) {
  const t = useWords()
  const { restore } = useTrash()
  const [busy, setBusy] = useState(false)
  const back = () => {
    setBusy(true)
    void restore([path]).finally(() => setBusy(false))
  }
  return (
    <li data-trashed={run.name}>
      <div className="grow">
        <span className="strong anywhere">{run.display_name}</span> <code className="quiet">{run.name}</code>
        <p className="quiet small">{t(words.discarded)} <Moment at={run.deleted_at} /></p>
      </div>
      <StateBadge state={run.state} />
      {!run.read_only && <Button slim icon="history" busy={busy} aria-label={`${t(words.bringBack)}: ${run.display_name}`} onClick={back}>{t(words.bringBack)}</Button>}
    </li>
  )
}
