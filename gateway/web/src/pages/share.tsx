/** `/share/{token}`: what a share link shows, signed in or not, and nothing else. */
import { useQuery } from '@tanstack/react-query'
import { useLayoutEffect, useState, type ReactNode } from 'react'
import { Link } from 'wouter'
import { bringLink, isRefusal } from '../api/client'
import { getShared, type Shared } from '../api/shares'
import { useParts } from '../state/address'
import { useSpeech, useWords } from '../state/language'
import { Boundary } from '../ui/boundary'
import { Segments } from '../ui/button'
import { Heading } from '../ui/shell'
import { Empty, Loaded } from '../ui/states'
import { exactly } from '../ui/times'
import { shares as words } from '../words/shares'
import { shell } from '../words/shell'
import { SharedReport } from './share/SharedReport'
import { SharedRun, SharedRuns } from './share/SharedRuns'

const LOOK_MS = 10_000

export default function SharePage() {
  const { token = '', run = '', tab = '' } = useParts()
  const [brought, setBrought] = useState('')
  // Before anything is asked: every question of this page brings the token.
  useLayoutEffect(() => {
    bringLink(token)
    setBrought(token)
    return () => bringLink(null)
  }, [token])
  return (
    <div className="visit">
      <Top />
      <main className="main" id="content">
        <Boundary place={token}>{brought === token && <Found token={token} run={run} tab={tab} key={token} />}</Boundary>
      </main>
    </div>
  )
}

function Top() {
  const { t, language, speak } = useSpeech()
  return (
    <div className="visit-bar">
      <Link href="/" className="brand"><img src="/assets/cordee.svg" alt="" />Cordée</Link>
      <Segments label={t(shell.language)} value={language} choices={[['en', 'English'], ['fr', 'Français']]} onChoose={speak} />
    </div>
  )
}

function Found({ token, run, tab }: { token: string; run: string; tab: string }) {
  const t = useWords()
  const found = useQuery({ queryKey: ['shared', token], queryFn: getShared, refetchInterval: (query) => (isRefusal(query.state.error) ? false : LOOK_MS) })
  if (isRefusal(found.error)) return <div className="page"><div className="panel"><Empty title={t(words.dead)}><p>{t(words.deadWhy)}</p></Empty></div></div>
  return <Loaded query={found}>{(shared) => <Page shared={shared}><Body shared={shared} token={token} run={run} tab={tab} /></Page>}</Loaded>
}

function Page({ shared, children }: { shared: Shared; children: ReactNode }) {
  const { t, language } = useSpeech()
  const { shared_by, entity, project, expires_at } = shared
  return (
    <div className={shared.kind === 'report' ? 'page middle' : 'page'}>
      {children}
      <p className="quiet small">
        {shared_by && entity && project && <>{t(words.shownBy, { name: shared_by, place: `${entity}/${project}` })} · </>}
        {t(words.until, { when: exactly(new Date(expires_at), language) })}
      </p>
    </div>
  )
}

function Body({ shared, token, run, tab }: { shared: Shared; token: string; run: string; tab: string }) {
  const t = useWords()
  const only = shared.kind === 'run' ? shared.runs[0] : shared.runs.find((one) => one.id === run)
  if (shared.report) return <SharedReport report={shared.report} runs={shared.runs} token={token} />
  if (only) {
    const up = shared.kind === 'comparison' ? { name: t(words.comparison, { count: shared.runs.length }), href: `/share/${token}` } : null
    return <SharedRun key={only.id} id={only.id} token={token} tab={tab} up={up} />
  }
  if (run !== '') return <Empty title={t(shell.absent)} />
  return (
    <>
      <Heading title={t(words.comparison, { count: shared.runs.length })} />
      <SharedRuns runs={shared.runs} token={token} />
    </>
  )
}
