/** A project's runs, page by page, kept fresh by what the server tells. */
import { useInfiniteQuery, useQuery, useQueryClient, type InfiniteData, type QueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo } from 'react'
import { isRefusal, type Page } from '../api/client'
import { listRuns, type Run } from '../api/projects'
import { liveProject } from '../api/runs'
import { drawnRuns, useTails } from './curves'
import { useLive } from './live'
import { Newcomers } from './patience'

const AT_ONCE = 100
const CATALOGUE = 20
/** Names nothing, so that a table without such columns brings none of the values along. */
const NONE = ['none']

export interface RunList {
  runs: Run[]
  isPending: boolean
  error: unknown
  /** Null while there is nothing to ask for: no more runs, or an answer is on its way, or none came. */
  more: (() => void) | null
  /** The next page did not come; tries once more. */
  stuck: (() => void) | null
  again: () => void
}

/** The newest runs with all that they have: what there is to choose from. */
export const useCatalogue = (entity: string, project: string) =>
  useQuery({ queryKey: ['catalogue', entity, project], queryFn: () => listRuns(entity, project, { limit: CATALOGUE }), staleTime: 60_000 })

export interface RunsWanted {
  filters: string | undefined
  order: string | undefined
  /** Which values of config and summary to bring along. */
  keys: string[]
}

export function useRuns(entity: string, project: string, { filters, order, keys }: RunsWanted): RunList {
  const queryKey = useMemo(() => ['runs', entity, project, filters, order, keys], [entity, project, filters, order, keys])
  const found = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => listRuns(entity, project, { filters, order, limit: AT_ONCE, cursor: pageParam, keys: keys.length > 0 ? keys : NONE }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: (before) => before,
  })
  useNews(entity, project, queryKey, found.data !== undefined && !isRefusal(found.error))
  const runs = useMemo(() => found.data?.pages.flatMap((page) => page.items) ?? [], [found.data])
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage, refetch } = found
  const next = useCallback(() => void fetchNextPage(), [fetchNextPage])
  return {
    runs,
    isPending: found.isPending,
    error: found.data === undefined || isRefusal(found.error) ? found.error : null,
    more: hasNextPage && !isFetchingNextPage && !isFetchNextPageError ? next : null,
    stuck: isFetchNextPageError && !isFetchingNextPage ? next : null,
    again: () => void refetch(),
  }
}

type Pages = InfiniteData<Page<Run>>

/** What the server tells of a project's runs, put into the list; what is not in it makes the list be asked for. */
function useNews(entity: string, project: string, queryKey: readonly unknown[], listens: boolean): void {
  const client = useQueryClient()
  const grow = useTails()
  const refresh = useCallback(() => {
    void client.invalidateQueries({ queryKey }, { cancelRefetch: false })
    void client.invalidateQueries({ queryKey: ['catalogue', entity, project] }, { cancelRefetch: false })
  }, [client, queryKey, entity, project])
  const newcomers = useMemo(
    () =>
      new Newcomers(() => {
        // What is on its way may be from before the run was there.
        if (client.isFetching({ queryKey }) > 0) return false
        refresh()
        return true
      }),
    [client, queryKey, refresh],
  )
  useEffect(() => () => newcomers.stop(), [newcomers])
  const onRun = (data: unknown) => {
    const run = data as Run
    if (replaced(client, queryKey, run)) grow({ entity, project, run: run.name })
    else newcomers.seen(`${run.id} ${run.state}`)
  }
  useLive(`${entity}/${project}`, {
    from: listens ? () => liveProject(entity, project) : null,
    told: { run: onRun, deleted: (data) => without(client, queryKey, (data as Run).id), gone: () => void client.invalidateQueries({ queryKey: ['project', entity, project] }) },
    onAgain: () => {
      refresh()
      drawnRuns(client, entity, project).forEach(grow)
    },
    onLost: () => void client.invalidateQueries({ queryKey: ['project', entity, project] }),
  })
}

/** A run that was thrown away stands in the list no more. */
function without(client: QueryClient, queryKey: readonly unknown[], id: string): void {
  client.setQueryData<Pages>(
    queryKey,
    (before) => before && { ...before, pages: before.pages.map((page) => ({ ...page, items: page.items.filter((item) => item.id !== id) })) },
  )
}

/** Whether the run was in the list, where it is now as it was told. */
function replaced(client: QueryClient, queryKey: readonly unknown[], run: Run): boolean {
  let known = false
  client.setQueryData<Pages>(queryKey, (before) => {
    if (before === undefined) return before
    const pages = before.pages.map((page) => {
      if (!page.items.some((item) => item.id === run.id)) return page
      known = true
      return { ...page, items: page.items.map((item) => (item.id === run.id ? run : item)) }
    })
    return known ? { ...before, pages } : before
  })
  return known
}
