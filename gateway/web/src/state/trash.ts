/** Throwing runs away, and bringing them back within seven days. */
import { useQueryClient } from '@tanstack/react-query'
import { deleteRun, undeleteRun, type RunPath } from '../api/runs'
import { useToasts } from '../ui/toasts'
import { project as words } from '../words/project'
import { useWords } from './language'
import { each, type Outcome } from './several'

interface Trash {
  /** Tells of those that went, and how to have them back. */
  discard: (paths: RunPath[]) => Promise<Outcome<RunPath>>
  restore: (paths: RunPath[]) => Promise<void>
}

export function useTrash(): Trash {
  const t = useWords()
  const client = useQueryClient()
  const { tell, complain } = useToasts()
  /** Also after a failure: some of them went. */
  const refresh = (paths: RunPath[]) => {
    const places = new Map(paths.map(({ entity, project }) => [`${entity}/${project}`, [entity, project]]))
    const keys = [...places.values()].flatMap((place) => ['runs', 'catalogue', 'run'].map((kind) => [kind, ...place]))
    return Promise.all([['recent runs'], ...keys].map((queryKey) => client.invalidateQueries({ queryKey })))
  }
  const restore = async (paths: RunPath[]) => {
    const { done, failed, error } = await each(paths, undeleteRun, false)
    void refresh(paths)
    if (failed.length > 0) complain(error)
    else tell(t(words.undone, { count: done.length }))
  }
  const discard = async (paths: RunPath[]) => {
    const outcome = await each(paths, deleteRun, true)
    void refresh(paths)
    const { done } = outcome
    if (done.length > 0) tell(t(words.trashed, { count: done.length }), { name: t(words.undo), act: () => void restore(done) })
    return outcome
  }
  return { discard, restore }
}
