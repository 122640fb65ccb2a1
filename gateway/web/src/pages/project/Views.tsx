/** Saved views of a project: open one, keep what is shown, rename, throw away. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useSearch } from 'wouter'
import { changeView, deleteView, listViews, saveView, type SavedView } from '../../api/views'
import { useAddress } from '../../state/address'
import { useWords } from '../../state/language'
import { Button, IconButton } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { Input } from '../../ui/field'
import { useSending } from '../../ui/form'
import { Moment } from '../../ui/marks'
import { Empty, Loaded } from '../../ui/states'
import { useToasts } from '../../ui/toasts'
import { shell } from '../../words/shell'
import { views as words } from '../../words/views'
import { project as projectWords } from '../../words/project'

interface Place {
  entity: string
  project: string
  writable: boolean
}

export function ViewsDialog({ entity, project, writable, onClose }: Place & { onClose: () => void }) {
  const t = useWords()
  const client = useQueryClient()
  const search = useSearch()
  const [, , replace] = useAddress()
  const { tell, complain } = useToasts()
  const queryKey = ['views', entity, project]
  const found = useQuery({ queryKey, queryFn: () => listViews(entity, project) })
  const refresh = () => client.invalidateQueries({ queryKey })
  const open = (view: SavedView) => {
    replace(view.search)
    onClose()
  }
  const discard = async (view: SavedView) => {
    await deleteView(view.id)
    await refresh()
    onClose() // behind a dialog nothing can be undone: whatever is not in it does not react
    const back = () => void saveView(entity, project, { name: view.name, search: view.search }).then(refresh).catch(complain)
    tell(t(words.discarded, { name: view.name }), { name: t(projectWords.undo), act: back })
  }
  return (
    <Dialog title={t(words.title)} onClose={onClose}>
      <div className="body">
        {writable && <Save {...{ entity, project }} search={search} onSaved={(name) => { tell(t(words.kept, { name })); void refresh() }} />}
        <Loaded query={found} isEmpty={(page) => page.items.length === 0} empty={<Empty title={t(words.none)}><p>{t(words.noneWhy)}</p></Empty>}>
          {(page) => (
            <ul className="lines">
              {page.items.map((view) => (
                <ViewLine key={view.id} view={view} writable={writable} search={search} onOpen={() => open(view)} onChanged={() => void refresh()} onDiscard={() => void discard(view).catch(complain)} />
              ))}
            </ul>
          )}
        </Loaded>
      </div>
    </Dialog>
  )
}

function Save({ entity, project, search, onSaved }: { entity: string; project: string; search: string; onSaved: (name: string) => void }) {
  const t = useWords()
  const [name, setName] = useState('')
  const sending = useSending(async () => {
    await saveView(entity, project, { name: name.trim(), search })
    setName('')
    onSaved(name.trim())
  })
  return (
    <form className="row wrap saving" onSubmit={sending.onSubmit}>
      <div className="grow"><Input label={t(words.name)} value={name} maxLength={128} required wrong={sending.wrong('name', 'search')} onChange={(event) => setName(event.target.value)} /></div>
      <Button type="submit" kind="primary" busy={sending.busy} disabled={name.trim() === ''}>{t(words.keep)}</Button>
      {sending.refusal('name', 'search')}
    </form>
  )
}

function ViewLine({ view, writable, search, onOpen, onChanged, onDiscard }: { view: SavedView; writable: boolean; search: string; onOpen: () => void; onChanged: () => void; onDiscard: () => void }) {
  const t = useWords()
  const { complain } = useToasts()
  const [name, setName] = useState<string | null>(null)
  const change = (to: { name?: string; search?: string }) => void changeView(view.id, to).then(onChanged).catch(complain)
  const rename = () => {
    if (name !== null && name.trim() !== '' && name !== view.name) change({ name: name.trim() })
    setName(null)
  }
  return (
    <li data-view={view.id}>
      {name === null ? (
        <button type="button" className="button bare slim grow clip" style={{ justifyContent: 'start' }} onClick={onOpen}>{view.name}</button>
      ) : (
        <form className="grow" onSubmit={(event) => { event.preventDefault(); rename() }}>
          <input className="input slim" aria-label={t(words.rename, { name: view.name })} ref={(field) => field?.focus()} value={name} maxLength={128} onChange={(event) => setName(event.target.value)} onBlur={rename} />
        </form>
      )}
      <span className="quiet small">{view.username} · <Moment at={view.updated_at} /></span>
      {writable && (
        <>
          {view.search !== search && <IconButton icon="check" label={t(words.update, { name: view.name })} onClick={() => change({ search })} />}
          <IconButton icon="edit" label={t(words.rename, { name: view.name })} onClick={() => setName(view.name)} />
          <IconButton icon="trash" label={`${t(shell.delete)} ${view.name}`} onClick={onDiscard} />
        </>
      )}
    </li>
  )
}
