/** When to try again, and how often to ask. Pure but for the clock. */

const FIRST_MS = 1000
const LONGEST_MS = 30_000

/** Milliseconds until the next try after so many failures; not for everybody the same. */
export const afterwards = (failures: number, chance: number = Math.random()): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** failures) * (0.5 + chance / 2)

const EVERY_MS = 3000
const KNOWN_MS = 60_000

/** Asks for what is not in a list, for many at once, and not for the same again and again. */
export class Newcomers {
  private readonly asked = new Map<string, number>()
  private timer: ReturnType<typeof setTimeout> | undefined
  private last = -Infinity

  /** `ask` says whether it could: not while an answer is on its way that may be too old. */
  constructor(private readonly ask: () => boolean) {}

  seen(what: string): void {
    const now = Date.now()
    if ((this.asked.get(what) ?? -Infinity) > now - KNOWN_MS) return
    this.asked.set(what, now)
    this.plan(Math.max(0, this.last + EVERY_MS - now))
  }

  stop(): void {
    clearTimeout(this.timer)
    this.timer = undefined
  }

  private plan(wait: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      this.last = Date.now()
      if (!this.ask()) this.plan(EVERY_MS)
      else for (const [what, at] of this.asked) if (at < this.last - KNOWN_MS) this.asked.delete(what)
    }, wait)
  }
}
