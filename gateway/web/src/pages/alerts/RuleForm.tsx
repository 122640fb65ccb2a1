/** A rule: what to watch for, whom to tell, and a try on what has been. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { changeRule, createRule, listChannels, previewRule, type Preview, type Rule, type Severity, type When } from '../../api/alerts'
import { useWords } from '../../state/language'
import { useMe } from '../../state/session'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { Check, Input, Select } from '../../ui/field'
import { useSending } from '../../ui/form'
import { Notice } from '../../ui/states'
import { useToasts } from '../../ui/toasts'
import { alerts as words } from '../../words/alerts'
import { shell } from '../../words/shell'
import { ConditionFields } from './ConditionFields'
import { begun, CONDITIONS, TRIED } from './conditions'

const TRIED_RUNS = 50

export function RuleForm({ entity, project, rule, onClose }: { entity: string; project: string; rule: Rule | null; onClose: () => void }) {
  const t = useWords()
  const me = useMe()
  const client = useQueryClient()
  const { complain } = useToasts()
  const [name, setName] = useState(rule?.name ?? '')
  const [when, setWhen] = useState<When>(rule?.when ?? begun('state'))
  const [severity, setSeverity] = useState<Severity>(rule?.severity ?? 'warn')
  const [notify, setNotify] = useState<string[]>(rule?.notify ?? [])
  const [cooldown, setCooldown] = useState(String(rule?.cooldown_s ?? 0))
  const [preview, setPreview] = useState<Preview | null>(null)
  const [trying, setTrying] = useState(false)
  const inTeam = me.teams.some((team) => team.name === entity)
  const channels = useQuery({ queryKey: ['channels', entity], queryFn: () => listChannels(entity), enabled: inTeam })
  const sending = useSending(async () => {
    const given = { name: name.trim(), when, notify, severity, cooldown_s: Number(cooldown) || 0 }
    await (rule ? changeRule(rule.id, given) : createRule(entity, project, given))
    await client.invalidateQueries({ queryKey: ['rules', entity, project] })
    onClose()
  })
  const tryIt = async () => {
    setTrying(true)
    await previewRule(entity, project, when, TRIED_RUNS).then(setPreview, complain)
    setTrying(false)
  }
  const choose = (next: When) => {
    setWhen(next)
    setPreview(null)
  }
  return (
    <Dialog wide title={t(rule ? words.editRule : words.newRule)} onClose={onClose}>
      <form className="body" onSubmit={sending.onSubmit}>
        <Input label={t(shell.name)} name="name" wrong={sending.wrong('name')} required autoFocus value={name} onChange={(event) => setName(event.target.value)} />
        <Select label={t(words.kind)} value={when.kind} choices={Object.keys(CONDITIONS).map((kind) => [kind, t(words.kinds[kind as keyof typeof words.kinds])])} onChange={(event) => choose(begun(event.target.value))} />
        <ConditionFields when={when} onChange={choose} wrong={sending.wrong} />
        <div className="pairs">
          <Select label={t(words.severity)} value={severity} choices={(['info', 'warn', 'error'] as const).map((one) => [one, t(words.severities[one])])} onChange={(event) => setSeverity(event.target.value as Severity)} />
          <Input label={t(words.cooldown)} type="number" min={0} value={cooldown} onChange={(event) => setCooldown(event.target.value)} />
        </div>
        <fieldset className="choices-list">
          <legend className="strong">{t(words.notify)}</legend>
          {!inTeam && <p className="quiet small">{t(words.personal)}</p>}
          {channels.data?.items.length === 0 && <p className="quiet small">{t(words.noChannels)}</p>}
          {channels.data?.items.map((channel) => (
            <Check key={channel.id} label={channel.name} checked={notify.includes(channel.name)} onChange={(on) => setNotify(on ? [...notify, channel.name] : notify.filter((one) => one !== channel.name))} />
          ))}
        </fieldset>
        {preview && <Tried preview={preview} />}
        {sending.refusal('name')}
        <div className="end">
          {TRIED.has(when.kind) && <Button icon="history" busy={trying} disabled={when.metric === ''} onClick={() => void tryIt()}>{t(words.preview)}</Button>}
          <Button type="submit" kind="primary" busy={sending.busy}>{t(words.saveRule)}</Button>
        </div>
      </form>
    </Dialog>
  )
}

function Tried({ preview }: { preview: Preview }) {
  const t = useWords()
  return (
    <Notice kind={preview.items.length > 0 ? 'warn' : 'good'}>
      <strong>{t(words.wouldFire, { fired: preview.items.length, looked: preview.looked_at })}</strong>
      <ul className="small">{preview.items.slice(0, 8).map((one) => <li key={`${one.run} ${one.metric}`}>{t(words.atStep, { run: one.display_name, step: one.step, reason: one.reason })}</li>)}</ul>
    </Notice>
  )
}
