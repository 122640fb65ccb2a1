/** Who is signed in. */
import { notifyManager, useQuery, useQueryClient, type Query, type QueryClient } from '@tanstack/react-query'
import { createContext, Fragment, useContext, useEffect, useRef, type ReactNode } from 'react'
import { signOut, whoAmI, type Me } from '../api/account'
import { whenRefused } from '../api/client'
import { useSpeech } from './language'

interface Session {
  /** Null for a visitor. */
  me: Me | null
  /** Ask again, after signing in or out or changing one's account. */
  refresh: () => Promise<unknown>
  /** Sign out, and keep nothing of what was shown. */
  leave: () => Promise<void>
}

const SessionContext = createContext<Session | null>(null)
export const ME = ['me'] as const
/** A refusal soon after the session was seen to last says nothing new about it. */
const SURE_MS = 10_000

const ofOthers = { predicate: (query: Query) => query.queryKey[0] !== ME[0] }

/** What one person was shown is not for the next. */
function forget(client: QueryClient): void {
  void client.cancelQueries(ofOthers)
  client.removeQueries(ofOthers)
}

async function askWho(client: QueryClient): Promise<Me | null> {
  const before = client.getQueryData<Me | null>(ME)
  const me = await whoAmI()
  if (before && before.username !== me?.username) forget(client)
  else if (before === null && me !== null) void client.invalidateQueries(ofOthers)
  return me
}

export function SessionProvider({ children, waiting, failed }: {
  children: ReactNode
  waiting: ReactNode
  failed: (error: unknown, again: () => void) => ReactNode
}) {
  const client = useQueryClient()
  const found = useQuery({ queryKey: ME, queryFn: () => askWho(client), staleTime: 60_000, refetchOnWindowFocus: 'always' })
  useEnding(client)
  const { speak } = useSpeech()
  const chosen = found.data?.language
  useEffect(() => {
    if (chosen === 'en' || chosen === 'fr') speak(chosen)
    // Only what the account says speaks; a visitor's choice stays.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [chosen])
  const goodbyes = useGoodbyes(found.data?.username ?? null)
  // Once it is known who somebody is, a question that fails changes nothing about it.
  if (found.data === undefined) return found.isError ? failed(found.error, () => void found.refetch()) : waiting
  const refresh = () => client.invalidateQueries({ queryKey: ME })
  const leave = async () => {
    await signOut()
    await client.cancelQueries()
    forget(client)
    client.setQueryData(ME, null)
    // Pages hear of it in the next turn; only then is the door a door.
    await new Promise<void>((told) => notifyManager.schedule(told))
  }
  return (
    <SessionContext value={{ me: found.data, refresh, leave }}>
      <Fragment key={goodbyes}>{children}</Fragment>
    </SessionContext>
  )
}

/** How many people have left: after each, every page begins anew. */
function useGoodbyes(username: string | null): number {
  const seen = useRef({ username, count: 0 })
  if (seen.current.username !== username) {
    if (seen.current.username !== null) seen.current.count += 1
    seen.current.username = username
  }
  return seen.current.count
}

/** A session may end elsewhere: what is refused asks whether it has. */
function useEnding(client: QueryClient): void {
  useEffect(
    () =>
      whenRefused((status) => {
        const known = client.getQueryState(ME)
        if (!known?.data || (status !== 401 && Date.now() - known.dataUpdatedAt < SURE_MS)) return
        void client.invalidateQueries({ queryKey: ME }, { cancelRefetch: false })
      }),
    [client],
  )
}

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (session === null) throw new Error('outside SessionProvider')
  return session
}

/** For pages that only signed-in people reach. */
export function useMe(): Me {
  const { me } = useSession()
  if (me === null) throw new Error('nobody is signed in')
  return me
}
