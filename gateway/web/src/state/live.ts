/** What the server tells by itself, as long as somebody looks. */
import { useEffect, useRef } from 'react'
import { afterwards } from './patience'

type Handlers = Record<string, (data: unknown) => void>

interface Live {
  /** Where to listen, asked for each time: from where on may have changed. Null: not at all. */
  from: (() => string) | null
  /** What is told, by its name. After `end` and `gone` nothing more is. */
  told: Handlers
  /** It listens again: what was told in between has been missed. */
  onAgain?: () => void
  /** The server refused or could not be reached; it is tried again. */
  onLost?: () => void
}

const LAST = ['end', 'gone']
const LASTING_MS = 5000

/** One stream, of what `key` names. It comes back by itself, and rests while nobody sees the page. */
export function useLive(key: string, live: Live): void {
  const latest = useRef(live)
  latest.current = live
  const names = Object.keys(live.told).sort().join(' ')
  const listens = live.from !== null
  useEffect(() => {
    if (!listens) return
    const stream = new Stream(names.split(' '), latest)
    const look = () => (document.visibilityState === 'hidden' ? stream.rest() : stream.listen())
    look()
    document.addEventListener('visibilitychange', look)
    return () => {
      document.removeEventListener('visibilitychange', look)
      stream.rest()
    }
  }, [key, names, listens])
}

class Stream {
  private source: EventSource | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private failures = 0
  private opened = 0
  private before = false
  private over = false

  constructor(private readonly names: string[], private readonly latest: { current: Live }) {}

  listen(): void {
    const { from } = this.latest.current
    if (this.over || this.source !== null || from === null) return
    clearTimeout(this.timer)
    const source = new EventSource(from())
    this.source = source
    source.addEventListener('open', () => {
      this.opened = Date.now()
      if (this.before) this.latest.current.onAgain?.()
      this.before = true
    })
    source.addEventListener('error', () => this.lost())
    for (const name of new Set([...this.names, ...LAST])) source.addEventListener(name, (event) => this.hear(name, event))
  }

  rest(): void {
    clearTimeout(this.timer)
    this.source?.close()
    this.source = null
  }

  private hear(name: string, event: Event): void {
    if (LAST.includes(name)) {
      this.over = true
      this.rest()
    }
    if (event instanceof MessageEvent) this.latest.current.told[name]?.(JSON.parse(String(event.data)))
  }

  /** The browser itself would give up after a refusal, and else ask again for what it has. */
  private lost(): void {
    const refused = this.source?.readyState === EventSource.CLOSED
    this.rest()
    // Who lets in and closes at once is not asked in a hurry either.
    if (this.opened > 0 && Date.now() - this.opened > LASTING_MS) this.failures = 0
    this.opened = 0
    this.timer = setTimeout(() => this.listen(), afterwards(this.failures))
    this.failures += 1
    if (refused) this.latest.current.onLost?.()
  }
}
