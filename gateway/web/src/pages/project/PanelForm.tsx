/** Which panel, and what it shows. */
import { useId, useMemo, useState, type FormEvent } from 'react'
import type { Run } from '../../api/projects'
import { KINDS, MOST_METRICS, type Panel, type PanelKind } from '../../charts/panels'
import { isHistogram } from '../../charts/plots'
import { isMedia, isTable, keysAmong } from '../../media/kinds'
import { useWords } from '../../state/language'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { Input, Pick, Select, TextArea } from '../../ui/field'
import { chart as chartWords } from '../../words/chart'
import { shell } from '../../words/shell'
import { views as words } from '../../words/views'
import { keysOf, metricsOf, type ColumnId } from './columns'

const AXES = ['_step', '_runtime', '_timestamp']

interface Draft {
  kind: PanelKind
  lines: string
  x: string
  y: string
  color: string
  key: string
}

/** What a form says of a panel that is there, or of none. */
function draftOf(panel: Panel | null): Draft {
  const none: Draft = { kind: panel?.kind ?? 'line', lines: '', x: '', y: '', color: '', key: '' }
  if (panel === null) return none
  switch (panel.kind) {
    case 'line':
      return { ...none, lines: panel.metrics.join('\n'), x: panel.x }
    case 'parallel':
      return { ...none, lines: panel.columns.join('\n') }
    case 'bar':
      return { ...none, y: panel.y }
    case 'scatter':
      return { ...none, x: panel.x, y: panel.y, color: panel.color }
    default:
      return { ...none, key: panel.key }
  }
}

/** Null as long as something is missing. */
export function panelFrom({ kind, lines, x, y, color, key }: Draft): Panel | null {
  const names = [...new Set(lines.split('\n').map((line) => line.trim()).filter((line) => line !== ''))].slice(0, MOST_METRICS)
  switch (kind) {
    case 'line':
      return names.length === 0 ? null : { kind, metrics: names, x: x.trim() || '_step' }
    case 'parallel':
      return names.length < 2 ? null : { kind, columns: names }
    case 'bar':
      return y.trim() === '' ? null : { kind, y: y.trim() }
    case 'scatter':
      return x.trim() === '' || y.trim() === '' ? null : { kind, x: x.trim(), y: y.trim(), color: color.trim() }
    default:
      return key.trim() === '' ? null : { kind, key: key.trim() }
  }
}

export function PanelForm({ panel, newest, metrics, onClose, onDone }: { panel: Panel | null; newest: Run[]; metrics: string[]; onClose: () => void; onDone: (panel: Panel) => void }) {
  const t = useWords()
  const [draft, setDraft] = useState(() => draftOf(panel))
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change })
  const made = panelFrom(draft)
  const columns = useMemo<ColumnId[]>(
    () => [...keysOf(newest, 'config').map((key) => `config.${key}`), ...metricsOf(newest).map((key) => `summary.${key}`), 'duration'],
    [newest],
  )
  const keys = useMemo(
    () => ({ histogram: keysAmong(newest, isHistogram), media: keysAmong(newest, isMedia), table: keysAmong(newest, isTable) }),
    [newest],
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!made) return
    onDone(made)
    onClose()
  }
  const { kind } = draft
  return (
    <Dialog title={t(panel ? words.changePanel : words.addPanel, { name: '' })} onClose={onClose}>
      <form className="body" onSubmit={submit}>
        <Select label={t(words.kind)} value={kind} choices={KINDS.map((one) => [one, t(words.kinds[one])])} onChange={(event) => setDraft({ ...draftOf(null), kind: event.target.value as PanelKind })} />
        {kind === 'line' && (
          <>
            <Names label={t(words.metrics)} value={draft.lines} known={metrics} onChange={(lines) => set({ lines })} />
            <Known label={t(chartWords.x)} value={draft.x} known={[...AXES, ...metrics]} placeholder="_step" onChange={(x) => set({ x })} />
          </>
        )}
        {kind === 'parallel' && <Names label={t(words.columns)} value={draft.lines} known={columns} onChange={(lines) => set({ lines })} />}
        {kind === 'scatter' && <Known label={t(words.across)} value={draft.x} known={columns} placeholder="config.lr" onChange={(x) => set({ x })} />}
        {(kind === 'scatter' || kind === 'bar') && <Known label={t(words.up)} value={draft.y} known={columns} placeholder="summary.loss" onChange={(y) => set({ y })} />}
        {kind === 'scatter' && <Known label={t(words.color)} value={draft.color} known={columns} placeholder={t(words.byRun)} onChange={(color) => set({ color })} />}
        {(kind === 'histogram' || kind === 'media' || kind === 'table') && <Known label={t(words.key)} value={draft.key} known={keys[kind]} placeholder="" onChange={(key) => set({ key })} />}
        <div className="end">
          <Button onClick={onClose}>{t(shell.cancel)}</Button>
          <Button type="submit" kind="primary" disabled={!made}>{t(panel ? shell.save : words.addPanel)}</Button>
        </div>
      </form>
    </Dialog>
  )
}

function Known({ label, value, known, placeholder, onChange }: { label: string; value: string; known: readonly string[]; placeholder: string; onChange: (value: string) => void }) {
  const id = useId()
  return (
    <>
      <datalist id={id}>{known.map((name) => <option key={name} value={name} />)}</datalist>
      <Input label={label} list={id} value={value} placeholder={placeholder} onChange={(event) => onChange(event.target.value)} />
    </>
  )
}

function Names({ label, value, known, onChange }: { label: string; value: string; known: readonly string[]; onChange: (value: string) => void }) {
  const t = useWords()
  const given = value.split('\n')
  return (
    <>
      <TextArea label={label} hint={t(words.oneEach)} value={value} onChange={(event) => onChange(event.target.value)} />
      <Pick label={`${label} +`} value="" choices={[['', '+'], ...known.filter((name) => !given.includes(name)).map((name) => [name, name] as const)]} onChange={(event) => onChange([...given.filter((line) => line !== ''), event.target.value].join('\n'))} />
    </>
  )
}
