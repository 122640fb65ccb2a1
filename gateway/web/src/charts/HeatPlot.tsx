/** A histogram that was logged again and again: steps across, values up, counts as colour. */
import { useEffect, useMemo, useRef } from 'react'
import type { RunPath } from '../api/runs'
import { useWords } from '../state/language'
import { useMoments } from '../state/media'
import { useShade } from '../state/theme'
import { Failed, Waiting } from '../ui/states'
import { views as words } from '../words/views'
import { heatOf, type Heat } from './plots'
import { short } from './series'

export function HeatPlot({ path, name, label }: { path: RunPath; name: string; label: string }) {
  const t = useWords()
  const found = useMoments(path, name, false)
  const heat = useMemo(() => heatOf(found.data ?? []), [found.data])
  if (found.isPending) return <Waiting />
  if (found.isError) return <Failed error={found.error} again={() => void found.refetch()} />
  if (!heat) return <p className="state small">{t(words.nothing)}</p>
  return (
    <figure className="heat">
      <figcaption className="small quiet clip">{label}</figcaption>
      <span className="numbers small high">{short(heat.high)}</span>
      <span className="numbers small low">{short(heat.low)}</span>
      <Cells heat={heat} label={t(words.heatOf, { name, count: heat.steps.length })} />
      <span className="numbers small first">{heat.steps[0]}</span>
      <span className="numbers small last">{heat.steps.at(-1)}</span>
    </figure>
  )
}

function Cells({ heat, label }: { heat: Heat; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const shade = useShade()
  useEffect(() => {
    const element = canvas.current
    const context = element?.getContext('2d')
    if (!element || !context) return
    const rows = heat.columns[0]?.length ?? 1
    element.width = heat.columns.length
    element.height = rows
    const [red, green, blue] = shade === 'dark' ? [255, 138, 87] : [180, 56, 13]
    heat.columns.forEach((column, at) =>
      column.forEach((share, row) => {
        // Few are seen, too: what is a hundredth of the most has a tenth of its colour.
        context.fillStyle = `rgba(${red}, ${green}, ${blue}, ${Math.sqrt(share)})`
        context.fillRect(at, rows - 1 - row, 1, 1)
      }),
    )
  }, [heat, shade])
  return <canvas ref={canvas} role="img" aria-label={label} />
}
