/** Where selected runs go: a look ahead, then the move, then a way back. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { listProjects, sendRuns, undoMove, type Move, type Place } from '../../api/projects'
import { useWords } from '../../state/language'
import { useMe } from '../../state/session'
import { Button, LinkButton } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { Select } from '../../ui/field'
import { useSending } from '../../ui/form'
import { Notice } from '../../ui/states'
import { useToasts } from '../../ui/toasts'
import { project as words } from '../../words/project'
import { shell } from '../../words/shell'

export function MoveDialog({ from, names, copy, onClose, onDone }: { from: Place; names: string[]; copy: boolean; onClose: () => void; onDone: () => void }) {
  const t = useWords()
  const me = useMe()
  const client = useQueryClient()
  const { tell, complain } = useToasts()
  const projects = useId()
  const [entity, setEntity] = useState(from.entity)
  const [project, setProject] = useState('')
  const [preview, setPreview] = useState<Move | null>(null)
  const [done, setDone] = useState<Move | null>(null)
  const known = useQuery({ queryKey: ['projects', entity], queryFn: () => listProjects(entity) })
  const sending = useSending(async () => {
    const to = { entity, project: project.trim() }
    if (preview === null) return setPreview(await sendRuns(from, names, to, copy, true))
    setDone(await sendRuns(from, names, to, copy, false))
    await client.invalidateQueries({ queryKey: ['runs'] })
  })
  const undo = async () => {
    if (!done?.id) return
    try {
      await undoMove(done.id)
      await client.invalidateQueries({ queryKey: ['runs'] })
      tell(t(words.undone))
      onClose()
    } catch (error) {
      complain(error)
    }
  }
  const close = () => {
    if (done) onDone()
    onClose()
  }
  const entities = [me.username, ...me.teams.map((team) => team.name)]
  const count = names.length
  const there = `/${entity}/${project.trim()}`
  return (
    <Dialog title={t(copy ? words.copyTitle : words.moveTitle, { count })} onClose={close}>
      {done ? (
        <div className="body">
          <Notice kind="good">{t(words.moved, { count: done.moved, place: there.slice(1) })}</Notice>
          <Skipped move={done} />
          <div className="end">
            {!copy && done.id && <Button onClick={() => void undo()}>{t(words.undo)}</Button>}
            <LinkButton kind="primary" href={there}>{there.slice(1)}</LinkButton>
          </div>
        </div>
      ) : (
        <form className="body" onSubmit={sending.onSubmit}>
          <p className="quiet">{t(words.moveWhy)}</p>
          <Select label={t(words.toEntity)} value={entity} choices={[...new Set([from.entity, ...entities])].map((name) => [name, name])} onChange={(event) => { setEntity(event.target.value); setPreview(null) }} />
          <div className="field">
            <label htmlFor={`${projects}-name`}>{t(words.toProject)}</label>
            <input id={`${projects}-name`} className="input" list={projects} required data-focus value={project} onChange={(event) => { setProject(event.target.value); setPreview(null) }} />
            <span className="hint">{sending.wrong('to', 'project') ?? t(words.toProjectHint)}</span>
          </div>
          <datalist id={projects}>{known.data?.items.map((one) => <option key={one.id} value={one.name} />)}</datalist>
          {preview && <Notice>{t(words.wouldMove, { moved: preview.moved, total: preview.total })}<Skipped move={preview} /></Notice>}
          {preview?.loses_everyone && <Notice kind="warn">{t(words.losesEveryone)}</Notice>}
          {preview?.loses_access && preview.loses_access.length > 0 && <Notice kind="warn">{t(words.losesAccess, { who: preview.loses_access.join(', ') })}</Notice>}
          {sending.refusal('to', 'project')}
          <div className="end">
            <Button onClick={onClose}>{t(shell.cancel)}</Button>
            <Button type="submit" kind="primary" busy={sending.busy}>{t(preview === null ? words.preview : copy ? words.copyNow : words.moveNow)}</Button>
          </div>
        </form>
      )}
    </Dialog>
  )
}

function Skipped({ move }: { move: Move }) {
  const t = useWords()
  return <ul className="small quiet">{move.skipped.slice(0, 20).map(({ run, reason }) => <li key={run}>{t(words.stays, { run, reason })}</li>)}</ul>
}
