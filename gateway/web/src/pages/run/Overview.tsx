/** What a run is: by whom, from what, how it ended, with which values. */
import { useMemo, useState, type ReactNode } from 'react'
import { Link } from 'wouter'
import type { Run, Values } from '../../api/projects'
import { changeRun, getRun } from '../../api/runs'
import { useWords } from '../../state/language'
import { queue } from '../../state/several'
import { Button } from '../../ui/button'
import { TextArea } from '../../ui/field'
import { useSending } from '../../ui/form'
import { Moment, StateBadge } from '../../ui/marks'
import { Panel } from '../../ui/shell'
import { Empty } from '../../ui/states'
import { duration } from '../../ui/times'
import { useToasts } from '../../ui/toasts'
import { project as projectWords } from '../../words/project'
import { run as words } from '../../words/run'
import { shell } from '../../words/shell'
import { flat, lasted, shown } from '../project/columns'

export function Overview({ run, writable, onChange }: { run: Run; writable: boolean; onChange: (run: Run) => void }) {
  const t = useWords()
  return (
    <div className="split">
      <div className="stack">
        <Panel><div className="body"><Facts run={run} /></div></Panel>
        <Notes run={run} writable={writable} onChange={onChange} />
      </div>
      <div className="stack">
        <ValuesPanel title={t(words.summary)} values={run.summary} />
        <ValuesPanel title={t(words.config)} values={run.config} />
      </div>
    </div>
  )
}

function Facts({ run }: { run: Run }) {
  const t = useWords()
  const facts: [string, ReactNode][] = [
    [t(words.by), run.username && <>{run.username}{run.service_account && <span className="quiet"> {t(words.through, { name: run.service_account })}</span>}</>],
    [t(words.whose), run.attribution_note],
    [t(words.why), run.reason],
    [t(words.exitCode), run.exit_code],
    [t(words.started), <Moment key="started" at={run.created_at} />],
    [t(words.lasted), duration(lasted(run))],
    [t(words.heartbeat), run.heartbeat_at && <Moment key="heard" at={run.heartbeat_at} />],
    [t(words.id), <code key="id">{run.name}</code>],
    [t(words.duplicate), run.duplicate_of && <Link key="twin" href={`/${run.entity}/${run.project}/runs/${run.duplicate_of}`}>{run.duplicate_of}</Link>],
    [t(words.forked), run.forked_from && <code key="fork">{typeof run.forked_from === 'string' ? run.forked_from : JSON.stringify(run.forked_from)}</code>],
    [t(words.program), run.program && <code key="program">{run.program}</code>],
    [t(words.git), (run.commit || run.repo) && <><code>{run.commit?.slice(0, 12)}</code> <span className="quiet">{run.repo}</span></>],
    [t(projectWords.group), run.group],
    [t(projectWords.jobType), run.job_type],
    [t(projectWords.host), run.host],
    [t(projectWords.sweep), run.sweep && <Link key="sweep" href={`/${run.entity}/${run.project}/sweeps/${run.sweep}`}>{run.sweep}</Link>],
    [t(words.ci), Object.keys(run.ci).length > 0 && Object.entries(run.ci).map(([name, value]) => <div key={name}><span className="quiet">{name}</span> {value}</div>)],
  ]
  return (
    <dl className="facts">
      <dt>{t(shell.name)}</dt><dd className="row wrap"><span className="strong">{run.display_name}</span><StateBadge state={run.state} /></dd>
      {facts.map(([name, value]) => value !== null && value !== undefined && value !== false && value !== '' && <Fact key={name} name={name}>{value}</Fact>)}
    </dl>
  )
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => <><dt>{name}</dt><dd>{children}</dd></>

function Notes({ run, writable, onChange }: { run: Run; writable: boolean; onChange: (run: Run) => void }) {
  const t = useWords()
  const [notes, setNotes] = useState(run.notes ?? '')
  const [tag, setTag] = useState('')
  const path = { entity: run.entity, project: run.project, run: run.name }
  const { complain } = useToasts()
  // One change after the other: an answer that overtakes another would show what is no longer so.
  const [inTurn] = useState(queue)
  const sending = useSending(() => inTurn(async () => onChange(await changeRun(path, { notes }))))
  /** Of the tags as they are by then: the script may have set others meanwhile. */
  const setTags = (change: (tags: string[]) => string[]) =>
    void inTurn(async () => {
      const before = (await getRun(path)).tags
      onChange(await changeRun(path, { tags: change(before) }))
    }).catch(complain)
  const add = () => {
    const fresh = tag.trim()
    if (fresh !== '' && !run.tags.includes(fresh)) setTags((tags) => [...new Set([...tags, fresh])])
    setTag('')
  }
  return (
    <Panel title={t(words.notes)}>
      <form className="body stack" onSubmit={sending.onSubmit}>
        {writable ? (
          <>
            <TextArea label={t(words.notes)} placeholder={t(words.noNotes)} value={notes} onChange={(event) => setNotes(event.target.value)} />
            {notes !== (run.notes ?? '') && <div><Button type="submit" busy={sending.busy}>{t(shell.save)}</Button></div>}
            {sending.refusal()}
          </>
        ) : (
          <p className="anywhere">{run.notes || <span className="quiet">{t(shell.none)}</span>}</p>
        )}
        <div className="row wrap">
          <span className="quiet">{t(words.tags)}</span>
          {run.tags.map((one) => (
            <span className="badge" key={one}>
              {one}
              {writable && <button type="button" className="eye" aria-label={`${t(shell.remove)} ${one}`} onClick={() => setTags((tags) => tags.filter((other) => other !== one))}>×</button>}
            </span>
          ))}
          {writable && (
            <input className="input slim" aria-label={t(words.addTag)} placeholder={t(words.addTag)} value={tag} onChange={(event) => setTag(event.target.value)} onBlur={add}
              onKeyDown={(event) => {
                if (event.key !== 'Enter') return
                event.preventDefault()
                add()
              }}
            />
          )}
        </div>
      </form>
    </Panel>
  )
}

export function ValuesPanel({ title, values }: { title: string; values: Values }) {
  const t = useWords()
  const [wanted, setWanted] = useState('')
  const all = useMemo(() => [...flat(values)].sort(([one], [other]) => one.localeCompare(other, 'en', { numeric: true })), [values])
  const found = all.filter(([key]) => key.toLowerCase().includes(wanted.toLowerCase()))
  return (
    <Panel title={title} aside={all.length > 8 && <input className="input slim" type="search" aria-label={t(words.find)} placeholder={t(words.find)} value={wanted} onChange={(event) => setWanted(event.target.value)} />}>
      {found.length === 0 ? <Empty title={t(words.noValues)} /> : (
        <table className="values">
          <tbody>{found.map(([key, value]) => <tr key={key}><th scope="row">{key}</th><td className="numbers">{shown(value)}</td></tr>)}</tbody>
        </table>
      )}
    </Panel>
  )
}
