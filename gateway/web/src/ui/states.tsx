/** Waiting, nothing there, and what went wrong: said in one place for every list and page. */
import type { InfiniteData, UseInfiniteQueryResult, UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { isProblem, isRefusal, type Page } from '../api/client'
import { useWords } from '../state/language'
import { shell } from '../words/shell'
import { Button } from './button'

export function Waiting() {
  const t = useWords()
  return (
    <div className="ghost" role="status" aria-label={t(shell.loading)}>
      <span /><span /><span />
    </div>
  )
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <h3>{title}</h3>
      {children}
    </div>
  )
}

/** What to tell a person about any failure. */
export function useReason(): (error: unknown) => string {
  const t = useWords()
  return (error) => {
    if (!isProblem(error)) return t(shell.broken)
    if (error.status === 0) return t(shell.unreachable)
    return error.detail || error.title
  }
}

export function Failed({ error, again }: { error: unknown; again?: () => void }) {
  const t = useWords()
  const reason = useReason()
  const absent = isProblem(error, 404)
  return (
    <div className="state failed" role="alert">
      <h3>{absent ? t(shell.absent) : t(shell.failed)}</h3>
      <p>{absent ? t(shell.absentWhy) : reason(error)}</p>
      {isProblem(error) && error.status >= 500 && error.requestId && <p className="small mono">{error.requestId}</p>}
      {again && !absent && <Button onClick={again}>{t(shell.again)}</Button>}
    </div>
  )
}

/** A question's answer once it is there. `empty` stands in for an answer that `isEmpty`. */
export function Loaded<Data>({ query, children, isEmpty, empty }: {
  query: UseQueryResult<Data>
  children: (data: Data) => ReactNode
  isEmpty?: (data: Data) => boolean
  empty?: ReactNode
}) {
  if (query.isPending) return <Waiting />
  // What may no longer be seen is no longer shown.
  if (query.isError && (query.data === undefined || isRefusal(query.error))) return <Failed error={query.error} again={() => void query.refetch()} />
  if (query.data === undefined) return <Waiting />
  return isEmpty?.(query.data) ? empty : children(query.data)
}

/** What is there of a list that comes page by page; nothing of what may no longer be seen. */
export const itemsOf = <Item,>({ data, error }: UseInfiniteQueryResult<InfiniteData<Page<Item>>>): Item[] =>
  isRefusal(error) ? [] : (data?.pages.flatMap((page) => page.items) ?? [])

export function Notice({ kind = 'info', children }: { kind?: 'info' | 'warn' | 'bad' | 'good'; children: ReactNode }) {
  return <div className={`notice ${kind}`} role={kind === 'bad' ? 'alert' : undefined}><div className="grow">{children}</div></div>
}
