/** A figure or an object, drawn in a frame of no origin: what was logged may be made to run there, and reaches nothing. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { fetched } from '../api/client'
import { sameHost, type RunFile } from '../api/runs'
import { useWords } from '../state/language'
import { Button } from '../ui/button'
import { Failed, Waiting } from '../ui/states'
import { media as words } from '../words/media'
import { isReply, type Form, type Viewed } from './viewing'

const PAGE = '/files/viewer'
/** So large a file comes at a press. */
const ASKED_ABOVE = 8 * 1024 * 1024

/** `instead` is what stands there if it cannot be drawn. */
export function Viewer({ file, form, name, instead }: { file: RunFile; form: Form; name: string; instead: ReactNode }) {
  const t = useWords()
  const [wanted, setWanted] = useState(file.size <= ASKED_ABOVE)
  const found = useQuery({
    queryKey: ['viewed', file.md5, file.name],
    queryFn: async () => (await fetched(sameHost(file.url))).arrayBuffer(),
    enabled: wanted,
    staleTime: Infinity,
    gcTime: 60_000,
  })
  if (!wanted) return <div className="stack tight"><Button slim icon="eye" onClick={() => setWanted(true)}>{t(words.show)}</Button>{instead}</div>
  if (found.isError) return <Failed error={found.error} again={() => void found.refetch()} />
  if (found.data === undefined) return <Waiting />
  return <Framed bytes={found.data} form={form} title={t(words.page, { name })} instead={instead} key={`${file.md5} ${file.name}`} />
}

function Framed({ bytes, form, title, instead }: Viewed & { title: string; instead: ReactNode }) {
  const t = useWords()
  const frame = useRef<HTMLIFrameElement>(null)
  const [state, setState] = useState<'waiting' | 'drawn' | 'failed'>('waiting')
  useEffect(() => {
    const heard = ({ source, data }: MessageEvent<unknown>) => {
      const inside = frame.current?.contentWindow
      if (!inside || source !== inside || !isReply(data)) return
      if (data !== 'listening') setState(data)
      // Nobody's origin cannot be named.
      else inside.postMessage({ form, bytes } satisfies Viewed, '*')
    }
    window.addEventListener('message', heard)
    return () => window.removeEventListener('message', heard)
  }, [form, bytes])
  if (state === 'failed') return <><p className="quiet small">{t(words.notDrawn)}</p>{instead}</>
  return (
    <div className="viewer">
      {state === 'waiting' && <Waiting />}
      <iframe ref={frame} sandbox="allow-scripts" referrerPolicy="no-referrer" src={PAGE} title={title} data-drawn={state === 'drawn'} />
    </div>
  )
}
