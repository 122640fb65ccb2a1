/** `/authorize`: what `wandb login` opens. Makes a key and shows it once. `/welcome`: the first run. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { createKey, type FreshKey } from '../api/account'
import { listProjects, listRuns } from '../api/projects'
import { useWords } from '../state/language'
import { useMe } from '../state/session'
import { Button, LinkButton } from '../ui/button'
import { Code, Secret } from '../ui/copy'
import { Input } from '../ui/field'
import { useSending } from '../ui/form'
import { Notice } from '../ui/states'
import { account } from '../words/account'
import { Door, DoorForm } from './door'

const LOOK_MS = 1500

function useFreshKey(name: string) {
  const [fresh, setFresh] = useState<FreshKey | null>(null)
  const sending = useSending(async () => setFresh(await createKey(name || 'wandb login')))
  return { fresh, sending }
}

export function AuthorizePage() {
  const t = useWords()
  const me = useMe()
  const [name, setName] = useState('')
  const { fresh, sending } = useFreshKey(name)
  if (fresh !== null) {
    return (
      <Door wide title={t(account.yourKey)} why={t(account.onceOnly)}>
        <div className="sheet">
          <Secret text={fresh.key} label={t(account.yourKey)} />
          <h2>{t(account.thenLog)}</h2>
          <Code text={`wandb login --host ${window.location.origin}`} />
          <LinkButton href="/">{t(account.goHome)}</LinkButton>
        </div>
      </Door>
    )
  }
  return (
    <Door title={t(account.authorizeTitle)} why={t(account.authorizeWhy)}>
      <DoorForm onSubmit={sending.onSubmit}>
        <p className="quiet small">{t(account.joinedAs, { name: me.username })}</p>
        <Input label={t(account.keyName)} hint={t(account.keyNameHint)} wrong={sending.wrong('name')} placeholder="wandb login" autoFocus maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        {sending.refusal('name')}
        <Button type="submit" kind="primary" icon="key" busy={sending.busy}>{t(account.makeKey)}</Button>
      </DoorForm>
    </Door>
  )
}

/** The five lines; nothing else is needed to see a first run. */
export function firstRun(project: string, entity?: string): string {
  const place = entity === undefined ? `project="${project}"` : `entity="${entity}", project="${project}"`
  return [
    'import wandb',
    `run = wandb.init(${place}, config={"lr": 0.1})`,
    'for step in range(100):',
    '    run.log({"loss": 1 / (step + 1)})',
    'run.finish()',
  ].join('\n')
}

export const environment = (key: string): string =>
  [`pip install wandb==0.31.0`, `export WANDB_BASE_URL=${window.location.origin}`, `export WANDB_API_KEY=${key}`].join('\n')

/** The newest run of mine, looked for until there is one. */
function useFirstRun(entity: string, enabled: boolean) {
  return useQuery({
    queryKey: ['first run', entity],
    enabled,
    refetchInterval: (query) => (query.state.data ? false : LOOK_MS),
    queryFn: async () => {
      const project = (await listProjects(entity)).items[0]
      if (project === undefined) return null
      const run = (await listRuns(entity, project.name, { limit: 1 })).items[0]
      return run === undefined ? null : `/${entity}/${project.name}/runs/${run.name}`
    },
  })
}

export function WelcomePage() {
  const t = useWords()
  const me = useMe()
  const [, go] = useLocation()
  const { fresh, sending } = useFreshKey('first run')
  const entity = me.default_entity ?? me.username
  const found = useFirstRun(entity, true)
  return (
    <Door wide title={t(account.fiveLines)} why={t(account.onceOnly)}>
      <div className="sheet">
        {fresh === null ? (
          <form onSubmit={sending.onSubmit} style={{ all: 'unset', display: 'grid', gap: 12 }}>
            {sending.refusal()}
            <Button type="submit" kind="primary" icon="key" busy={sending.busy}>{t(account.makeKey)}</Button>
          </form>
        ) : (
          <Secret text={fresh.key} label={t(account.yourKey)} />
        )}
        <Code text={environment(fresh?.key ?? '…')} />
        <Code text={firstRun('first')} />
        {found.data ? (
          <Notice kind="good">
            <div className="row wrap">
              <strong>{t(account.arrived)}</strong>
              <span className="push" />
              <Button kind="primary" slim onClick={() => found.data && go(found.data)}>{t(account.openRun)}</Button>
            </div>
          </Notice>
        ) : (
          <p className="row quiet" role="status"><span className="dot live" />{t(account.waitingRun)}</p>
        )}
        <LinkButton href="/">{t(account.goHome)}</LinkButton>
      </div>
    </Door>
  )
}
