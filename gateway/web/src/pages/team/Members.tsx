/** Who is in a team, as what, and who is asked to join. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { Role } from '../../api/account'
import { changeMember, invite, leaveTeam, listInvitations, removeMember, resendInvitation, revokeInvitation, type Invitation, type Member, type Team } from '../../api/teams'
import { useWords } from '../../state/language'
import { useMe, useSession } from '../../state/session'
import { Button, IconButton } from '../../ui/button'
import { Secret } from '../../ui/copy'
import { Confirm } from '../../ui/dialog'
import { Input, Pick, Select } from '../../ui/field'
import { useSending } from '../../ui/form'
import { Face, Moment, RoleBadge } from '../../ui/marks'
import { Panel } from '../../ui/shell'
import { Loaded, Notice } from '../../ui/states'
import { useToasts } from '../../ui/toasts'
import { shell } from '../../words/shell'
import { team as words } from '../../words/team'
import { teamKey } from '../team'

const ROLES: Role[] = ['admin', 'member', 'viewer']

export function Members({ team, admin }: { team: Team; admin: boolean }) {
  const t = useWords()
  const me = useMe()
  const people = team.members.filter((member) => member.kind === 'user')
  const mayInvite = admin || (team.privacy.members_may_invite && team.role === 'member')
  return (
    <div className="stack">
      {mayInvite && <Invite team={team.name} roles={admin ? ROLES : ['member', 'viewer']} />}
      {mayInvite && <WaitingOnes team={team.name} />}
      <Panel title={t(words.members)} aside={<span className="quiet small numbers">{people.length}</span>}>
        <ul className="lines">{people.map((member) => <MemberLine key={member.username} team={team.name} member={member} admin={admin} own={member.username === me.username} />)}</ul>
      </Panel>
      <Leave team={team.name} />
    </div>
  )
}

function Invite({ team, roles }: { team: string; roles: Role[] }) {
  const t = useWords()
  const client = useQueryClient()
  const { tell } = useToasts()
  const [whom, setWhom] = useState('')
  const [role, setRole] = useState<Role>('member')
  const [sent, setSent] = useState<Invitation | null>(null)
  const sending = useSending(async () => {
    const who = whom.trim()
    const invitation = await invite(team, who.includes('@') ? { email: who } : { username: who }, role)
    setSent(invitation)
    setWhom('')
    tell(t(words.invited, { who }))
    await client.invalidateQueries({ queryKey: ['invitations', team] })
  })
  return (
    <Panel title={t(words.inviteTitle)}>
      <form className="body stack" onSubmit={sending.onSubmit}>
        <div className="inviting">
          <Input label={t(words.whom)} name="whom" required autoComplete="off" autoCapitalize="none" wrong={sending.wrong('email', 'username')} value={whom} onChange={(event) => setWhom(event.target.value)} />
          <Select label={t(words.role)} value={role} choices={roles.map((one) => [one, `${t(shell.roles[one])} – ${t(words.roleMeans[one])}`])} onChange={(event) => setRole(event.target.value as Role)} />
          <Button type="submit" kind="primary" icon="mail" busy={sending.busy}>{t(words.send)}</Button>
        </div>
        {sending.refusal('email', 'username')}
        {sent?.token && <HandOver invitation={sent} />}
      </form>
    </Panel>
  )
}

function HandOver({ invitation }: { invitation: Invitation }) {
  const t = useWords()
  return (
    <Notice kind="good">
      <div className="stack tight">
        <span>{t(words.link)}</span>
        <Secret label={t(words.link)} text={`${window.location.origin}/invitation?token=${encodeURIComponent(invitation.token ?? '')}`} />
      </div>
    </Notice>
  )
}

function WaitingOnes({ team }: { team: string }) {
  const t = useWords()
  const client = useQueryClient()
  const { tell, complain } = useToasts()
  const [sent, setSent] = useState<Invitation | null>(null)
  const found = useQuery({ queryKey: ['invitations', team], queryFn: () => listInvitations(team) })
  const refresh = () => client.invalidateQueries({ queryKey: ['invitations', team] })
  const again = (one: Invitation) =>
    resendInvitation(team, one.id).then((invitation) => {
      setSent(invitation)
      tell(t(words.invited, { who: one.email ?? one.username ?? '' }))
      return refresh()
    }, complain)
  return (
    <Loaded query={found} isEmpty={(page) => page.items.length === 0} empty={null}>
      {(page) => (
        <Panel title={t(words.waiting)} aside={<span className="quiet small numbers">{page.items.length}</span>}>
          <ul className="lines">
            {page.items.map((one) => (
              <li key={one.id}>
                <Face name={one.email ?? one.username ?? '?'} />
                <div className="grow">
                  <span className="strong anywhere">{one.email ?? one.username}</span>
                  <p className="quiet small">{t(words.invitedBy, { who: one.invited_by })} · {t(words.expires)} <Moment at={one.expires_at} /></p>
                </div>
                <RoleBadge role={one.role} />
                <Button slim onClick={() => void again(one)}>{t(words.resend)}</Button>
                <Button slim kind="danger" onClick={() => void revokeInvitation(team, one.id).then(refresh, complain)}>{t(words.revoke)}</Button>
              </li>
            ))}
            {sent?.token && <li><div className="grow"><HandOver invitation={sent} /></div></li>}
          </ul>
        </Panel>
      )}
    </Loaded>
  )
}

function MemberLine({ team, member, admin, own }: { team: string; member: Member; admin: boolean; own: boolean }) {
  const t = useWords()
  const client = useQueryClient()
  const { refresh: refreshMe } = useSession()
  const { tell, complain } = useToasts()
  const [removing, setRemoving] = useState(false)
  const refresh = () => client.invalidateQueries({ queryKey: teamKey(team) })
  const change = (role: Role) =>
    changeMember(team, member.username, role).then(() => {
      tell(t(words.roleChanged, { name: member.username, role: t(shell.roles[role]) }))
      return Promise.all([refresh(), own ? refreshMe() : null])
    }, complain)
  return (
    <li>
      <Face name={member.username} />
      <div className="grow">
        <span className="strong">{member.name || member.username}</span>{own && <span className="quiet small"> ({t(words.you)})</span>}
        <p className="quiet small clip">{member.username}{member.email && ` · ${member.email}`}</p>
      </div>
      <span className="quiet small">{t(words.since)} <Moment at={member.joined_at} /></span>
      {admin && member.role !== 'service' ? (
        <Pick label={t(words.roleOf, { name: member.username })} value={member.role} choices={ROLES.map((role) => [role, t(shell.roles[role])])} onChange={(event) => void change(event.target.value as Role)} />
      ) : (
        <RoleBadge role={member.role} />
      )}
      {admin && !own && <IconButton icon="trash" label={t(words.removeTitle, { name: member.username })} onClick={() => setRemoving(true)} />}
      {removing && (
        <Confirm title={t(words.removeTitle, { name: member.username })} doing={t(shell.remove)} onClose={() => setRemoving(false)} onConfirm={() => removeMember(team, member.username).then(refresh)}>
          <p>{t(words.removeWhy)}</p>
        </Confirm>
      )}
    </li>
  )
}

function Leave({ team }: { team: string }) {
  const t = useWords()
  const client = useQueryClient()
  const { refresh } = useSession()
  const [, go] = useLocation()
  const [asking, setAsking] = useState(false)
  const leave = async () => {
    await leaveTeam(team)
    await Promise.all([refresh(), client.invalidateQueries({ queryKey: ['teams'] })])
    go('/')
  }
  return (
    <div>
      <Button kind="danger" icon="out" onClick={() => setAsking(true)}>{t(words.leave)}</Button>
      {asking && <Confirm title={t(words.leaveTitle, { team })} doing={t(words.leave)} onClose={() => setAsking(false)} onConfirm={leave}><p>{t(words.leaveWhy)}</p></Confirm>}
    </div>
  )
}

