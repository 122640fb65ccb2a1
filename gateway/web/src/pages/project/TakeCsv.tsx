/** Every run that the filter leaves, whether it was scrolled to or not, as a table to take along. */
import { useState } from 'react'
import { listRuns, type Run } from '../../api/projects'
import { useWords } from '../../state/language'
import { IconButton } from '../../ui/button'
import { take } from '../../ui/taking'
import { useToasts } from '../../ui/toasts'
import { project as words } from '../../words/project'
import { csv, type ColumnId } from './columns'

const AT_ONCE = 500
const MOST = 20_000

interface Props {
  entity: string
  project: string
  columns: ColumnId[]
  keys: string[]
  filters: string | undefined
  order: string | null
}

export function TakeCsv({ entity, project, columns, keys, filters, order }: Props) {
  const t = useWords()
  const { tell, complain } = useToasts()
  const [busy, setBusy] = useState(false)
  const collect = async () => {
    const runs: Run[] = []
    let cursor: string | null = null
    do {
      const question = { filters, order: order ?? undefined, limit: AT_ONCE, cursor, keys: keys.length > 0 ? keys : ['none'] }
      const page: Awaited<ReturnType<typeof listRuns>> = await listRuns(entity, project, question)
      runs.push(...page.items)
      cursor = page.next
    } while (cursor !== null && runs.length < MOST)
    take(new Blob([csv(runs, columns)], { type: 'text/csv;charset=utf-8' }), `${project}.csv`)
    if (cursor !== null) tell(t(words.csvCut, { count: runs.length }))
  }
  const start = () => {
    setBusy(true)
    collect().catch(complain).finally(() => setBusy(false))
  }
  return <IconButton icon="download" label={t(words.csv)} disabled={busy} onClick={start} />
}
