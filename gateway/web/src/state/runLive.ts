/** One run as it goes on, until its last word. */
import { useQueryClient, type Query } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { Run } from '../api/projects'
import { livePoints, type RunPath } from '../api/runs'
import { growCurves, redrawCurves } from './curves'
import { useLive } from './live'

export const isAlive = (run: Run): boolean => run.state === 'running' || run.state === 'preempting' || run.state === 'pending'

/** What is asked of a run besides its curves, which grow. */
const ASKED = ['run', 'keys', 'system', 'console', 'files', 'moments', 'run artifacts']

const ofRun = ({ entity, project, run }: RunPath) => ({
  predicate: ({ queryKey: [what, ...whose] }: Query) => ASKED.includes(String(what)) && whose[0] === entity && whose[1] === project && whose[2] === run,
})

interface Points {
  rows: Record<string, unknown>[]
  last_step: number
}

/** Follows a run that goes on; `hear` is told which keys it logs. */
export function useRunLive(run: Run, path: RunPath, alive: boolean, hear: (keys: string[]) => void): void {
  const client = useQueryClient()
  // A run has ended before all that it left is there: only the stream knows when to stop listening.
  const [listens, setListens] = useState(alive)
  const from = useRef(run.last_step + 1)
  const reached = useRef(run.last_step)
  useEffect(() => {
    if (alive) setListens(true)
  }, [alive])
  const stop = () => {
    setListens(false)
    void client.invalidateQueries(ofRun(path))
  }
  const moved = (facts: Partial<Run>) => {
    client.setQueryData<Run>(['run', path.entity, path.project, path.run], (known) => known && { ...known, ...facts })
    if (facts.last_step === undefined) return
    if (facts.last_step < reached.current) {
      from.current = facts.last_step + 1
      void redrawCurves(client, path)
    }
    reached.current = facts.last_step
  }
  useLive(run.id, {
    from: listens ? () => livePoints(path, from.current) : null,
    told: {
      points: (data) => {
        const { rows, last_step } = data as Points
        // Steps that were there already come again where the run was wound back, or begun afresh.
        if (Number(rows[0]?._step) < from.current) void redrawCurves(client, path)
        else growCurves(client, path, rows)
        from.current = last_step + 1
        hear(rows.flatMap(Object.keys))
      },
      run: (data) => moved(data as Partial<Run>),
      end: stop,
      gone: stop,
    },
    onLost: () => void client.invalidateQueries({ queryKey: ['run', path.entity, path.project, path.run] }),
  })
}
