/** What a team shows to others, what its members may do alone, and its end. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { deleteTeam, previewDeletion, setPrivacy, type Privacy as Switches, type Team } from '../../api/teams'
import { useWords } from '../../state/language'
import { useSession } from '../../state/session'
import { Button } from '../../ui/button'
import { Confirm } from '../../ui/dialog'
import { Switch } from '../../ui/field'
import { Panel } from '../../ui/shell'
import { Notice } from '../../ui/states'
import { useToasts } from '../../ui/toasts'
import { shell } from '../../words/shell'
import { team as words } from '../../words/team'
import { teamKey } from '../team'

const ORDER: (keyof Switches)[] = ['hidden', 'future_projects_private', 'members_may_invite', 'public_links_allowed', 'recommend_domain']

export function Privacy({ team, admin }: { team: Team; admin: boolean }) {
  const t = useWords()
  const client = useQueryClient()
  const { tell, complain } = useToasts()
  const change = (name: keyof Switches, on: boolean) =>
    setPrivacy(team.name, { [name]: on }).then((privacy) => {
      client.setQueryData<Team>(teamKey(team.name), (known) => known && { ...known, privacy })
      tell(t(shell.saved))
    }, complain)
  return (
    <div className="stack">
      {!admin && <Notice>{t(words.adminsOnly)}</Notice>}
      <Panel title={t(words.privacy)}>
        <ul className="lines">
          {ORDER.map((name) => {
            const [title, meaning] = words.switches[name]
            return (
              <li key={name} className="switch-line">
                <div className="grow"><span className="strong">{t(title)}</span><p className="quiet small">{t(meaning)}</p></div>
                <Switch label={t(title)} checked={team.privacy[name]} disabled={!admin} onChange={(on) => void change(name, on)} />
              </li>
            )
          })}
        </ul>
      </Panel>
      {admin && <End team={team.name} />}
    </div>
  )
}

function End({ team }: { team: string }) {
  const t = useWords()
  const client = useQueryClient()
  const { refresh } = useSession()
  const [, go] = useLocation()
  const [asking, setAsking] = useState(false)
  const found = useQuery({ queryKey: ['deletion', team], queryFn: () => previewDeletion(team), enabled: asking })
  const end = async () => {
    await deleteTeam(team)
    await Promise.all([refresh(), client.invalidateQueries({ queryKey: ['teams'] })])
    go('/')
  }
  return (
    <Panel title={t(words.danger)}>
      <div className="body"><Button kind="danger" icon="trash" onClick={() => setAsking(true)}>{t(words.deleteTeam)}</Button></div>
      {asking && (
        <Confirm title={t(words.deleteTeam)} doing={t(shell.delete)} type={team} onClose={() => setAsking(false)} onConfirm={end}>
          {found.data && <p>{t(words.deleteWhy, { members: found.data.members, machines: found.data.service_accounts.length, keys: found.data.api_keys })}</p>}
        </Confirm>
      )}
    </Panel>
  )
}
