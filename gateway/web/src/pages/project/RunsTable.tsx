/** A table of any number of runs: only the rows on the screen are drawn. */
import { createColumnHelper, getCoreRowModel, useReactTable, type Header } from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, useCallback, useEffect, useMemo, useRef, useState, type CSSProperties } from 'react'
import { Link } from 'wouter'
import type { Run } from '../../api/projects'
import { useWords } from '../../state/language'
import { useWidth } from '../../state/width'
import { Button } from '../../ui/button'
import { Moment, StateBadge } from '../../ui/marks'
import { Icon } from '../../ui/icons'
import { duration } from '../../ui/times'
import { project as words } from '../../words/project'
import { shell } from '../../words/shell'
import { LEAST_PX, MOST_PX, orderOf, parseWidths, printWidths, shown, staying, valueOf, type ColumnId } from './columns'
import { columnName } from './columnNames'

const ROW_PX = 36
const AHEAD = 12
const TICK_PX = 40
/** Beside what stays in sight there is at least so much to see of the rest. */
const PASSING_PX = 140

export interface RunsTableProps {
  runs: Run[]
  columns: ColumnId[]
  /** So many of the first columns are pinned. */
  pinned: number
  onPin: (column: ColumnId, on: boolean) => void
  /** Widths that somebody drew, as `printWidths` writes them. */
  widths: string | null
  onWiden: (widths: string | null) => void
  order: string | null
  /** Under which head a run stands; runs of a group follow one another. */
  groupOf?: ((run: Run) => string) | undefined
  onOrder: (order: string | null) => void
  selected: ReadonlySet<string>
  onSelect: (names: Set<string>) => void
  /** Names of the runs that charts draw, with their colours; null where there are no charts. */
  drawn?: ReadonlyMap<string, string>
  onDraw?: (name: string) => void
  more: (() => void) | null
  /** What asks once more for runs that did not come. */
  stuck: (() => void) | null
}

const helper = createColumnHelper<Run>()

export function RunsTable({ runs, columns, pinned, onPin, widths: drawnWidths, onWiden, order, groupOf, onOrder, selected, onSelect, drawn, onDraw, more, stuck }: RunsTableProps) {
  const t = useWords()
  const scroller = useRef<HTMLDivElement>(null)
  const narrow = onDraw !== undefined || window.innerWidth < 600
  const defined = useMemo(
    () => [
      helper.display({ id: 'name', size: narrow ? 160 : 260, minSize: 120, maxSize: MOST_PX, header: t(words.ofRun) }),
      ...columns.map((column) => helper.display({ id: column, size: widthOf(column), minSize: LEAST_PX, maxSize: MOST_PX, header: columnName(column, t) })),
    ],
    [columns, t, narrow],
  )
  const [sizing, setSizing] = useSizing(drawnWidths)
  const table = useReactTable({ data: NO_ROWS, columns: defined, getCoreRowModel: CORE, columnResizeMode: 'onChange', state: { columnSizing: sizing }, onColumnSizingChange: setSizing })
  const resizing = table.getState().columnSizingInfo.isResizingColumn
  // The address follows once the mouse lets go, not with every pixel.
  useEffect(() => {
    const drawn = printWidths(sizing) || null
    if (!resizing && drawn !== drawnWidths) onWiden(drawn)
  }, [resizing, sizing]) // eslint-disable-line react-hooks/exhaustive-deps
  const rows = useMemo(() => rowsOf(runs, groupOf), [runs, groupOf])
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PX, overscan: AHEAD })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (more && last >= rows.length - AHEAD) more()
  }, [last, rows.length, more])
  const all = runs.length > 0 && runs.every((run) => selected.has(run.name))
  const toggled = useRef({ selected, onSelect, onDraw })
  toggled.current = { selected, onSelect, onDraw }
  const toggle = useCallback((name: string) => {
    const next = new Set(toggled.current.selected)
    if (!next.delete(name)) next.add(name)
    toggled.current.onSelect(next)
  }, [])
  const draw = useCallback((name: string) => toggled.current.onDraw?.(name), [])
  const widths = table.getFlatHeaders().map((header) => header.getSize())
  const sizes = widths.join(' ')
  const stays = staying(widths, pinned + 1, useWidth(scroller) - TICK_PX - PASSING_PX)
  return (
    <div className="runs" ref={scroller} tabIndex={0} role="region" aria-label={t(words.runs)}>
      <table style={{ width: table.getTotalSize() + TICK_PX }} aria-rowcount={runs.length}>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              <th className="tick"><input type="checkbox" aria-label={t(words.selectAll)} checked={all} onChange={() => onSelect(new Set(all ? [] : runs.map((run) => run.name)))} /></th>
              {group.headers.map((header, index) => <Head key={header.id} header={header} order={order} onOrder={onOrder} place={placeOf(widths, index, stays)} pinned={index > 0 && index <= pinned} onPin={onPin} />)}
            </tr>
          ))}
        </thead>
        <tbody style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index]
            if (row === undefined) return null
            if (typeof row === 'string') return <tr key={`group ${row} ${item.index}`} className="group-head" style={{ top: item.start }}><th scope="rowgroup" colSpan={columns.length + 2}>{row}</th></tr>
            const run = row
            return (
              <RunRow key={run.id} run={run} top={item.start} sizes={sizes} stays={stays} columns={columns} chosen={selected.has(run.name)} color={drawn?.get(run.name) ?? null} onToggle={toggle} {...(onDraw ? { onDraw: draw } : {})} />
            )
          })}
        </tbody>
      </table>
      {stuck && (
        <div className="row bar stuck" role="alert">
          <span>{t(words.noMore)}</span>
          <Button slim onClick={stuck}>{t(shell.again)}</Button>
        </div>
      )}
    </div>
  )
}

/** Widths of columns, which a view that is opened brings along. */
function useSizing(drawn: string | null) {
  const [sizing, setSizing] = useState(() => parseWidths(drawn))
  useEffect(() => setSizing(parseWidths(drawn)), [drawn])
  return [sizing, setSizing] as const
}

/** Runs, with a head before the first of each group. */
function rowsOf(runs: Run[], groupOf: ((run: Run) => string) | undefined): (Run | string)[] {
  if (groupOf === undefined) return runs
  let last: string | null = null
  return runs.flatMap((run) => {
    const group = groupOf(run)
    if (group === last) return [run]
    last = group
    return [group, run]
  })
}

/** How a cell of a column stands: those that stay in sight lie beside one another at the left. */
function placeOf(widths: readonly number[], index: number, stays: number): { className?: string; style: CSSProperties } {
  const style = { width: widths[index] }
  if (index >= stays) return { style }
  const left = widths.slice(0, index).reduce((sum, width) => sum + width, TICK_PX)
  return { className: index === stays - 1 ? 'pinned edge' : 'pinned', style: { ...style, left } }
}

const NO_ROWS: Run[] = []
const CORE = getCoreRowModel<Run>()

interface HeadProps {
  header: Header<Run, unknown>
  order: string | null
  onOrder: (order: string | null) => void
  place: ReturnType<typeof placeOf>
  pinned: boolean
  onPin: (column: ColumnId, on: boolean) => void
}

function Head({ header, order, onOrder, place, pinned, onPin }: HeadProps) {
  const t = useWords()
  const field = orderOf(header.id === 'name' ? 'display_name' : header.id)
  const sorted = field && order?.slice(1) === field ? order[0] : null
  const name = String(header.column.columnDef.header)
  const next = order === `-${field}` ? `+${field}` : order === `+${field}` ? null : `-${field}`
  return (
    <th {...place} aria-sort={sorted === '-' ? 'descending' : sorted === '+' ? 'ascending' : undefined}>
      {field ? (
        <button type="button" className="sorter" onClick={() => onOrder(next)} title={name}>
          <span className="clip">{name}</span>
          {sorted && <span aria-hidden="true">{sorted === '-' ? '↓' : '↑'}</span>}
        </button>
      ) : (
        <span className="sorter clip">{name}</span>
      )}
      {header.id !== 'name' && (
        <button type="button" className="pin" aria-pressed={pinned} aria-label={t(words.pin, { name })} title={t(words.pin, { name })} onClick={() => onPin(header.id, !pinned)}>
          <Icon name="pin" />
        </button>
      )}
      <span className="resizer" title={t(words.widen)} onMouseDown={header.getResizeHandler()} onTouchStart={header.getResizeHandler()} onDoubleClick={() => header.column.resetSize()} />
    </th>
  )
}

interface RowProps {
  run: Run
  top: number
  /** Widths of the columns, as one text, so that equal ones are equal. */
  sizes: string
  /** So many of the first columns stay in sight. */
  stays: number
  columns: ColumnId[]
  chosen: boolean
  color: string | null
  onToggle: (name: string) => void
  onDraw?: (name: string) => void
}

/** Drawn again only when something of it changes: scrolling moves rows, it does not make them. */
const RunRow = memo(function RunRow({ run, top, sizes, stays, columns, chosen, color, onToggle, onDraw }: RowProps) {
  const t = useWords()
  const widths = sizes.split(' ').map(Number)
  return (
    <tr style={{ top }} aria-selected={chosen} data-run={run.name}>
      <td className="tick"><input type="checkbox" aria-label={t(words.select, { name: run.display_name })} checked={chosen} onChange={() => onToggle(run.name)} /></td>
      <td {...placeOf(widths, 0, stays)}>
        <span className="row name">
          {onDraw && (
            <button type="button" className="eye" aria-pressed={color !== null} aria-label={t(words.drawn, { name: run.display_name })} onClick={() => onDraw(run.name)} style={color ? { color } : undefined}>
              <Icon name={color ? 'eye' : 'hidden'} />
            </button>
          )}
          <Link className="clip grow" href={`/${run.entity}/${run.project}/runs/${run.name}`} title={run.display_name}>{run.display_name}</Link>
          {run.state === 'running' && <span className="dot live running" />}
        </span>
      </td>
      {columns.map((column, index) => <td key={column} {...placeOf(widths, index + 1, stays)}><Cell run={run} column={column} /></td>)}
    </tr>
  )
})

function Cell({ run, column }: { run: Run; column: ColumnId }) {
  const value = valueOf(run, column)
  if (column === 'state') return <StateBadge state={run.state} />
  if (column === 'created_at') return <Moment at={run.created_at} />
  if (column === 'duration') return <span className="numbers">{duration(Number(value))}</span>
  if (column === 'tags') return <span className="row">{run.tags.map((tag) => <span className="badge" key={tag}>{tag}</span>)}</span>
  const text = shown(value)
  return <span className={typeof value === 'number' ? 'clip numbers' : 'clip'} title={text}>{text}</span>
}

const WIDTHS: Record<string, number> = { state: 104, username: 110, created_at: 140, duration: 90, tags: 160, notes: 220 }
const widthOf = (column: ColumnId): number => WIDTHS[column] ?? 120
