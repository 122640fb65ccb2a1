/** What is chosen on a page stands in its address, so that a link shows the same. */
import { useCallback } from 'react'
import { useParams, useSearchParams } from 'wouter'
import { useBrowserLocation } from 'wouter/use-browser-location'
import { unescaped } from './parts'

export type Change = Record<string, string | null>

/** Parameters of the address, a function that changes some of them in place, and one that changes all. */
export function useAddress(): [URLSearchParams, (change: Change) => void, (search: string) => void] {
  const [search, setSearch] = useSearchParams()
  const change = useCallback(
    (changes: Change) =>
      setSearch(
        (before) => {
          const next = new URLSearchParams(before)
          for (const [name, value] of Object.entries(changes)) {
            if (value === null || value === '') next.delete(name)
            else next.set(name, value)
          }
          return next
        },
        { replace: true },
      ),
    [setSearch],
  )
  const replace = useCallback((search: string) => setSearch(() => new URLSearchParams(search)), [setSearch])
  return [search, change, replace]
}

/** The path as it stands in the address. wouter undoes some of its escapes, after which `=` and `%3D` look
 *  alike; so each `%` is escaped once more for it. */
export function useWholePath(): ReturnType<typeof useBrowserLocation> {
  const [path, go] = useBrowserLocation()
  return [path.replaceAll('%', '%25'), go]
}

/** Parts of the path by the names that its route gives them, as people wrote them. */
export function useParts(): Record<string, string | undefined> {
  const found = useParams() as Record<string, string | undefined>
  return Object.fromEntries(Object.entries(found).map(([name, part]) => [name, part === undefined ? undefined : unescaped(part)]))
}
