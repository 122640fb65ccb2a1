/** What a run logged beside numbers, and the addresses of its files. */
import { useQueries, useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import type { Run, Value } from '../api/projects'
import { filesNamed, getKeys, getValues, type RunFile, type RunPath } from '../api/runs'
import { keysOfKind } from '../media/kinds'

/** More moments than this of one key are spread evenly. */
const MOMENTS = 1000
/** Links to files last an hour. */
const LINKS_MS = 30 * 60_000
const NAMES_AT_ONCE = 100
const LOOK_MS = 5000

export type Moment = [step: number, value: Value]

/** Every moment at which a key was logged. */
export const useMoments = (path: RunPath, key: string, running: boolean, enabled = true) =>
  useQuery({
    queryKey: ['moments', path.entity, path.project, path.run, key],
    queryFn: () => getValues(path, key, MOMENTS),
    refetchInterval: running ? LOOK_MS : false,
    enabled,
  })

/** Keys of a run whose values are of a kind. */
export function useKeysOfKind(run: Run, path: RunPath, running: boolean, fits: (value: Value | undefined) => boolean): { keys: string[]; isPending: boolean } {
  const found = useQuery({ queryKey: ['keys', path.entity, path.project, path.run], queryFn: () => getKeys(path), staleTime: running ? LOOK_MS : 30_000, refetchInterval: running ? LOOK_MS : false })
  const keys = useMemo(() => {
    const last = Object.fromEntries(Object.entries(found.data?.keys ?? {}).map(([key, { previousValue }]) => [key, previousValue]))
    return keysOfKind(run.summary, last, fits)
  }, [run.summary, found.data, fits])
  return { keys, isPending: found.isPending && keys.length === 0 }
}

export interface FilesAtHand {
  file: (name: string) => RunFile | null
  pending: boolean
}

/** The files of these names, wherever they are among a run's files. */
export function useFiles(path: RunPath, names: readonly string[]): FilesAtHand {
  const parts = useMemo(() => {
    const all = [...new Set(names)].sort()
    return Array.from({ length: Math.ceil(all.length / NAMES_AT_ONCE) }, (_, at) => all.slice(at * NAMES_AT_ONCE, (at + 1) * NAMES_AT_ONCE))
  }, [names])
  const { files, pending } = useQueries({
    queries: parts.map((part) => ({
      queryKey: ['files named', path.entity, path.project, path.run, part],
      queryFn: () => filesNamed(path, part),
      staleTime: LINKS_MS,
      refetchInterval: LINKS_MS,
    })),
    combine: useCallback(
      (found: { data: RunFile[] | undefined; isPending: boolean }[]) => ({
        files: new Map(found.flatMap(({ data }) => data ?? []).map((file) => [file.name, file])),
        pending: found.some(({ isPending }) => isPending),
      }),
      [],
    ),
  })
  return { file: (name) => files.get(name) ?? null, pending }
}
