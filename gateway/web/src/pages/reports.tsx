/** Reports of a project, as its tab. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { isRefusal } from '../api/client'
import { listReports } from '../api/reports'
import { useWords } from '../state/language'
import { useSession } from '../state/session'
import { Button, LinkButton } from '../ui/button'
import { Icon } from '../ui/icons'
import { Moment } from '../ui/marks'
import { Panel } from '../ui/shell'
import { Empty, Failed, Waiting } from '../ui/states'
import { reports as words } from '../words/reports'
import { shell } from '../words/shell'

export default function ReportList({ entity, project }: { entity: string; project: string }) {
  const t = useWords()
  const { me } = useSession()
  const found = useInfiniteQuery({
    queryKey: ['reports', entity, project],
    queryFn: ({ pageParam }) => listReports(entity, project, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
  const items = isRefusal(found.error) ? [] : (found.data?.pages.flatMap((page) => page.items) ?? [])
  const writable = me !== null && found.data?.pages[0]?.writable === true
  return (
    <Panel
      title={t(words.title)}
      aside={writable && <LinkButton slim kind="primary" icon="plus" href={`/${entity}/${project}/reports/new`}>{t(words.fresh)}</LinkButton>}
      foot={found.hasNextPage && <Button slim busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t(shell.more)}</Button>}
    >
      {found.isPending && <Waiting />}
      {found.isError && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.isSuccess && items.length === 0 && <Empty title={t(words.none)}><p>{t(words.noneWhy)}</p></Empty>}
      <ul className="lines">
        {items.map((one) => (
          <li key={one.id}>
            <Icon name="file" />
            <div className="grow">
              <Link className="strong anywhere" href={`/${entity}/${project}/reports/${one.id}`}>{one.title}</Link>
              {one.description && <p className="quiet clip">{one.description}</p>}
            </div>
            <span className="quiet small">{t(words.by, { name: one.username })}</span>
            <span className="quiet small"><Moment at={one.updated_at} /></span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
