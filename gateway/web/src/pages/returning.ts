/** Where to go after signing in. Pure. */

/** A page of ours, never another site's. */
export function safeReturn(path: string | null): string {
  return path !== null && /^\/(?![/\\])/.test(path) ? path : '/'
}
