/** A report as visitors see it: its text, and the lines of its charts. */
import { useMemo } from 'react'
import { visited } from '../../api/runs'
import type { Shared } from '../../api/shares'
import { colorOf } from '../../charts/palette'
import { useWords } from '../../state/language'
import { useShade } from '../../state/theme'
import { Heading, Panel } from '../../ui/shell'
import { reports as words } from '../../words/reports'
import { Text } from '../report/Blocks'
import { Charts } from '../report/Charts'

export function SharedReport({ report, runs, token }: { report: NonNullable<Shared['report']>; runs: Shared['runs']; token: string }) {
  const t = useWords()
  const shade = useShade()
  const known = useMemo(() => new Map(runs.map((run) => [run.id, run.display_name])), [runs])
  const drawn = (ids: string[]) => ids.map((id, index) => ({ path: visited(token, id), name: known.get(id) ?? id, color: colorOf(index, shade) }))
  return (
    <>
      <Heading title={report.title} />
      {report.description && <p className="quiet">{report.description}</p>}
      <Panel>
        <div className="body stack loose">
          {report.blocks.length === 0 && <p className="quiet">{t(words.empty)}</p>}
          {report.blocks.map((block, index) =>
            block.kind === 'markdown' ? <Text key={index} text={block.text} /> : <Charts key={index} charts={block.charts} runs={drawn(block.runs ?? [])} />,
          )}
        </div>
      </Panel>
    </>
  )
}
