/** What people say of a report. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { addComment, deleteComment, listComments, type Comment, type Report } from '../../api/reports'
import { useWords } from '../../state/language'
import { useSession } from '../../state/session'
import { Button, IconButton } from '../../ui/button'
import { Confirm } from '../../ui/dialog'
import { TextArea } from '../../ui/field'
import { useSending } from '../../ui/form'
import { Face, Moment } from '../../ui/marks'
import { Panel } from '../../ui/shell'
import { Failed, itemsOf, Waiting } from '../../ui/states'
import { reports as words } from '../../words/reports'
import { shell } from '../../words/shell'

export function Comments({ report }: { report: Report }) {
  const t = useWords()
  const client = useQueryClient()
  const { me } = useSession()
  const queryKey = ['comments', report.id]
  const found = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => listComments(report.id, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
  const items = itemsOf(found)
  const refresh = () => client.invalidateQueries({ queryKey })
  return (
    <Panel title={t(words.comments)} foot={found.hasNextPage && <Button slim busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t(shell.more)}</Button>}>
      {found.isPending && <Waiting />}
      {found.isError && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.isSuccess && items.length === 0 && <p className="body quiet">{t(words.noComments)}</p>}
      <ul className="lines">{items.map((one) => <Line key={one.id} report={report.id} comment={one} onGone={refresh} />)}</ul>
      {me !== null && report.may_comment && <Say report={report} onSaid={refresh} />}
    </Panel>
  )
}

function Say({ report, onSaid }: { report: Report; onSaid: () => Promise<unknown> }) {
  const t = useWords()
  const [text, setText] = useState('')
  const sending = useSending(async () => {
    await addComment(report.id, text)
    setText('')
    await onSaid()
  })
  return (
    <form className="body stack tight" onSubmit={sending.onSubmit}>
      <TextArea label={t(words.say)} hint={report.may_share ? t(words.notShared) : undefined} wrong={sending.wrong('text')} value={text} onChange={(event) => setText(event.target.value)} />
      {sending.refusal('text')}
      <div><Button type="submit" busy={sending.busy} disabled={text.trim() === ''}>{t(words.send)}</Button></div>
    </form>
  )
}

function Line({ report, comment, onGone }: { report: string; comment: Comment; onGone: () => Promise<unknown> }) {
  const t = useWords()
  const [asking, setAsking] = useState(false)
  return (
    <li className="comment">
      <Face name={comment.username} small />
      <div className="grow">
        <span className="strong">{comment.username}</span> <span className="quiet small"><Moment at={comment.created_at} /></span>
        <p className="said anywhere">{comment.text}</p>
      </div>
      {comment.own && <IconButton icon="trash" label={t(words.takeBack)} onClick={() => setAsking(true)} />}
      {asking && <Confirm title={t(words.takeBack)} doing={t(shell.delete)} onClose={() => setAsking(false)} onConfirm={() => deleteComment(report, comment.id).then(onGone)}><p>{t(words.takeBackWhy)}</p></Confirm>}
    </li>
  )
}
