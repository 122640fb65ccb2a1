/** Tags of many runs at once, and the way back. */
import { useQueryClient } from '@tanstack/react-query'
import { tagRuns, type Place, type Retagged } from '../api/projects'
import { useToasts } from '../ui/toasts'
import { project as words } from '../words/project'
import { useWords } from './language'
import { backwards } from './retagged'

/** The server takes so many at once. */
const AT_ONCE = 1000

export function useTagging(place: Place): (runs: string[], add: string[], remove: string[]) => Promise<void> {
  const t = useWords()
  const client = useQueryClient()
  const { tell, complain } = useToasts()
  const refresh = () =>
    Promise.all(['runs', 'catalogue', 'run'].map((kind) => client.invalidateQueries({ queryKey: [kind, place.entity, place.project] })))
  const send = async (runs: string[], add: string[], remove: string[]): Promise<Retagged[]> => {
    const done: Retagged[] = []
    for (let first = 0; first < runs.length; first += AT_ONCE) {
      const part = runs.slice(first, first + AT_ONCE)
      done.push(...(await tagRuns(place, { runs: part, add, remove })).items)
    }
    return done
  }
  const undo = async (done: Retagged[]) => {
    try {
      for (const { runs, add, remove } of backwards(done)) await send(runs, add, remove)
      tell(t(words.tagsBack, { count: done.length }))
    } catch (error) {
      complain(error)
    } finally {
      void refresh()
    }
  }
  return async (runs, add, remove) => {
    const done = await send(runs, add, remove).finally(() => void refresh())
    if (done.length === 0) tell(t(words.tagsSame))
    else tell(t(words.tagged, { count: done.length }), { name: t(words.undo), act: () => void undo(done) })
  }
}
