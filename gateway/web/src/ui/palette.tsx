/** `Ctrl-K`: jump to a page by its name. `?`: which keys do what. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState, type KeyboardEvent as Pressed } from 'react'
import { Link, useLocation } from 'wouter'
import { listProjects } from '../api/projects'
import type { Me } from '../api/account'
import { useWords } from '../state/language'
import { useSession } from '../state/session'
import { account } from '../words/account'
import { palette as words } from '../words/admin'
import { shell } from '../words/shell'
import { Dialog } from './dialog'
import { fits } from './fitting'
import { Icon, type IconName } from './icons'

interface Goal {
  name: string
  href: string
  icon: IconName
}

const MOST = 50

export function Keyboard() {
  const { me } = useSession()
  const [open, setOpen] = useState<'palette' | 'help' | null>(null)
  const [path] = useLocation()
  useEffect(() => setOpen(null), [path])
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        setOpen('palette')
      } else if (event.key === '?' && !isTyping(event.target)) {
        setOpen('help')
      }
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
  if (open === 'help') return <Help onClose={() => setOpen(null)} />
  return open === 'palette' && me !== null ? <Palette me={me} onClose={() => setOpen(null)} /> : null
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))

function Help({ onClose }: { onClose: () => void }) {
  const t = useWords()
  const keys: [string, string][] = [['Ctrl K', t(words.open)], ['?', t(words.showHelp)], ['Esc', t(words.closeAny)]]
  return (
    <Dialog title={t(words.help)} onClose={onClose}>
      <div className="body">
        <dl className="keys-help">{keys.map(([key, meaning]) => <Key key={key} name={key} meaning={meaning} />)}</dl>
        <p className="quiet">{t(words.zoom)}</p>
      </div>
    </Dialog>
  )
}

const Key = ({ name, meaning }: { name: string; meaning: string }) => <><dt><kbd>{name}</kbd></dt><dd>{meaning}</dd></>

function Palette({ me, onClose }: { me: Me; onClose: () => void }) {
  const t = useWords()
  const [, go] = useLocation()
  const list = useRef<HTMLDivElement>(null)
  const [wanted, setWanted] = useState('')
  const [chosen, setChosen] = useState(0)
  const goals = useGoals(me)
  const found = useMemo(() => goals.filter((goal) => fits(goal.name, wanted)).slice(0, MOST), [goals, wanted])
  const press = (event: Pressed) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      const next = Math.min(found.length - 1, Math.max(0, chosen + step))
      setChosen(next)
      list.current?.children[next]?.scrollIntoView({ block: 'nearest' })
    } else if (event.key === 'Enter') {
      const goal = found[chosen]
      if (goal) go(goal.href)
      onClose()
    }
  }
  return (
    <Dialog title={t(words.title)} onClose={onClose}>
      <div className="body">
        <input className="input" data-focus role="combobox" aria-expanded="true" aria-controls="palette" aria-activedescendant={found[chosen] ? `palette-${chosen}` : undefined} aria-label={t(words.find)} placeholder={t(words.find)} value={wanted} onKeyDown={press} onChange={(event) => { setWanted(event.target.value); setChosen(0) }} />
        {found.length === 0 && <p className="quiet">{t(words.nothing)}</p>}
      </div>
      <div className="palette" id="palette" role="listbox" aria-label={t(words.title)} ref={list}>
        {found.map((goal, index) => (
          <Link key={goal.href} id={`palette-${index}`} role="option" tabIndex={-1} aria-selected={index === chosen} href={goal.href} onClick={onClose}>
            <Icon name={goal.icon} /><span className="clip">{goal.name}</span>
          </Link>
        ))}
      </div>
    </Dialog>
  )
}

function useGoals(me: Me): Goal[] {
  const t = useWords()
  const entities = useMemo(() => [me.username, ...me.teams.map((team) => team.name)], [me])
  const projects = useQuery({
    queryKey: ['palette', entities],
    queryFn: async () => (await Promise.all(entities.map((entity) => listProjects(entity, null, 100)))).flatMap((page) => page.items),
    staleTime: 60_000,
  })
  return [
    { name: t(shell.home), href: '/', icon: 'home' },
    ...me.teams.map(({ name }): Goal => ({ name, href: `/teams/${name}`, icon: 'people' })),
    ...(projects.data ?? []).flatMap(({ entity, name }): Goal[] => [
      { name: `${entity}/${name}`, href: `/${entity}/${name}`, icon: 'chart' },
      { name: `${entity}/${name}/runs`, href: `/${entity}/${name}/runs`, icon: 'table' },
    ]),
    { name: t(shell.newTeam), href: '/teams/new', icon: 'plus' },
    { name: `${t(shell.settings)}: ${t(account.profile)}`, href: '/settings', icon: 'gear' },
    { name: `${t(shell.settings)}: ${t(account.keys)}`, href: '/settings/keys', icon: 'key' },
    { name: `${t(shell.settings)}: ${t(account.appearance)}`, href: '/settings/appearance', icon: 'sun' },
    ...(me.admin ? [{ name: t(shell.administration), href: '/admin', icon: 'globe' } satisfies Goal] : []),
  ]
}
