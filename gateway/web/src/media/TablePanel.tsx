/** A logged table: found, sorted and paged on the server. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useMemo, useState } from 'react'
import type { Value } from '../api/projects'
import { getTable, type RunPath } from '../api/runs'
import { shown, type ColumnId } from '../pages/project/columns'
import { typed, type Operator } from '../pages/project/filters'
import { useWords } from '../state/language'
import { useMoments, type FilesAtHand } from '../state/media'
import { Button, IconButton } from '../ui/button'
import { Pick } from '../ui/field'
import { Empty, Failed, Notice, Waiting } from '../ui/states'
import { media as words } from '../words/media'
import { project as projectWords } from '../words/project'
import { indexAt, mediaOf, tableOf, type LoggedTable } from './kinds'
import { StepSlider } from './MediaPanel'
import { MediumView } from './MediumView'

const ROWS = 25
/** Links to files last an hour. */
const LINKS_MS = 30 * 60_000
interface Condition {
  column: string
  op: TableOperator
  value: string
}
type TableOperator = Extract<Operator, 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte'> | 'contains'
const CONDITIONS: readonly TableOperator[] = ['contains', 'eq', 'ne', 'gt', 'gte', 'lt', 'lte']

export function TablePanel({ path, name, running }: { path: RunPath; name: string; running: boolean }) {
  const t = useWords()
  const found = useMoments(path, name, running)
  const [step, setStep] = useState<number | null>(null)
  const moments = useMemo(() => (found.data ?? []).filter(([, value]) => tableOf(value) !== null), [found.data])
  const steps = useMemo(() => moments.map(([at]) => at), [moments])
  const index = indexAt(steps, step)
  const table = tableOf(moments[index]?.[1])
  return (
    <section className="panel table" aria-label={name} data-table={name}>
      <header>
        <h2 className="clip">{name}</h2>
        {steps.length > 0 && <span className="quiet small numbers nowrap">{t(words.step)} {steps[index]}</span>}
      </header>
      {found.isPending && <Waiting />}
      {found.isError && <Failed error={found.error} again={() => void found.refetch()} />}
      <StepSlider {...{ name, steps, index }} onIndex={(at) => setStep(at === null ? null : (steps[at] ?? null))} />
      {table && <Rows {...{ path, table }} key={name} />}
    </section>
  )
}

function Rows({ path, table }: { path: RunPath; table: LoggedTable }) {
  const t = useWords()
  const [find, setFind] = useState('')
  const [conditions, setConditions] = useState<Condition[]>([])
  const [order, setOrder] = useState<string | null>(null)
  const [offset, setOffset] = useState(0)
  const asked = useDeferredValue(find)
  const filters = useMemo(() => {
    const whole = conditions.filter(({ column, value }) => column !== '' && value !== '')
    return whole.length === 0 ? null : JSON.stringify(whole.map(({ column, op, value }) => [column, op, op === 'contains' ? value : typed(value)]))
  }, [conditions])
  const question = { file: table.path, artifact: table.artifact, find: asked, filters, order, offset, limit: ROWS }
  const found = useQuery({ queryKey: ['table', path.entity, path.project, path.run, question], queryFn: () => getTable(path, question), placeholderData: keepPreviousData, staleTime: LINKS_MS })
  const page = found.data
  const files = useMemo<FilesAtHand>(() => {
    const known = new Map((page?.files ?? []).map((file) => [file.name, file]))
    return { file: (name) => known.get(name) ?? null, pending: false }
  }, [page])
  const from = (change: () => void) => {
    setOffset(0)
    change()
  }
  const set = (index: number, change: Partial<Condition>) => from(() => setConditions(conditions.map((one, at) => (at === index ? { ...one, ...change } : one))))
  if (page === undefined) return found.isError ? <Failed error={found.error} again={() => void found.refetch()} /> : <Waiting />
  return (
    <>
      <div className="filters">
        <div className="row wrap">
          <input className="input slim grow" type="search" aria-label={t(words.find)} placeholder={t(words.find)} value={find} onChange={(event) => from(() => setFind(event.target.value))} />
          <Button slim icon="plus" onClick={() => setConditions([...conditions, { column: page.columns[0] ?? '', op: 'contains', value: '' }])}>{t(projectWords.addClause)}</Button>
        </div>
        {conditions.map((one, index) => (
          <div className="row wrap" key={index}>
            <Pick label={t(words.column)} value={one.column} choices={page.columns.map((column) => [column, column])} onChange={(event) => set(index, { column: event.target.value })} />
            <Pick label={t(projectWords.operator)} value={one.op} choices={CONDITIONS.map((op) => [op, op === 'contains' ? t(words.contains) : t(projectWords.operators[op])])} onChange={(event) => set(index, { op: event.target.value as TableOperator })} />
            <input className="input slim" aria-label={t(projectWords.value)} placeholder={t(projectWords.value)} value={one.value} onChange={(event) => set(index, { value: event.target.value })} />
            <IconButton icon="close" label={t(projectWords.removeClause)} onClick={() => from(() => setConditions(conditions.filter((_, at) => at !== index)))} />
          </div>
        ))}
        {found.isError && <Failed error={found.error} />}
      </div>
      <div className="scroll" tabIndex={0} role="region" aria-label={t(words.tables)}>
        <table className="plain logged">
          <thead><tr><th scope="col" className="numbers quiet">#</th>{page.columns.map((column, at) => <Head key={at} column={column} order={order} onOrder={(next) => from(() => setOrder(next))} />)}</tr></thead>
          <tbody>
            {page.rows.map((row, index) => (
              <tr key={page.numbers[index]}>
                <td className="numbers quiet">{page.numbers[index]}</td>
                {page.columns.map((column, at) => <td key={at}><Cell value={row[at]} files={files} name={column} /></td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {page.rows.length === 0 && <Empty title={t(words.noRows)} />}
      <footer className="row wrap">
        <span className="small quiet grow" role="status">{t(words.rows, { first: page.rows.length === 0 ? 0 : offset + 1, last: offset + page.rows.length, count: page.matching })}</span>
        <IconButton icon="left" label={t(words.earlier)} disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - ROWS))} />
        <IconButton icon="right" label={t(words.later)} disabled={offset + ROWS >= page.matching} onClick={() => setOffset(offset + ROWS)} />
      </footer>
      {table.rows !== null && table.rows > page.total && <Notice>{t(words.partly, { shown: page.total, count: table.rows })}</Notice>}
    </>
  )
}

function Head({ column, order, onOrder }: { column: ColumnId; order: string | null; onOrder: (order: string | null) => void }) {
  const sorted = order?.slice(1) === column ? order[0] : null
  const next = order === `+${column}` ? `-${column}` : order === `-${column}` ? null : `+${column}`
  return (
    <th scope="col" aria-sort={sorted === '-' ? 'descending' : sorted === '+' ? 'ascending' : undefined}>
      <button type="button" className="sorter" onClick={() => onOrder(next)}>
        <span className="clip">{column}</span>
        {sorted && <span aria-hidden="true">{sorted === '-' ? '↓' : '↑'}</span>}
      </button>
    </th>
  )
}

const LONGEST = 300

function Cell({ value, files, name }: { value: Value | undefined; files: FilesAtHand; name: string }) {
  const items = mediaOf(value)
  if (items.length > 0) return items.map((medium, at) => <MediumView key={at} overlays {...{ medium, files, name }} />)
  const text = shown(value)
  return <span className={typeof value === 'number' ? 'numbers' : 'anywhere'} title={text.length > LONGEST ? text : undefined}>{text.slice(0, LONGEST)}{text.length > LONGEST && '…'}</span>
}
