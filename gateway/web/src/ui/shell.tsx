/** The frame around every page: where one is, and where one can go. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { listTeams } from '../api/teams'
import { useWords } from '../state/language'
import { useSession } from '../state/session'
import { shell } from '../words/shell'
import { IconButton, LinkButton } from './button'
import { Icon, type IconName } from './icons'
import { Face } from './marks'
import { useToasts } from './toasts'

export function Shell({ children }: { children: ReactNode }) {
  const t = useWords()
  const [open, setOpen] = useState(false)
  const [path] = useLocation()
  useEffect(() => setOpen(false), [path])
  return (
    <div className="shell">
      <a className="skip" href="#content">{t(shell.skip)}</a>
      <div className="topbar">
        <IconButton icon="menu" label={t(shell.menu)} onClick={() => setOpen(true)} aria-expanded={open} />
        <Link href="/" className="brand"><img src="/assets/cordee.svg" alt="" />Cordée</Link>
      </div>
      {open && <button type="button" className="veil" aria-label={t(shell.close)} onClick={() => setOpen(false)} />}
      <Rail open={open} path={path} />
      <main className="main" id="content">{children}</main>
    </div>
  )
}

function Rail({ open, path }: { open: boolean; path: string }) {
  const t = useWords()
  const { me } = useSession()
  return (
    <aside className={open ? 'rail open' : 'rail'} aria-label={t(shell.menu)}>
      <Link href="/" className="brand"><img src="/assets/cordee.svg" alt="" />Cordée</Link>
      {me === null ? <LinkButton href={`/login?return_to=${encodeURIComponent(path)}`} kind="primary">{t(shell.signIn)}</LinkButton> : <Places path={path} username={me.username} admin={me.admin} />}
    </aside>
  )
}

function Places({ path, username, admin }: { path: string; username: string; admin: boolean }) {
  const t = useWords()
  const session = useSession()
  const { complain } = useToasts()
  const [, go] = useLocation()
  const teams = useQuery({ queryKey: ['teams'], queryFn: listTeams, staleTime: 60_000 })
  const leave = () => session.leave().then(() => go('/login'), complain)
  return (
    <>
      <nav aria-label={t(shell.menu)}>
        <ul>
          <Place href="/" icon="home" current={path === '/'}>{t(shell.home)}</Place>
          <Place href={`/${username}`} icon="user" current={within(path, `/${username}`)}>{t(shell.yourSpace)}</Place>
        </ul>
        <section>
          <h2>{t(shell.teams)}</h2>
          <ul>
            {teams.data?.items.map((team) => (
              <li key={team.name}>
                <Link href={`/teams/${team.name}`} aria-current={within(path, `/teams/${team.name}`) || within(path, `/${team.name}`) ? 'page' : undefined}>
                  <Face name={team.name} small square />
                  <span className="clip">{team.name}</span>
                </Link>
              </li>
            ))}
            <Place href="/teams/new" icon="plus" current={path === '/teams/new'}><span className="quiet">{t(shell.newTeam)}</span></Place>
          </ul>
        </section>
      </nav>
      <ul className="foot">
        {admin && <Place href="/admin" icon="globe" current={within(path, '/admin')}>{t(shell.administration)}</Place>}
        <Place href="/settings" icon="gear" current={within(path, '/settings')}>{t(shell.settings)}</Place>
        <li className="row" style={{ padding: '6px 8px' }}>
          <Face name={username} small />
          <span className="grow clip">{username}</span>
          <IconButton icon="out" label={t(shell.signOut)} onClick={() => void leave()} />
        </li>
      </ul>
    </>
  )
}

const within = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`)

function Place({ href, icon, current, children }: { href: string; icon: IconName; current: boolean; children: ReactNode }) {
  return (
    <li>
      <Link href={href} aria-current={current ? 'page' : undefined}><Icon name={icon} />{children}</Link>
    </li>
  )
}

export interface Crumb {
  name: string
  href?: string
}

/** The head of a page: its place, its name, what can be done. Also the window's title. */
export function Heading({ crumbs = [], title, beside, actions }: {
  crumbs?: Crumb[]
  title: string
  beside?: ReactNode
  actions?: ReactNode
}) {
  useEffect(() => {
    document.title = `${title} · Cordée`
  }, [title])
  return (
    <header>
      {crumbs.length > 0 && (
        <ol className="crumbs">
          {crumbs.map((crumb) => <li key={crumb.name}>{crumb.href ? <Link href={crumb.href}>{crumb.name}</Link> : crumb.name}</li>)}
        </ol>
      )}
      <div className="heading">
        <h1>{title}</h1>
        {beside}
        {actions && <div className="actions">{actions}</div>}
      </div>
    </header>
  )
}

export function Panel({ title, aside, children, foot, id }: { title?: ReactNode; aside?: ReactNode; children: ReactNode; foot?: ReactNode; id?: string }) {
  return (
    <section className="panel" id={id}>
      {(title || aside) && <header><h2>{title}</h2>{aside && <div className="push row wrap">{aside}</div>}</header>}
      {children}
      {foot && <footer>{foot}</footer>}
    </section>
  )
}

export function Tabs({ label, base, current, tabs }: { label: string; base: string; current: string; tabs: readonly (readonly [key: string, name: string])[] }) {
  const bar = useRef<HTMLElement>(null)
  // On a phone the tabs are wider than the screen.
  useEffect(() => {
    bar.current?.querySelector('[aria-current=page]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [current])
  return (
    <nav className="tabs" aria-label={label} ref={bar}>
      {tabs.map(([key, name]) => (
        <Link key={key} href={key === '' ? base : `${base}/${key}`} aria-current={current === key ? 'page' : undefined}>{name}</Link>
      ))}
    </nav>
  )
}
