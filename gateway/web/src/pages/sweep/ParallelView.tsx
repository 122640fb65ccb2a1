/** What was tried beside what came of it: a line for each run across the parameters to the metric. */
import { useMemo } from 'react'
import type { Run } from '../../api/projects'
import type { Sweep } from '../../api/sweeps'
import { ParallelPlot } from '../../charts/ParallelPlot'
import { useWords } from '../../state/language'
import { Panel } from '../../ui/shell'
import { sweeps as words } from '../../words/sweeps'
import { axesOf, tried } from './parallel'

const FEWEST = 2

export function ParallelView({ sweep, runs }: { sweep: Sweep; runs: Run[] }) {
  const t = useWords()
  const metric = sweep.metric ?? ''
  const axes = useMemo(() => axesOf(sweep.parameters, metric, runs), [sweep.parameters, metric, runs])
  const threads = useMemo(() => tried(axes, sweep.maximize, runs).map(({ merit, ...way }) => ({ ...way, color: 'var(--accent)', strength: merit ** 2 })), [axes, sweep.maximize, runs])
  return (
    <Panel title={t(words.together)}>
      <div className="body stack tight">
        {axes.length < FEWEST || threads.length === 0 ? <p className="quiet">{t(words.tooFew)}</p> : (
          <>
            <p className="quiet small">{t(words.togetherWhy)}</p>
            <ParallelPlot axes={axes} threads={threads} height={320} />
          </>
        )}
      </div>
    </Panel>
  )
}
