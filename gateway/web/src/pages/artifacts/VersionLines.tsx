/** Versions in a list. */
import { Link } from 'wouter'
import type { Version } from '../../api/artifacts'
import { useWords } from '../../state/language'
import { Moment } from '../../ui/marks'
import { Empty } from '../../ui/states'
import { bytes } from '../../ui/times'
import { artifacts as words } from '../../words/artifacts'

export function VersionLines({ versions, place, named = false }: { versions: Version[]; place: { entity: string; project: string }; named?: boolean }) {
  const t = useWords()
  if (versions.length === 0) return <Empty title={t(words.none)} />
  return (
    <ul className="lines">
      {versions.map((one) => {
        const name = one.collection?.name ?? ''
        const href = `/${place.entity}/${place.project}/artifacts/${encodeURIComponent(one.collection?.type ?? '')}/${encodeURIComponent(name)}/${one.version}`
        return (
          <li key={`${one.id} ${name}`}>
            <div className="grow row wrap">
              <Link className="strong anywhere" href={href}>{named ? `${name}:${one.version}` : one.version}</Link>
              {one.aliases.map((alias) => <span className="badge accent" key={alias}>{alias}</span>)}
            </div>
            <span className="quiet small numbers">{t(words.fileCount, { count: one.file_count })} · {bytes(one.size)}</span>
            <span className="quiet small"><Moment at={one.created_at} /></span>
          </li>
        )
      })}
    </ul>
  )
}
