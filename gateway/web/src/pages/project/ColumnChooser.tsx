/** Which columns the table shows. */
import { useMemo, useState } from 'react'
import type { Run } from '../../api/projects'
import { useWords } from '../../state/language'
import { Check } from '../../ui/field'
import { Dialog } from '../../ui/dialog'
import { project as words } from '../../words/project'
import { columnName } from './columnNames'
import { keysOf, OWN, type ColumnId } from './columns'

const SHOWN = 200

export function ColumnChooser({ runs, columns, onChange, onClose }: {
  runs: Run[]
  columns: ColumnId[]
  onChange: (columns: ColumnId[]) => void
  onClose: () => void
}) {
  const t = useWords()
  const [wanted, setWanted] = useState('')
  const groups = useMemo(
    () =>
      [
        [words.ofRun, OWN.filter((own) => own !== 'display_name')],
        [words.ofConfig, keysOf(runs, 'config').map((key) => `config.${key}`)],
        [words.ofSummary, keysOf(runs, 'summary').map((key) => `summary.${key}`)],
      ] as const,
    [runs],
  )
  const toggle = (column: ColumnId, on: boolean) => onChange(on ? [...columns, column] : columns.filter((one) => one !== column))
  const fits = (column: ColumnId) => columnName(column, t).toLowerCase().includes(wanted.toLowerCase())
  return (
    <Dialog title={t(words.columns)} onClose={onClose}>
      <div className="body">
        <input className="input" type="search" data-focus aria-label={t(words.findColumns)} placeholder={t(words.findColumns)} value={wanted} onChange={(event) => setWanted(event.target.value)} />
        {groups.map(([title, ids]) => {
          const found = ids.filter(fits)
          return found.length > 0 && (
            <fieldset className="choices-list" key={title[0]}>
              <legend className="small quiet">{t(title)}</legend>
              {found.slice(0, SHOWN).map((column) => (
                <Check key={column} label={columnName(column, t)} checked={columns.includes(column)} onChange={(on) => toggle(column, on)} />
              ))}
            </fieldset>
          )
        })}
      </div>
    </Dialog>
  )
}
