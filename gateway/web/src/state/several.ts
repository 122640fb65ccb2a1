/** The same done to many, a few at a time. Pure. */
import { isProblem } from '../api/client'

const AT_ONCE = 6

export interface Outcome<Item> {
  done: Item[]
  failed: Item[]
  /** Why the first of them failed. */
  error: unknown
}

/** One that fails keeps no other from its turn. With `absentIsDone` what is no longer there needs nothing done. */
export async function each<Item>(items: readonly Item[], act: (item: Item) => Promise<unknown>, absentIsDone: boolean): Promise<Outcome<Item>> {
  const outcome: Outcome<Item> = { done: [], failed: [], error: null }
  for (let first = 0; first < items.length; first += AT_ONCE) {
    const part = items.slice(first, first + AT_ONCE)
    const results = await Promise.allSettled(part.map(act))
    results.forEach((result, index) => {
      const item = part[index] as Item
      if (result.status === 'fulfilled' || (absentIsDone && isProblem(result.reason, 404))) {
        outcome.done.push(item)
      } else {
        outcome.failed.push(item)
        outcome.error ??= result.reason
      }
    })
  }
  return outcome
}

/** One after the other, in the order in which they were asked for; a failure stops none that follow. */
export function queue(): <Answer>(act: () => Promise<Answer>) => Promise<Answer> {
  let last: Promise<unknown> = Promise.resolve()
  return (act) => {
    const turn = last.then(act)
    last = turn.catch(() => undefined)
    return turn
  }
}
