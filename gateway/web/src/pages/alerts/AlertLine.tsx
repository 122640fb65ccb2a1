/** One alert in a list, and what to make of it. */
import { useQueryClient } from '@tanstack/react-query'
import { Link } from 'wouter'
import { handleAlert, type Alert, type AlertState, type Severity } from '../../api/alerts'
import { useWords } from '../../state/language'
import { useSession } from '../../state/session'
import { Button } from '../../ui/button'
import { Moment } from '../../ui/marks'
import { useToasts } from '../../ui/toasts'
import { alerts as words } from '../../words/alerts'

const LOOKS: Record<Severity, string> = { info: 'info', warn: 'warn', error: 'bad' }
const HOUR_S = 3600

export function SeverityBadge({ severity }: { severity: Severity }) {
  const t = useWords()
  return <span className={`badge ${LOOKS[severity]}`}>{t(words.severities[severity])}</span>
}

/** `placed`: say of which project it is, too. */
export function AlertLine({ alert, placed = false }: { alert: Alert; placed?: boolean }) {
  const t = useWords()
  const client = useQueryClient()
  const { me } = useSession()
  const { complain } = useToasts()
  const handle = (change: { state?: AlertState; snooze_s?: number }) =>
    handleAlert(alert.id, change).then(() => Promise.all([client.invalidateQueries({ queryKey: ['alerts'] }), client.invalidateQueries({ queryKey: ['inbox'] })]), complain)
  return (
    <li className="alert">
      <SeverityBadge severity={alert.severity} />
      <div className="grow">
        <div className="row wrap">
          <span className="strong anywhere">{alert.title}</span>
          {alert.state !== 'open' && <span className="badge">{t(words.handled, { state: t(words.states[alert.state]), who: alert.handled_by ?? '' })}</span>}
        </div>
        <p className="quiet small anywhere">{alert.text}</p>
        <p className="small">
          {placed && <Link href={`/${alert.entity}/${alert.project}/alerts`}>{alert.entity}/{alert.project} · </Link>}
          <Link href={`/${alert.entity}/${alert.project}/runs/${alert.run}`}>{alert.run_name}</Link>
          <span className="quiet"> · <Moment at={alert.fired_at} />{alert.notified.length > 0 && ` · ${t(words.told, { where: alert.notified.join(', ') })}`}</span>
        </p>
        {me && (
        <div className="row wrap handling">
          {alert.state === 'open' ? (
            <>
              <Button slim onClick={() => void handle({ state: 'acknowledged' })}>{t(words.acknowledge)}</Button>
              {!placed && <Button slim kind="bare" onClick={() => void handle({ snooze_s: HOUR_S })}>{t(words.snooze)}</Button>}
              {!placed && <Button slim kind="bare" onClick={() => void handle({ state: 'noise' })}>{t(words.noise)}</Button>}
            </>
          ) : (
            !placed && <Button slim kind="bare" onClick={() => void handle({ state: 'open' })}>{t(words.reopen)}</Button>
          )}
        </div>
      )}
      </div>
    </li>
  )
}
