/** A report while it is written: its parts one below the other, each as a form. */
import { useEffect, useState, type ReactNode } from 'react'
import type { Block, Written } from '../../api/reports'
import { useWords } from '../../state/language'
import { Button, IconButton, Segments } from '../../ui/button'
import { Confirm } from '../../ui/dialog'
import { Input, TextArea } from '../../ui/field'
import { useSending } from '../../ui/form'
import { Panel } from '../../ui/shell'
import { Notice } from '../../ui/states'
import { reports as words } from '../../words/reports'
import { shell } from '../../words/shell'
import { Other, Text } from './Blocks'
import { aText, moved, replaced, someCharts, tidied, unfinished, without } from './blocks'
import { ChartsForm, useChoices } from './ChartsForm'

/** A key of its own for each part, so that fields stay with their part when it moves. */
interface Part {
  key: number
  block: Block
}

let lastKey = 0
const part = (block: Block): Part => ({ key: ++lastKey, block })

export function Editor({ entity, project, before, doing, onSave, onLeave }: {
  entity: string
  project: string
  before: Written
  doing: string
  onSave: (written: Written) => Promise<unknown>
  onLeave: () => void
}) {
  const t = useWords()
  const [title, setTitle] = useState(before.title)
  const [description, setDescription] = useState(before.description)
  const [parts, setParts] = useState<Part[]>(() => before.blocks.map(part))
  const [touched, setTouched] = useState(false)
  const [leaving, setLeaving] = useState(false)
  const choices = useChoices(entity, project)
  const blocks = parts.map((one) => one.block)
  const lacking = unfinished(blocks)
  const sending = useSending(() => onSave({ title, description, blocks: tidied(blocks) }))
  useAskingFirst(touched)
  const change = (next: Part[]) => {
    setTouched(true)
    setParts(next)
  }
  return (
    <form className="stack" onSubmit={sending.onSubmit} onChange={() => setTouched(true)}>
      <Panel>
        <div className="body stack">
          <Input label={t(words.name)} required maxLength={200} autoFocus wrong={sending.wrong('title')} value={title} onChange={(event) => setTitle(event.target.value)} />
          <Input label={t(words.description)} wrong={sending.wrong('description')} value={description} onChange={(event) => setDescription(event.target.value)} />
        </div>
      </Panel>
      {parts.map(({ key, block }, index) => (
        <Frame
          key={key}
          block={block}
          first={index === 0}
          last={index === parts.length - 1}
          onMove={(by) => change(moved(parts, index, by))}
          onDrop={() => change(without(parts, index))}
        >
          <Form block={block} choices={choices} onChange={(next) => change(replaced(parts, index, { key, block: next }))} />
        </Frame>
      ))}
      <div className="row wrap">
        <Button icon="plus" onClick={() => change([...parts, part(aText())])}>{t(words.addText)}</Button>
        <Button icon="chart" onClick={() => change([...parts, part(someCharts(choices.metrics[0], null))])}>{t(words.addCharts)}</Button>
      </div>
      {lacking && <Notice kind="warn">{t(words.unfinished)}</Notice>}
      {sending.refusal('title', 'description')}
      <div className="row wrap">
        <Button type="submit" kind="primary" busy={sending.busy} disabled={lacking || title.trim() === ''}>{doing}</Button>
        <Button onClick={() => (touched ? setLeaving(true) : onLeave())}>{t(shell.cancel)}</Button>
      </div>
      {leaving && <Confirm title={t(words.leaveTitle)} doing={t(words.leave)} onClose={() => setLeaving(false)} onConfirm={async () => onLeave()}><p>{t(words.leaveWhy)}</p></Confirm>}
    </form>
  )
}

/** The browser itself asks before what was written is lost. */
function useAskingFirst(touched: boolean): void {
  useEffect(() => {
    if (!touched) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [touched])
}

function Frame({ block, first, last, onMove, onDrop, children }: { block: Block; first: boolean; last: boolean; onMove: (by: -1 | 1) => void; onDrop: () => void; children: ReactNode }) {
  const t = useWords()
  const name = block.kind === 'markdown' ? t(words.part) : t(words.charts)
  return (
    <Panel
      title={name}
      aside={
        <>
          <IconButton icon="up" label={t(words.up)} disabled={first} onClick={() => onMove(-1)} />
          <IconButton icon="down" label={t(words.down)} disabled={last} onClick={() => onMove(1)} />
          <IconButton icon="trash" label={t(words.takeOut)} onClick={onDrop} />
        </>
      }
    >
      <div className="body">{children}</div>
    </Panel>
  )
}

function Form({ block, choices, onChange }: { block: Block; choices: ReturnType<typeof useChoices>; onChange: (block: Block) => void }) {
  const t = useWords()
  if (block.kind === 'other') return <Other kind={block.text} />
  if (block.kind === 'charts') return block.kept === null ? <ChartsForm block={block} choices={choices} onChange={onChange} /> : <p className="quiet">{t(words.keptCharts)}</p>
  return <TextForm text={block.text} onChange={(text) => onChange({ ...block, text })} />
}

function TextForm({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  const t = useWords()
  const [look, setLook] = useState<'write' | 'look'>('write')
  return (
    <div className="stack tight">
      <div><Segments label={t(words.text)} value={look} choices={[['write', t(words.write)], ['look', t(words.look)]]} onChoose={setLook} /></div>
      {look === 'look' ? <Text text={text} /> : <TextArea label={t(words.text)} rows={Math.min(24, Math.max(6, text.split('\n').length + 1))} value={text} onChange={(event) => onChange(event.target.value)} />}
    </div>
  )
}
