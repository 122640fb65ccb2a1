/** A console that grows: only what is new of it is asked for. */
import { getConsole, type LogLine, type RunPath } from '../../api/runs'

export interface Log {
  items: LogLine[]
  total: number
}

export const MOST = 10_000
/** The SDK writes its last lines anew, as a terminal would for a progress bar; it looks back less far. */
export const REWRITTEN = 200

/** From which line on it has to be read again; null: from wherever its last lines begin. */
export function readAfter(known: Log | undefined): number | null {
  const last = known?.items.at(-1)
  return last === undefined ? null : Math.max(-1, last.number - REWRITTEN)
}

/** What is known, with what came behind line `after`; null where the two do not fit together. */
export function joined(known: Log, after: number, news: Log): Log | null {
  const kept = known.items.filter((line) => line.number <= after)
  const whole = [...kept, ...news.items]
  const end = whole.at(-1)?.number ?? -1
  if (news.total < known.total || end + 1 < news.total) return null
  return { items: whole.slice(-MOST), total: news.total }
}

export async function consoleNow(path: RunPath, known: Log | undefined): Promise<Log> {
  const after = readAfter(known)
  if (known !== undefined && after !== null) {
    const log = joined(known, after, await getConsole(path, { after, limit: MOST }))
    if (log !== null) return log
  }
  return getConsole(path, { last: MOST })
}
