/** A project's alerts: what has fired, and the rules that watch. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { changeRule, deleteRule, listAlerts, listRules, type AlertState, type Rule } from '../api/alerts'
import { useAddress } from '../state/address'
import { useWords } from '../state/language'
import { useSession } from '../state/session'
import { Button, IconButton } from '../ui/button'
import { Confirm } from '../ui/dialog'
import { Pick, Switch } from '../ui/field'
import { Panel } from '../ui/shell'
import { Empty, Failed, Loaded, Waiting, itemsOf } from '../ui/states'
import { useToasts } from '../ui/toasts'
import { alerts as words } from '../words/alerts'
import { shell } from '../words/shell'
import { AlertLine, SeverityBadge } from './alerts/AlertLine'
import { inShort } from './alerts/conditions'
import { RuleForm } from './alerts/RuleForm'

interface Place {
  entity: string
  project: string
}

const LOOK_MS = 5000

export default function Alerts({ entity, project, writable }: Place & { writable: boolean }) {
  const { me } = useSession()
  return (
    <div className="split">
      <History entity={entity} project={project} />
      <Rules entity={entity} project={project} writable={writable && me !== null} />
    </div>
  )
}

function History({ entity, project }: Place) {
  const t = useWords()
  const [search, change] = useAddress()
  const state = (['open', 'acknowledged', 'noise'] as const).find((one) => one === search.get('state'))
  const found = useInfiniteQuery({
    queryKey: ['alerts', entity, project, state],
    queryFn: ({ pageParam }) => listAlerts(entity, project, { ...(state ? { state } : {}), cursor: pageParam, limit: 25 }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: LOOK_MS,
  })
  const items = itemsOf(found)
  const states = (['open', 'acknowledged', 'noise'] as AlertState[]).map((one): [string, string] => [one, t(words.states[one])])
  return (
    <Panel
      title={t(words.history)}
      aside={<Pick label={t(words.history)} value={state ?? ''} choices={[['', t(words.everyState)], ...states]} onChange={(event) => change({ state: event.target.value })} />}
      foot={found.hasNextPage && <Button slim busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t(shell.more)}</Button>}
    >
      {found.isPending && <Waiting />}
      {found.isError && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.isSuccess && items.length === 0 && <Empty title={t(words.noAlerts)}><p>{t(words.noAlertsWhy)}</p></Empty>}
      <ul className="lines">{items.map((alert) => <AlertLine key={alert.id} alert={alert} />)}</ul>
    </Panel>
  )
}

function Rules({ entity, project, writable }: Place & { writable: boolean }) {
  const t = useWords()
  const [editing, setEditing] = useState<Rule | 'new' | null>(null)
  const found = useQuery({ queryKey: ['rules', entity, project], queryFn: () => listRules(entity, project) })
  return (
    <Panel title={t(words.rules)} aside={writable && <Button slim kind="primary" icon="plus" onClick={() => setEditing('new')}>{t(words.newRule)}</Button>}>
      <Loaded query={found} isEmpty={(page) => page.items.length === 0} empty={<Empty title={t(words.noRules)}><p>{t(words.noRulesWhy)}</p></Empty>}>
        {(page) => <ul className="lines">{page.items.map((rule) => <RuleLine key={rule.id} rule={rule} writable={writable} onEdit={() => setEditing(rule)} />)}</ul>}
      </Loaded>
      {editing && <RuleForm entity={entity} project={project} rule={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </Panel>
  )
}

function RuleLine({ rule, writable, onEdit }: { rule: Rule; writable: boolean; onEdit: () => void }) {
  const t = useWords()
  const client = useQueryClient()
  const { complain } = useToasts()
  const [deleting, setDeleting] = useState(false)
  const refresh = () => client.invalidateQueries({ queryKey: ['rules', rule.entity, rule.project] })
  const kind = words.kinds[rule.when.kind as keyof typeof words.kinds]
  return (
    <li>
      <Switch label={t(words.on, { name: rule.name })} checked={rule.enabled} disabled={!writable} onChange={(enabled) => void changeRule(rule.id, { enabled }).then(refresh, complain)} />
      <div className="grow">
        <div className="row wrap"><span className="strong anywhere">{rule.name}</span><SeverityBadge severity={rule.severity} /></div>
        <p className="quiet small">{kind ? t(kind) : rule.when.kind}: <code>{inShort(rule.when)}</code></p>
        {rule.notify.length > 0 && <p className="quiet small">{t(words.told, { where: rule.notify.join(', ') })}</p>}
      </div>
      {writable && <IconButton icon="log" label={t(words.editRule)} onClick={onEdit} />}
      {writable && <IconButton icon="trash" label={t(words.deleteRule, { name: rule.name })} onClick={() => setDeleting(true)} />}
      {deleting && (
        <Confirm title={t(words.deleteRule, { name: rule.name })} doing={t(shell.delete)} onClose={() => setDeleting(false)} onConfirm={() => deleteRule(rule.id).then(refresh)}>
          <p>{t(words.deleteRuleWhy)}</p>
        </Confirm>
      )}
    </li>
  )
}
