/** What columns are called. */
import type { Word } from '../../state/language'
import { project as words } from '../../words/project'
import { shell } from '../../words/shell'
import type { ColumnId, Own } from './columns'

const NAMES: Record<Own, Word> = {
  display_name: shell.name,
  state: words.state,
  username: words.user,
  created_at: words.created,
  duration: words.duration,
  last_step: words.lastStep,
  tags: words.tags,
  group: words.group,
  job_type: words.jobType,
  host: words.host,
  commit: words.commit,
  notes: words.notes,
}

export function columnName(column: ColumnId, t: (word: Word) => string): string {
  const own = NAMES[column as Own]
  if (own) return t(own)
  return column.replace(/^(config|summary)\./, '')
}
