/** Which page stands at which address. */
import { lazy, Suspense, type ReactNode } from 'react'
import { Redirect, Route, Router, Switch, useLocation } from 'wouter'
import { AuthorizePage, WelcomePage } from './pages/authorize'
import { HomePage } from './pages/home'
import { ConfirmEmailPage, InvitationPage, ResetPage } from './pages/mailLinks'
import { SignInPage } from './pages/signIn'
import { SignUpPage } from './pages/signUp'
import { useWholePath } from './state/address'
import { SessionProvider, useSession } from './state/session'
import { Boundary } from './ui/boundary'
import { Keyboard } from './ui/palette'
import { Shell } from './ui/shell'
import { Failed, Waiting } from './ui/states'

const SettingsPage = lazy(() => import('./pages/settings'))
const TeamPage = lazy(() => import('./pages/team'))
const NewTeamPage = lazy(() => import('./pages/newTeam'))
const EntityPage = lazy(() => import('./pages/entity'))
const ProjectPage = lazy(() => import('./pages/project'))
const RunPage = lazy(() => import('./pages/run'))
const ComparePage = lazy(() => import('./pages/compare'))
const ArtifactPage = lazy(() => import('./pages/artifacts'))
const AdminPage = lazy(() => import('./pages/admin'))
const ReportPage = lazy(() => import('./pages/report'))
const NewReportPage = lazy(() => import('./pages/report/NewReport'))
const SweepPage = lazy(() => import('./pages/sweep'))
const SharePage = lazy(() => import('./pages/share'))

export function App() {
  return (
    <Router hook={useWholePath}>
      <SessionProvider waiting={<Waiting />} failed={(error, again) => <Failed error={error} again={again} />}>
        <Switch>
          <Route path="/login"><SignInPage /></Route>
          <Route path="/signup"><SignUpPage /></Route>
          <Route path="/reset"><ResetPage /></Route>
          <Route path="/confirm-email"><ConfirmEmailPage /></Route>
          <Route path="/invitation"><InvitationPage /></Route>
          <Route path="/authorize"><SignedIn><AuthorizePage /></SignedIn></Route>
          <Route path="/welcome"><SignedIn><WelcomePage /></SignedIn></Route>
          <Route path="/share/:token/:run?/:tab?"><Suspense fallback={<Waiting />}><SharePage /></Suspense></Route>
          <Route><Inside /></Route>
        </Switch>
      </SessionProvider>
    </Router>
  )
}

function Inside() {
  const [path] = useLocation()
  return (
    <Shell>
      <Keyboard />
      <Boundary place={path}>
        <Suspense fallback={<Waiting />}>
          <Switch>
            <Route path="/"><SignedIn><HomePage /></SignedIn></Route>
            <Route path="/home"><Redirect to="/" replace /></Route>
            <Route path="/settings/:tab?"><SignedIn><SettingsPage /></SignedIn></Route>
            <Route path="/admin/:tab?"><SignedIn><AdminPage /></SignedIn></Route>
            <Route path="/teams/new"><SignedIn><NewTeamPage /></SignedIn></Route>
            <Route path="/teams/:team/:tab?"><SignedIn><TeamPage /></SignedIn></Route>
            <Route path="/:entity/:project/runs/:run/:tab?"><RunPage /></Route>
            <Route path="/:entity/:project/artifacts/:type/:collection/:version?"><ArtifactPage /></Route>
            <Route path="/:entity/:project/compare"><ComparePage /></Route>
            <Route path="/:entity/:project/reports/new"><SignedIn><NewReportPage /></SignedIn></Route>
            <Route path="/:entity/:project/reports/:report"><ReportPage /></Route>
            <Route path="/:entity/:project/sweeps/:sweep"><SweepPage /></Route>
            <Route path="/:entity/:project/:tab?"><ProjectPage /></Route>
            <Route path="/:entity"><EntityPage /></Route>
          </Switch>
        </Suspense>
      </Boundary>
    </Shell>
  )
}

/** Visitors are led to the door, and back here afterwards. */
function SignedIn({ children }: { children: ReactNode }) {
  const { me } = useSession()
  const [path] = useLocation()
  if (me !== null) return children
  const here = path === '/' ? '' : `?return_to=${encodeURIComponent(path + window.location.search)}`
  return <Redirect to={`/login${here}`} replace />
}
