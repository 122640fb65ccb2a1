/** `/{entity}/{project}/artifacts/…`: collections of a project, a collection, one of its versions. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { getCollection, listArtifacts } from '../api/artifacts'
import { isRefusal } from '../api/client'
import { useAddress, useParts } from '../state/address'
import { useWords } from '../state/language'
import { Button } from '../ui/button'
import { Pick } from '../ui/field'
import { Icon } from '../ui/icons'
import { Moment } from '../ui/marks'
import { Heading, Panel } from '../ui/shell'
import { Empty, Failed, Waiting, itemsOf } from '../ui/states'
import { artifacts as words } from '../words/artifacts'
import { shell } from '../words/shell'
import { entityCrumb } from './entity'
import { VersionLines } from './artifacts/VersionLines'
import { VersionView } from './artifacts/VersionView'

/** The list, as a tab of the project. */
export function ArtifactList({ entity, project }: { entity: string; project: string }) {
  const t = useWords()
  const [search, change] = useAddress()
  const type = search.get('type') ?? ''
  const found = useInfiniteQuery({
    queryKey: ['artifacts', entity, project, type],
    queryFn: ({ pageParam }) => listArtifacts(entity, project, type, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
  const items = itemsOf(found)
  const types = found.data?.pages[0]?.types ?? []
  return (
    <Panel
      title={t(words.title)}
      aside={types.length > 0 && <Pick label={t(words.type)} value={type} choices={[['', t(words.allTypes)], ...types.map((one): [string, string] => [one, one])]} onChange={(event) => change({ type: event.target.value })} />}
      foot={found.hasNextPage && <Button slim busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t(shell.more)}</Button>}
    >
      {found.isPending && <Waiting />}
      {found.isError && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.isSuccess && items.length === 0 && <Empty title={t(words.none)}><p>{t(words.noneWhy)}</p></Empty>}
      <ul className="lines">
        {items.map((one) => (
          <li key={one.id}>
            <Icon name="folder" />
            <div className="grow">
              <Link className="strong anywhere" href={`/${entity}/${project}/artifacts/${encodeURIComponent(one.type)}/${encodeURIComponent(one.name)}`}>{one.name}</Link>
              {one.description && <p className="quiet clip">{one.description}</p>}
            </div>
            <span className="badge">{one.type}</span>
            {one.kind === 'portfolio' && <span className="badge info">{t(words.linked)}</span>}
            <span className="quiet small"><Moment at={one.updated_at} /></span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

export default function ArtifactPage() {
  const { entity = '', project = '', type = '', collection = '', version } = useParts()
  const crumbs = [
    entityCrumb(entity),
    { name: project, href: `/${entity}/${project}` },
    { name: type, href: `/${entity}/${project}/artifacts?type=${encodeURIComponent(type)}` },
  ]
  const base = `/${entity}/${project}/artifacts/${encodeURIComponent(type)}/${encodeURIComponent(collection)}`
  if (version) {
    return (
      <div className="page middle">
        <VersionView entity={entity} project={project} collection={collection} version={version} crumbs={[...crumbs, { name: collection, href: base }]} />
      </div>
    )
  }
  return <div className="page middle"><Collection entity={entity} project={project} collection={collection} crumbs={crumbs} /></div>
}

function Collection({ entity, project, collection, crumbs }: { entity: string; project: string; collection: string; crumbs: { name: string; href?: string }[] }) {
  const t = useWords()
  const found = useInfiniteQuery({
    queryKey: ['collection', entity, project, collection],
    queryFn: ({ pageParam }) => getCollection(entity, project, collection, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
  if (found.isPending) return <Waiting />
  const it = isRefusal(found.error) ? undefined : found.data?.pages[0]
  if (it === undefined) return <Failed error={found.error} again={() => void found.refetch()} />
  const more = found.hasNextPage && <Button slim busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t(shell.more)}</Button>
  return (
    <>
      <Heading crumbs={crumbs} title={it.name} beside={<span className="badge">{it.type}</span>} />
      {it.description && <p className="quiet anywhere">{it.description}</p>}
      <Panel title={t(words.versions)} aside={<span className="quiet small numbers">{it.total}</span>} foot={more}>
        <VersionLines versions={itemsOf(found)} place={{ entity, project }} />
        {found.isError && <Failed error={found.error} again={() => void found.refetch()} />}
      </Panel>
    </>
  )
}
