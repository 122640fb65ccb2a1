/** `/{entity}/{project}/reports/{report}`: read, written, talked about. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { isProblem, Problem } from '../api/client'
import { changeReport, deleteReport, getReport, undeleteReport, type Report, type Written } from '../api/reports'
import { useParts } from '../state/address'
import { useWords } from '../state/language'
import { useSession } from '../state/session'
import { Button } from '../ui/button'
import { Confirm } from '../ui/dialog'
import { Face, Moment } from '../ui/marks'
import { Heading, Panel } from '../ui/shell'
import { Loaded } from '../ui/states'
import { useToasts } from '../ui/toasts'
import { reports as words } from '../words/reports'
import { shell } from '../words/shell'
import { entityCrumb } from './entity'
import { Blocks } from './report/Blocks'
import { reportIdOf } from './report/blocks'
import { Comments } from './report/Comments'
import { Editor } from './report/Editor'
import { ShareButton } from './sharing/ShareButton'

export default function ReportPage() {
  const { report = '' } = useParts()
  const id = reportIdOf(report)
  const found = useQuery({ queryKey: ['report', id], queryFn: () => getReport(id) })
  return <div className="page middle"><Loaded query={found}>{(it) => <Shown report={it} key={it.id} />}</Loaded></div>
}

function Shown({ report }: { report: Report }) {
  const t = useWords()
  const { me } = useSession()
  const client = useQueryClient()
  const [writing, setWriting] = useState(false)
  const { entity, project } = report
  const there = `/${entity}/${project}`
  const crumbs = [entityCrumb(entity), { name: project, href: there }, { name: t(words.title), href: `${there}/reports` }]
  const save = async (written: Written) => {
    const changed = await changeReport(report.id, written, report.updated_at).catch((error: unknown) => {
      throw isProblem(error, 409) ? new Problem(409, '', t(words.changedMeanwhile)) : error
    })
    client.setQueryData(['report', report.id], changed)
    void client.invalidateQueries({ queryKey: ['reports', entity, project] })
    setWriting(false)
  }
  if (writing) {
    return (
      <>
        <Heading crumbs={crumbs} title={report.title} />
        <Editor entity={entity} project={project} before={report} doing={t(shell.save)} onSave={save} onLeave={() => setWriting(false)} />
      </>
    )
  }
  return (
    <>
      <Heading crumbs={crumbs} title={report.title} actions={me !== null && <Actions report={report} onEdit={() => setWriting(true)} />} />
      <div className="row wrap small quiet"><Face name={report.username} small />{t(words.by, { name: report.username })} · {t(words.changed)} <Moment at={report.updated_at} /></div>
      {report.description && <p className="lead anywhere">{report.description}</p>}
      <Panel><div className="body"><Blocks blocks={report.blocks} entity={entity} project={project} /></div></Panel>
      <Comments report={report} />
    </>
  )
}

function Actions({ report, onEdit }: { report: Report; onEdit: () => void }) {
  const t = useWords()
  const client = useQueryClient()
  const [, go] = useLocation()
  const { tell, complain } = useToasts()
  const [asking, setAsking] = useState(false)
  const { id, entity, project } = report
  const list = `/${entity}/${project}/reports`
  const refresh = () => client.invalidateQueries({ queryKey: ['reports', entity, project] })
  const undo = () =>
    void undeleteReport(id).then((back) => {
      client.setQueryData(['report', id], back)
      tell(t(words.back))
      return refresh()
    }, complain)
  const discard = async () => {
    await deleteReport(id)
    client.removeQueries({ queryKey: ['report', id] })
    tell(t(words.deleted), { name: t(words.undo), act: undo })
    void refresh()
    go(list)
  }
  return (
    <>
      {report.may_share && <ShareButton subject={{ entity, project, report: id }} name={report.title} />}
      {!report.read_only && <Button slim icon="pen" onClick={onEdit}>{t(words.edit)}</Button>}
      {!report.read_only && <Button slim kind="danger" icon="trash" onClick={() => setAsking(true)}>{t(shell.delete)}</Button>}
      {asking && <Confirm title={t(words.deleteTitle)} doing={t(shell.delete)} onClose={() => setAsking(false)} onConfirm={discard}><p>{t(words.deleteWhy)}</p></Confirm>}
    </>
  )
}
