/** What was logged under one name, step by step. */
import { useMemo, useRef, useState } from 'react'
import type { RunPath } from '../api/runs'
import { useWords } from '../state/language'
import { useFiles, useMoments } from '../state/media'
import { useVisible } from '../state/visible'
import { Button, IconButton } from '../ui/button'
import { Failed, Waiting } from '../ui/states'
import { media as words } from '../words/media'
import { indexAt, mediaOf } from './kinds'
import { MediumView } from './MediumView'

const AT_FIRST = 12

interface PanelProps {
  path: RunPath
  name: string
  /** Where several runs have it: whose it is. */
  title?: string
  running: boolean
  overlays: boolean
  step: number | null
  onStep: (step: number | null) => void
}

export function MediaPanel(props: PanelProps) {
  const element = useRef<HTMLElement>(null)
  const seen = useRef(false)
  seen.current = useVisible(element) || seen.current
  return (
    <section className="chart media" ref={element} aria-label={props.title ?? props.name} data-media={props.name}>
      {seen.current ? <Body {...props} /> : <header><h3 className="clip">{props.title ?? props.name}</h3></header>}
    </section>
  )
}

function Body({ path, name, title, running, overlays, step, onStep }: PanelProps) {
  const t = useWords()
  const found = useMoments(path, name, running)
  const [all, setAll] = useState(false)
  const moments = useMemo(() => (found.data ?? []).filter(([, value]) => mediaOf(value).length > 0), [found.data])
  const steps = useMemo(() => moments.map(([at]) => at), [moments])
  const index = indexAt(steps, step)
  const items = useMemo(() => mediaOf(moments[index]?.[1]), [moments, index])
  const shown = useMemo(() => (all ? items : items.slice(0, AT_FIRST)), [items, all])
  const names = useMemo(() => shown.flatMap(({ path, boxes, masks }) => [path, ...[...boxes, ...masks].map(([, file]) => file)]), [shown])
  const files = useFiles(path, names)
  return (
    <>
      <header>
        <h3 className="clip" title={name}>{title ?? name}</h3>
        {steps.length > 0 && <span className="quiet small numbers nowrap">{t(words.step)} {steps[index]}</span>}
      </header>
      {found.isPending && <Waiting />}
      {found.isError && <Failed error={found.error} again={() => void found.refetch()} />}
      <StepSlider {...{ name, steps, index }} onIndex={(at) => onStep(at === null ? null : (steps[at] ?? null))} />
      <div className={shown.length > 1 ? 'media-grid many' : 'media-grid'}>
        {shown.map((medium, at) => <MediumView key={`${at} ${medium.path}`} {...{ medium, files, overlays, name }} />)}
      </div>
      {shown.length < items.length && <Button slim onClick={() => setAll(true)}>{t(words.all, { count: items.length })}</Button>}
    </>
  )
}

/** One notch for each time that it was logged; at the last one it follows what comes. */
export function StepSlider({ name, steps, index, onIndex }: { name: string; steps: readonly number[]; index: number; onIndex: (index: number | null) => void }) {
  const t = useWords()
  if (steps.length < 2) return null
  const go = (to: number) => onIndex(to >= steps.length - 1 ? null : Math.max(0, to))
  return (
    <div className="row slider">
      <IconButton icon="left" label={`${t(words.stepOf, { name })} −`} disabled={index <= 0} onClick={() => go(index - 1)} />
      <input className="grow" type="range" min={0} max={steps.length - 1} value={index} aria-label={t(words.stepOf, { name })} aria-valuetext={String(steps[index])} onChange={(event) => go(Number(event.target.value))} />
      <IconButton icon="right" label={`${t(words.stepOf, { name })} +`} disabled={index >= steps.length - 1} onClick={() => go(index + 1)} />
    </div>
  )
}
