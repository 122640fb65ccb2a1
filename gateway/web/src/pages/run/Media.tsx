/** Pictures, sounds, films and pages of a run; and its tables. */
import type { Run } from '../../api/projects'
import type { RunPath } from '../../api/runs'
import { isMedia, isTable } from '../../media/kinds'
import { MediaPanel } from '../../media/MediaPanel'
import { TablePanel } from '../../media/TablePanel'
import { useAddress } from '../../state/address'
import { useWords } from '../../state/language'
import { useKeysOfKind } from '../../state/media'
import { Button } from '../../ui/button'
import { Check } from '../../ui/field'
import { Empty, Waiting } from '../../ui/states'
import { media as words } from '../../words/media'

interface Place {
  run: Run
  path: RunPath
  running: boolean
}

/** Everything stands at one step, which is in the address. */
export function Media({ run, path, running }: Place) {
  const t = useWords()
  const [search, change] = useAddress()
  const { keys, isPending } = useKeysOfKind(run, path, running, isMedia)
  const asked = search.get('step')
  const step = asked !== null && Number.isFinite(Number(asked)) ? Number(asked) : null
  const overlays = search.get('bare') !== '1'
  if (isPending) return <Waiting />
  if (keys.length === 0) return <div className="panel"><Empty title={t(words.none)}><p>{t(words.noneWhy)}</p></Empty></div>
  return (
    <div className="stack">
      <div className="row wrap tools">
        <Check label={t(words.overlays)} checked={overlays} onChange={(on) => change({ bare: on ? null : '1' })} />
        {step !== null && <Button slim icon="history" onClick={() => change({ step: null })}>{t(words.latest)}</Button>}
      </div>
      <div className="media-wall">
        {keys.map((name) => (
          <MediaPanel key={name} {...{ path, name, running, overlays, step }} onStep={(to) => change({ step: to === null ? null : String(to) })} />
        ))}
      </div>
    </div>
  )
}

export function Tables({ run, path, running }: Place) {
  const t = useWords()
  const { keys, isPending } = useKeysOfKind(run, path, running, isTable)
  if (isPending) return <Waiting />
  if (keys.length === 0) return <div className="panel"><Empty title={t(words.noTables)}><p>{t(words.noTablesWhy)}</p></Empty></div>
  return <div className="stack">{keys.map((name) => <TablePanel key={name} {...{ path, name, running }} />)}</div>
}
