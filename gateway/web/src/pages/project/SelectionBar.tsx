/** What can be done with the selected runs. */
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { Run } from '../../api/projects'
import { stopRun, type RunPath } from '../../api/runs'
import { useWords } from '../../state/language'
import { useSession } from '../../state/session'
import { each } from '../../state/several'
import { useTrash } from '../../state/trash'
import { Button, IconButton } from '../../ui/button'
import { Confirm } from '../../ui/dialog'
import { useToasts } from '../../ui/toasts'
import { project as words } from '../../words/project'
import { shell } from '../../words/shell'
import { MoveDialog } from './MoveDialog'
import { TagDialog } from './TagDialog'

export const MOST_COMPARED = 20
type Asking = 'move' | 'copy' | 'tag' | 'delete' | null

interface Props {
  entity: string
  project: string
  names: string[]
  /** The runs that the list holds. */
  runs: Run[]
  /** Whoever may only read can still compare, and copy to a place of their own. */
  writable: boolean
  onSelect: (names: Set<string>) => void
}

export function SelectionBar({ entity, project, names, runs, writable, onSelect }: Props) {
  const t = useWords()
  const client = useQueryClient()
  const { me } = useSession()
  const { tell, complain } = useToasts()
  const { discard } = useTrash()
  const [, go] = useLocation()
  const [asking, setAsking] = useState<Asking>(null)
  const count = names.length
  const paths = names.map((run) => ({ entity, project, run }))
  const clear = () => onSelect(new Set())
  /** Those that could not be done stay selected. */
  const keep = (failed: RunPath[]) => onSelect(new Set(failed.map(({ run }) => run)))
  const stop = async () => {
    const { done, failed, error } = await each(paths, stopRun, true)
    void client.invalidateQueries({ queryKey: ['runs', entity, project] })
    if (failed.length > 0) {
      keep(failed)
      complain(error)
    } else {
      tell(t(words.stopped, { count: done.length }))
    }
  }
  const throwAway = async () => {
    const { failed, error } = await discard(paths)
    keep(failed)
    if (failed.length > 0) throw error
  }
  return (
    <div className="selection row wrap" role="toolbar" aria-label={t(words.selected, { count })}>
      <strong>{t(words.selected, { count })}</strong>
      <Button slim icon="compare" disabled={count < 2 || count > MOST_COMPARED} title={t(words.compareFew)} onClick={() => go(`/${entity}/${project}/compare?runs=${names.map(encodeURIComponent).join(',')}`)}>{t(words.compare)}</Button>
      {me && writable && <Button slim icon="tag" onClick={() => setAsking('tag')}>{t(words.tag)}</Button>}
      {me && writable && <Button slim icon="move" onClick={() => setAsking('move')}>{t(words.move)}</Button>}
      {me && <Button slim icon="copy" onClick={() => setAsking('copy')}>{t(words.copy)}</Button>}
      {me && writable && (
        <>
          <Button slim onClick={() => void stop()}>{t(words.stop)}</Button>
          <Button slim kind="danger" icon="trash" onClick={() => setAsking('delete')}>{t(words.trash)}</Button>
        </>
      )}
      <IconButton icon="close" label={t(words.drop)} onClick={clear} />
      {(asking === 'move' || asking === 'copy') && (
        <MoveDialog from={{ entity, project }} names={names} copy={asking === 'copy'} onClose={() => setAsking(null)} onDone={clear} />
      )}
      {asking === 'tag' && <TagDialog place={{ entity, project }} names={names} runs={runs} onClose={() => setAsking(null)} />}
      {asking === 'delete' && (
        <Confirm title={t(words.trashTitle, { count })} doing={t(shell.delete)} onClose={() => setAsking(null)} onConfirm={throwAway}>
          <p>{t(words.trashWhy)}</p>
        </Confirm>
      )}
    </div>
  )
}
