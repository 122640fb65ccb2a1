/** Asking the server: one function, which knows the session's token and the form of refusals. */

const BASE = '/api/v1'
/** Whether this one is refused is the answer to who is signed in. */
export const CURRENT_SESSION = '/sessions/current'

export interface Page<Item> {
  items: Item[]
  next: string | null
}

/** A refusal as the server words it (RFC 9457). `status` 0 means that it could not be reached. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly field: string | null = null,
    readonly requestId: string | null = null,
  ) {
    super(detail || title)
  }
}

export function isProblem(error: unknown, ...statuses: number[]): error is Problem {
  return error instanceof Problem && (statuses.length === 0 || statuses.includes(error.status))
}

/** The answer was a no: whoever asks may not, may no longer, or there is nothing. */
export const isRefusal = (error: unknown): boolean => isProblem(error, 401, 403, 404, 410)

let refused: ((status: number) => void) | null = null

/** Who wants to know of every refusal: the session may be over. Gives back how to stop it. */
export function whenRefused(tell: (status: number) => void): () => void {
  refused = tell
  return () => {
    if (refused === tell) refused = null
  }
}

let csrfToken: string | null = null

/** What every change has to bring from now on. */
export function bringToken(token: string | null): void {
  csrfToken = token
}

let linkToken: string | null = null

/** The token of the share link that a visitor came with: what is asked of `/shared` brings it. */
export function bringLink(token: string | null): void {
  linkToken = token
}

/** What has to come along to a path of ours. */
export const headersFor = (path: string): Record<string, string> =>
  linkToken !== null && path.startsWith('/shared') ? { 'X-Cordee-Share': linkToken } : {}

/** A path whose parts are data: ``at`/teams/${name}` `` encodes each of them. */
export function at(texts: TemplateStringsArray, ...parts: (string | number)[]): string {
  return texts.reduce(
    (path, text, index) => path + encodeURIComponent(String(parts[index - 1])) + text,
  )
}

/** Query parameters; what is null, undefined or empty is left out. */
export function asking(parameters: Record<string, string | number | boolean | null | undefined>): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== '') given.set(name, String(value))
  }
  const text = given.toString()
  return text === '' ? '' : `?${text}`
}

async function call<Answer>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
  const headers: Record<string, string> = { Accept: 'application/json', ...headersFor(path) }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (method !== 'GET' && csrfToken !== null) headers['X-Cordee-CSRF'] = csrfToken
  const response = await fetched(BASE + path, {
    method,
    headers,
    credentials: 'same-origin',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (isProblem(error, 401, 403, 404) && path !== CURRENT_SESSION) refused?.(error.status)
    throw error
  })
  if (response.status === 204 || response.headers.get('content-length') === '0') return undefined as Answer
  const text = await response.text()
  return (text === '' ? undefined : JSON.parse(text)) as Answer
}

/** Bytes of ours that are no JSON; what fails is a Problem here, too. */
export async function fetched(url: string, init: RequestInit = {}): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, init)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Problem(0, 'Unreachable', '')
  }
  if (!response.ok) throw await problemOf(response)
  return response
}

async function problemOf(response: Response): Promise<Problem> {
  const text = (name: string, body: Record<string, unknown>): string | null =>
    typeof body[name] === 'string' ? body[name] : null
  try {
    const body = (await response.json()) as Record<string, unknown>
    return new Problem(
      response.status,
      text('title', body) ?? '',
      text('detail', body) ?? '',
      text('field', body),
      text('request_id', body),
    )
  } catch {
    return new Problem(response.status, response.statusText, '')
  }
}

export const get = <Answer>(path: string, signal?: AbortSignal) => call<Answer>('GET', path, undefined, signal)
export const post = <Answer = void>(path: string, body: unknown = {}) => call<Answer>('POST', path, body)
export const put = <Answer = void>(path: string, body: unknown = {}) => call<Answer>('PUT', path, body)
export const patch = <Answer = void>(path: string, body: unknown = {}) => call<Answer>('PATCH', path, body)
export const remove = <Answer = void>(path: string, body?: unknown) => call<Answer>('DELETE', path, body)
/** Where an address of the API is, for links that download. */
export const address = (path: string): string => BASE + path
