/** What a run wrote to its console: coloured, searched, followed. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { LogLine, RunPath } from '../../api/runs'
import { useWords } from '../../state/language'
import { Check } from '../../ui/field'
import { Empty, Loaded } from '../../ui/states'
import { run as words } from '../../words/run'
import { pieces, plain } from './ansi'
import { consoleNow, type Log } from './following'

const LINE_PX = 19
const LOOK_MS = 1500

export function Console({ path, running }: { path: RunPath; running: boolean }) {
  const t = useWords()
  const client = useQueryClient()
  const queryKey = ['console', path.entity, path.project, path.run]
  const found = useQuery({
    queryKey,
    queryFn: () => consoleNow(path, client.getQueryData<Log>(queryKey)),
    refetchInterval: running ? LOOK_MS : false,
  })
  return (
    <Loaded query={found} isEmpty={(page) => page.items.length === 0} empty={<div className="panel"><Empty title={t(words.noConsole)} /></div>}>
      {(page) => <Lines lines={page.items} total={page.total} running={running} />}
    </Loaded>
  )
}

function Lines({ lines, total, running }: { lines: LogLine[]; total: number; running: boolean }) {
  const t = useWords()
  const scroller = useRef<HTMLDivElement>(null)
  const [wanted, setWanted] = useState('')
  const [follow, setFollow] = useState(running)
  const shown = useMemo(() => {
    const low = wanted.toLowerCase()
    return low === '' ? lines : lines.filter((line) => plain(line.line).toLowerCase().includes(low))
  }, [lines, wanted])
  const virtual = useVirtualizer({ count: shown.length, getScrollElement: () => scroller.current, estimateSize: () => LINE_PX, overscan: 20 })
  useEffect(() => {
    if (follow) scroller.current?.scrollTo({ top: scroller.current.scrollHeight })
  }, [follow, shown.length])
  return (
    <section className="stack tight">
      <div className="row wrap">
        <input className="input slim" type="search" aria-label={t(words.findLines)} placeholder={t(words.findLines)} value={wanted} onChange={(event) => setWanted(event.target.value)} />
        {wanted !== '' && <span className="quiet small">{t(words.matches, { count: shown.length })}</span>}
        <Check label={t(words.follow)} checked={follow} onChange={setFollow} />
        <span className="push quiet small">{total > lines.length ? t(words.lastLines, { shown: lines.length, total }) : t(words.lines, { count: total })}</span>
      </div>
      <div className="console" ref={scroller} tabIndex={0} role="log" aria-label={t(words.console)} aria-live="off" onWheel={(event) => event.deltaY < 0 && setFollow(false)}>
        <div style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const line = shown[item.index]
            return line && (
              <div className="line" key={line.number} style={{ transform: `translateY(${item.start}px)`, height: LINE_PX }}>
                <span>{line.number + 1}</span>
                <span>{pieces(line.line).map((piece, index) => <span key={index} className={piece.className || undefined} style={piece.color ? { color: piece.color } : undefined}>{piece.text}</span>)}</span>
              </div>
            )
          })}
        </div>
      </div>
    </section>
  )
}
