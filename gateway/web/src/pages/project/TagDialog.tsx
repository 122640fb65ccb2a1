/** Tags of the selected runs: which all of them have, which some, and new ones. */
import { useId, useMemo, useState } from 'react'
import type { Place, Run } from '../../api/projects'
import { useWords } from '../../state/language'
import { shares } from '../../state/retagged'
import { useTagging } from '../../state/tagging'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { useSending } from '../../ui/form'
import { project as words } from '../../words/project'
import { run as runWords } from '../../words/run'
import { shell } from '../../words/shell'

const MOST_LETTERS = 64

export function TagDialog({ place, names, runs, onClose }: { place: Place; names: string[]; runs: Run[]; onClose: () => void }) {
  const t = useWords()
  const known = useId()
  const tag = useTagging(place)
  /** What was chosen for a tag; those that are not named here stay as they are. */
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map())
  const [text, setText] = useState('')
  const chosenRuns = useMemo(() => {
    const wanted = new Set(names)
    return runs.filter((run) => wanted.has(run.name))
  }, [names, runs])
  const had = useMemo(() => shares(chosenRuns), [chosenRuns])
  const others = useMemo(() => [...shares(runs).keys()].filter((one) => !had.has(one)), [runs, had])
  const fresh = [...chosen.keys()].filter((one) => !had.has(one))
  const choose = (one: string, on: boolean) => setChosen(new Map(chosen).set(one, on))
  const typed = text.trim()
  const take = () => {
    if (typed !== '') choose(typed, true)
    setText('')
  }
  const sending = useSending(async () => {
    const all = typed === '' ? chosen : new Map(chosen).set(typed, true)
    const [add, remove] = [true, false].map((way) => [...all].flatMap(([one, on]) => (on === way ? [one] : [])))
    await tag(names, add ?? [], (remove ?? []).filter((one) => had.has(one)))
    onClose()
  })
  return (
    <Dialog title={t(words.tagTitle, { count: names.length })} onClose={onClose}>
      <form className="body" onSubmit={sending.onSubmit}>
        <div className="field">
          <label htmlFor={`${known}-new`}>{t(runWords.addTag)}</label>
          <div className="row">
            <input
              id={`${known}-new`} className="input grow" list={known} maxLength={MOST_LETTERS} data-focus value={text}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' || typed === '') return
                event.preventDefault()
                take()
              }}
            />
            <Button icon="plus" disabled={typed === ''} onClick={take}>{t(words.tagAdd)}</Button>
          </div>
          <datalist id={known}>{others.map((one) => <option key={one} value={one} />)}</datalist>
        </div>
        {had.size + fresh.length > 0 && (
          <fieldset className="choices-list">
            <legend className="small quiet">{t(words.tagsOf)}</legend>
            {[...had].map(([one, count]) => (
              <TagCheck key={one} tag={one} on={chosen.get(one) ?? (count === chosenRuns.length ? true : null)} share={count === chosenRuns.length ? null : t(words.tagShare, { count, total: chosenRuns.length })} onChange={(on) => choose(one, on)} />
            ))}
            {fresh.map((one) => <TagCheck key={one} tag={one} on={chosen.get(one) === true} share={null} onChange={(on) => choose(one, on)} />)}
          </fieldset>
        )}
        {sending.refusal()}
        <div className="end">
          <Button onClick={onClose}>{t(shell.cancel)}</Button>
          <Button type="submit" kind="primary" busy={sending.busy} disabled={chosen.size === 0 && typed === ''}>{t(words.tagNow)}</Button>
        </div>
      </form>
    </Dialog>
  )
}

/** `on` is null where some have it and others do not. */
function TagCheck({ tag, on, share, onChange }: { tag: string; on: boolean | null; share: string | null; onChange: (on: boolean) => void }) {
  const half = (box: HTMLInputElement | null) => {
    if (box) box.indeterminate = on === null
  }
  return (
    <label className="check">
      <input type="checkbox" ref={half} checked={on === true} onChange={(event) => onChange(event.target.checked)} />
      <span className="badge">{tag}</span>
      {share && <span className="quiet small">{share}</span>}
    </label>
  )
}
