/** One version: how to use it, its files, and the runs on both sides of it. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { getVersion, listVersionFiles, type RunLink, type VersionPage } from '../../api/artifacts'
import { sameHost } from '../../api/runs'
import { useWords } from '../../state/language'
import { Button } from '../../ui/button'
import { Code } from '../../ui/copy'
import { Icon } from '../../ui/icons'
import { Moment, StateBadge } from '../../ui/marks'
import { Heading, Panel, type Crumb } from '../../ui/shell'
import { Failed, Loaded, Waiting, itemsOf } from '../../ui/states'
import { bytes } from '../../ui/times'
import { artifacts as words } from '../../words/artifacts'
import { run as runWords } from '../../words/run'
import { shell } from '../../words/shell'
import { ValuesPanel } from '../run/Overview'

interface Place {
  entity: string
  project: string
  collection: string
  version: string
}

export function VersionView({ crumbs, ...place }: Place & { crumbs: Crumb[] }) {
  const { entity, project, collection, version } = place
  const found = useQuery({ queryKey: ['version', entity, project, collection, version], queryFn: () => getVersion(entity, project, collection, version) })
  return <Loaded query={found}>{(it) => <Shown it={it} place={place} crumbs={crumbs} />}</Loaded>
}

function Shown({ it, place, crumbs }: { it: VersionPage; place: Place; crumbs: Crumb[] }) {
  const t = useWords()
  const path = `${place.entity}/${place.project}/${place.collection}:${it.version}`
  return (
    <>
      <Heading crumbs={crumbs} title={`${place.collection}:${it.version}`} beside={<span className="row wrap">{it.aliases.map((alias) => <span className="badge accent" key={alias}>{alias}</span>)}</span>} />
      <p className="quiet">{t(words.fileCount, { count: it.file_count })} · {bytes(it.size)} · <Moment at={it.created_at} /> · {t(words.digest)} <code className="anywhere">{it.digest}</code></p>
      {it.description && <p className="anywhere">{it.description}</p>}
      <Lineage it={it} />
      <Panel title={t(words.use)}><div className="body"><Code text={`artifact = run.use_artifact("${path}")\nfolder = artifact.download()`} /></div></Panel>
      <Files place={place} />
      {Object.keys(it.metadata).length > 0 && <ValuesPanel title={t(words.metadata)} values={it.metadata} />}
    </>
  )
}

/** A graph of two steps: who made it, and who used it. */
function Lineage({ it }: { it: VersionPage }) {
  const t = useWords()
  return (
    <Panel title={t(words.lineage)}>
      <div className="lineage">
        <div className="stack tight">
          <span className="quiet small">{t(words.loggedBy)}</span>
          {it.logged_by ? <RunNode run={it.logged_by} /> : <span className="quiet">{t(words.nobody)}</span>}
        </div>
        <span className="arrow" aria-hidden="true">→</span>
        <div className="card node"><span className="row"><Icon name="folder" /><strong className="anywhere">{it.collection?.name}:{it.version}</strong></span></div>
        <span className="arrow" aria-hidden="true">→</span>
        <div className="stack tight">
          <span className="quiet small">{t(words.usedBy)}</span>
          {it.used_by.length === 0 && <span className="quiet">{t(words.nobody)}</span>}
          {it.used_by.map((run) => <RunNode key={`${run.entity}/${run.project}/${run.name}`} run={run} />)}
        </div>
      </div>
    </Panel>
  )
}

function RunNode({ run }: { run: RunLink }) {
  return (
    <Link className="card node" href={`/${run.entity}/${run.project}/runs/${run.name}`}>
      <span className="row wrap"><strong className="anywhere">{run.display_name}</strong><StateBadge state={run.state} /></span>
      <span className="quiet small anywhere">{run.entity}/{run.project}</span>
    </Link>
  )
}

function Files({ place: { entity, project, collection, version } }: { place: Place }) {
  const t = useWords()
  const found = useInfiniteQuery({
    queryKey: ['version files', entity, project, collection, version],
    queryFn: ({ pageParam }) => listVersionFiles(entity, project, collection, version, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    // Links last an hour.
    refetchInterval: 30 * 60_000,
    refetchOnWindowFocus: true,
  })
  const files = itemsOf(found)
  return (
    <Panel title={t(words.files)} foot={found.hasNextPage && <Button slim busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t(shell.more)}</Button>}>
      {found.isPending && <Waiting />}
      {found.isError && <Failed error={found.error} again={() => void found.refetch()} />}
      <ul className="lines">
        {files.map((file) => (
          <li key={file.path}>
            <Icon name="file" />
            <span className="grow anywhere">{file.path}{file.reference && <span className="quiet small"> · {t(words.reference)} <code>{file.reference}</code></span>}</span>
            <span className="quiet small numbers">{bytes(file.size)}</span>
            {file.url && <a className="button icon slim bare" href={sameHost(file.url)} download aria-label={`${t(runWords.download)} ${file.path}`}><Icon name="download" /></a>}
          </li>
        ))}
      </ul>
    </Panel>
  )
}
