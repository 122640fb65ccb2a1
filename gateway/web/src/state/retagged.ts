/** What was done to tags, the other way round. Pure. */
import type { Retagged, Tagging } from '../api/projects'

/** As few questions as undo it: runs to which the same was new go together. */
export function backwards(done: readonly Retagged[]): Tagging[] {
  const groups = new Map<string, Tagging>()
  for (const { run, added, removed } of done) {
    const key = JSON.stringify([added, removed])
    const known = groups.get(key)
    if (known) known.runs.push(run)
    else groups.set(key, { runs: [run], add: removed, remove: added })
  }
  return [...groups.values()]
}

/** Each tag that some of the runs have, by name, with how many have it. */
export function shares(runs: readonly { tags: readonly string[] }[]): Map<string, number> {
  const found = new Map<string, number>()
  for (const { tags } of runs) for (const tag of tags) found.set(tag, (found.get(tag) ?? 0) + 1)
  return new Map([...found].sort(([one], [other]) => one.localeCompare(other, 'en', { numeric: true })))
}
