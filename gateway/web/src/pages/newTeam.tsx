/** `/teams/new`. */
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { createTeam } from '../api/teams'
import { useWords } from '../state/language'
import { useSession } from '../state/session'
import { Button } from '../ui/button'
import { Input, TextArea } from '../ui/field'
import { useSending } from '../ui/form'
import { Heading, Panel } from '../ui/shell'
import { team as words } from '../words/team'

export default function NewTeamPage() {
  const t = useWords()
  const client = useQueryClient()
  const { refresh } = useSession()
  const [, go] = useLocation()
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const sending = useSending(async () => {
    const team = await createTeam(name, description)
    await Promise.all([refresh(), client.invalidateQueries({ queryKey: ['teams'] })])
    go(`/teams/${team.name}/members`)
  })
  return (
    <div className="page narrow">
      <Heading title={t(words.newTitle)} />
      <p className="quiet">{t(words.newWhy)}</p>
      <Panel>
        <form className="body stack" onSubmit={sending.onSubmit}>
          <Input label={t(words.name)} name="name" hint={t(words.nameHint, { address: `${window.location.host}/teams/${name || '…'}` })} wrong={sending.wrong('name')} required autoFocus autoCapitalize="none" value={name} onChange={(event) => setName(event.target.value)} />
          <TextArea label={t(words.description)} wrong={sending.wrong('description')} value={description} onChange={(event) => setDescription(event.target.value)} />
          {sending.refusal('name', 'description')}
          <div><Button type="submit" kind="primary" busy={sending.busy}>{t(words.found)}</Button></div>
        </form>
      </Panel>
    </div>
  )
}
