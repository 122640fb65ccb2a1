/** Curves, asked for in as few requests as can be, and grown by what arrives. */
import { useQueries, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useCallback, useMemo, useRef } from 'react'
import { getCurves, type CurveQuestion, type RunPath } from '../api/runs'
import { extended, NOTHING, type Curve } from '../charts/series'

const AT_ONCE = 40
const GATHER_MS = 8
export const POINTS = 800

type Range = [number, number] | null
interface Wish {
  key: string
  resolve: (curve: Curve) => void
  reject: (error: unknown) => void
}

/** Wishes for one run and range that come together travel together. */
const waiting = new Map<string, Wish[]>()

function wish(path: RunPath, key: string, question: CurveQuestion): Promise<Curve> {
  const batch = JSON.stringify([path, question])
  return new Promise((resolve, reject) => {
    const wishes = waiting.get(batch)
    if (wishes) {
      wishes.push({ key, resolve, reject })
      return
    }
    waiting.set(batch, [{ key, resolve, reject }])
    setTimeout(() => void send(batch, path, question), GATHER_MS)
  })
}

async function send(batch: string, path: RunPath, question: CurveQuestion): Promise<void> {
  const wishes = waiting.get(batch) ?? []
  waiting.delete(batch)
  for (let first = 0; first < wishes.length; first += AT_ONCE) {
    const part = wishes.slice(first, first + AT_ONCE)
    try {
      const curves = await getCurves(path, [...new Set(part.map(({ key }) => key))], question)
      part.forEach(({ key, resolve }) => resolve(curves[key] ?? NOTHING))
    } catch (error) {
      part.forEach(({ reject }) => reject(error))
    }
  }
}

const CURVE = 'curve'
const keyOf = (path: RunPath, metric: string, x: string, range: Range) =>
  [CURVE, path.entity, path.project, path.run, metric, x, range?.[0] ?? null, range?.[1] ?? null] as const

/** One curve for each wish; empty until it is there. */
export function useCurves(wishes: { path: RunPath; metric: string }[], x: string, range: Range, enabled: boolean): { curves: Curve[]; pending: boolean; error: unknown } {
  const results = useQueries({
    queries: wishes.map(({ path, metric }) => ({
      queryKey: keyOf(path, metric, x, range),
      queryFn: () => wish(path, metric, { x, low: range?.[0] ?? null, high: range?.[1] ?? null, points: POINTS }),
      enabled,
      staleTime: Infinity,
      gcTime: 120_000,
    })),
    combine: useCallback(
      (found: { data: Curve | undefined; isPending: boolean; error: unknown }[]) => ({
        curves: found.map(({ data }) => data ?? NOTHING),
        pending: found.some(({ isPending }) => isPending),
        error: found.find(({ error }) => error)?.error ?? null,
      }),
      [],
    ),
  })
  return results
}

type Row = Record<string, unknown>
const number = (value: unknown): number | null => (typeof value === 'number' ? value : null)

/** Rows that were just logged, put behind every whole curve of their run that is drawn. */
export function growCurves(client: QueryClient, path: RunPath, rows: Row[]): void {
  const cached = client.getQueriesData<Curve>({ queryKey: [CURVE, path.entity, path.project, path.run] })
  for (const [queryKey, curve] of cached) {
    const [, , , , metric, x, low] = queryKey as unknown as ReturnType<typeof keyOf>
    if (curve === undefined || low !== null) continue
    const found = rows.filter((row) => metric in row && typeof row[x] === 'number')
    if (found.length === 0) continue
    client.setQueryData(queryKey, extended(curve, found.map((row) => Number(row[x])), found.map((row) => number(row[metric]))))
  }
}

/** What is drawn of a run was taken back, as by a rewind: ask for all of it. */
export const redrawCurves = (client: QueryClient, path: RunPath): Promise<void> =>
  client.invalidateQueries({ queryKey: [CURVE, path.entity, path.project, path.run] })

/** Every run of a project of which there are curves. */
export function drawnRuns(client: QueryClient, entity: string, project: string): RunPath[] {
  const names = client.getQueriesData({ queryKey: [CURVE, entity, project] }).map(([queryKey]) => String(queryKey[3]))
  return [...new Set(names)].map((run) => ({ entity, project, run }))
}

const REFRESH_MS = 1500

/** Ask for what is behind the known ends of a run's curves; soon, but not for every word of news. */
export function useTails(): (path: RunPath) => void {
  const client = useQueryClient()
  const planned = useRef(new Set<string>())
  return useMemo(
    () => (path: RunPath) => {
      const name = JSON.stringify(path)
      if (planned.current.has(name)) return
      planned.current.add(name)
      setTimeout(() => {
        planned.current.delete(name)
        void growFromServer(client, path)
      }, REFRESH_MS)
    },
    [client],
  )
}

async function growFromServer(client: QueryClient, path: RunPath): Promise<void> {
  const cached = client.getQueriesData<Curve>({ queryKey: [CURVE, path.entity, path.project, path.run] })
  await Promise.all(
    cached.map(async ([queryKey, curve]) => {
      const [, , , , metric, x, low] = queryKey as unknown as ReturnType<typeof keyOf>
      if (curve === undefined || low !== null) return
      const news = await wish(path, metric, { x, low: curve.x.at(-1) ?? null, high: null, points: POINTS })
      client.setQueryData<Curve>(queryKey, (known) => known && extended(known, news.x, news.y))
    }),
  ).catch(() => undefined) // the next news asks again
}
