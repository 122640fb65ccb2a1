/** `/{entity}/{project}/reports/new`. */
import { useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { createReport, type Written } from '../../api/reports'
import { useParts } from '../../state/address'
import { useWords } from '../../state/language'
import { Heading } from '../../ui/shell'
import { reports as words } from '../../words/reports'
import { entityCrumb } from '../entity'
import { aText } from './blocks'
import { Editor } from './Editor'

export default function NewReportPage() {
  const t = useWords()
  const client = useQueryClient()
  const { entity = '', project = '' } = useParts()
  const [, go] = useLocation()
  const list = `/${entity}/${project}/reports`
  const save = async (written: Written) => {
    const made = await createReport(entity, project, written)
    client.setQueryData(['report', made.id], made)
    void client.invalidateQueries({ queryKey: ['reports', entity, project] })
    go(`${list}/${made.id}`, { replace: true })
  }
  return (
    <div className="page middle">
      <Heading crumbs={[entityCrumb(entity), { name: project, href: `/${entity}/${project}` }, { name: t(words.title), href: list }]} title={t(words.fresh)} />
      <Editor entity={entity} project={project} before={{ title: '', description: '', blocks: [aText()] }} doing={t(words.publish)} onSave={save} onLeave={() => go(list)} />
    </div>
  )
}
