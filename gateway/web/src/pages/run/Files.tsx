/** The files of a run, and a look into them. What people made is shown as text, or cut off in a frame. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { fetched } from '../../api/client'
import { listFiles, sameHost, type RunFile, type RunPath } from '../../api/runs'
import { useWords } from '../../state/language'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { Icon } from '../../ui/icons'
import { Moment } from '../../ui/marks'
import { Panel } from '../../ui/shell'
import { Empty, Failed, itemsOf, Notice, Waiting } from '../../ui/states'
import { bytes } from '../../ui/times'
import { run as words } from '../../words/run'
import { shell } from '../../words/shell'

const SHOWN_BYTES = 256 * 1024
const PICTURES = /\.(png|jpe?g|gif|webp)$/i
const TEXTS = /\.(txt|log|md|json|jsonl|ya?ml|py|toml|cfg|ini|csv|tsv|sh|diff|patch|html?|xml|js|ts|ipynb|r|jl)$|(^|\/)(requirements|Dockerfile|Makefile)[^/]*$/i

/** Links to files last an hour; lists are asked for again before that, and when somebody comes back. */
const LINKS_MS = 30 * 60_000

export function Files({ path, running }: { path: RunPath; running: boolean }) {
  const t = useWords()
  const [open, setOpen] = useState<string | null>(null)
  const found = useInfiniteQuery({
    queryKey: ['files', path.entity, path.project, path.run],
    queryFn: ({ pageParam }) => listFiles(path, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: running ? 10_000 : LINKS_MS,
    refetchOnWindowFocus: true,
  })
  const files = itemsOf(found)
  const opened = files.find((file) => file.name === open)
  return (
    <Panel foot={found.hasNextPage && <Button slim busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t(shell.more)}</Button>}>
      {found.isPending && <Waiting />}
      {found.isError && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.isSuccess && files.length === 0 && <Empty title={t(words.noFiles)}><p>{t(words.noFilesWhy)}</p></Empty>}
      <ul className="lines">
        {files.map((file) => (
          <li key={file.name}>
            <Icon name="file" />
            <button type="button" className="button bare slim grow clip" style={{ justifyContent: 'start' }} onClick={() => setOpen(file.name)}>{file.name}</button>
            <span className="quiet small numbers">{bytes(file.size)}</span>
            <span className="quiet small"><Moment at={file.updated_at} /></span>
            <a className="button icon slim bare" href={sameHost(file.url)} download aria-label={`${t(words.download)} ${file.name}`}><Icon name="download" /></a>
          </li>
        ))}
      </ul>
      {opened && (
        <Dialog wide title={opened.name} onClose={() => setOpen(null)}>
          <div className="body"><Preview file={opened} onAgain={() => void found.refetch()} /></div>
        </Dialog>
      )}
    </Panel>
  )
}

/** What cannot be had may have an old link: `onAgain` brings a new one. */
function Preview({ file, onAgain }: { file: RunFile; onAgain: () => void }) {
  const t = useWords()
  if (PICTURES.test(file.name)) return <Picture file={file} onAgain={onAgain} key={`${file.name} ${file.md5}`} />
  if (TEXTS.test(file.name)) return <Text file={file} onAgain={onAgain} />
  return <Notice>{t(words.noPreview)} <a href={sameHost(file.url)} download>{t(words.download)}</a></Notice>
}

function Picture({ file, onAgain }: { file: RunFile; onAgain: () => void }) {
  const t = useWords()
  // Each list brings new links; one is taken only where the last did not do.
  const [url, setUrl] = useState(file.url)
  const [wrong, setWrong] = useState(false)
  if (wrong && file.url !== url) {
    setUrl(file.url)
    setWrong(false)
  }
  if (wrong) return <Notice kind="bad">{t(words.unreadable)} <Button slim onClick={onAgain}>{t(shell.again)}</Button></Notice>
  return <img className="preview" src={sameHost(url)} alt={file.name} onError={() => setWrong(true)} />
}

function Text({ file, onAgain }: { file: RunFile; onAgain: () => void }) {
  const t = useWords()
  const found = useQuery({
    // Links differ each time that they are asked for; the bytes do not.
    queryKey: ['text', file.md5, file.size, file.name],
    queryFn: async () => {
      const range: HeadersInit = file.size > SHOWN_BYTES ? { Range: `bytes=0-${SHOWN_BYTES - 1}` } : {}
      return (await fetched(sameHost(file.url), { headers: range })).text()
    },
    staleTime: Infinity,
  })
  if (found.data === undefined) {
    const again = () => {
      onAgain()
      void found.refetch()
    }
    return found.isError ? <Failed error={found.error} again={again} /> : <Waiting />
  }
  return (
    <>
      <div className="code"><pre tabIndex={0} style={{ maxHeight: '60vh', overflow: 'auto' }}>{found.data}</pre></div>
      {file.size > SHOWN_BYTES && <p className="quiet small">{t(words.cut)}</p>}
    </>
  )
}
