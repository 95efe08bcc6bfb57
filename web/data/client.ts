import type { Call } from '../../contract/api.ts'
import type { Attachment } from '../../contract/content.ts'
import { pathTo, type RouteName, routes } from '../../contract/routes.ts'
import { NetworkError, parseProblem } from './api-error.ts'
import type { sendForm } from './upload.ts'

/** `undefined` may not be given, what has only optional fields may be left out, the rest must be given. */
type Part<Key extends string, Value> = [Value] extends [undefined]
  ? { readonly [K in Key]?: undefined }
  : Partial<Value> extends Value
    ? { readonly [K in Key]?: Value }
    : { readonly [K in Key]: Value }

export type Args<Name extends RouteName> = Part<'params', Call<Name>['params']> &
  Part<'query', Call<Name>['query']> &
  Part<'body', Call<Name>['body']> & { readonly idempotencyKey?: string; readonly signal?: AbortSignal }

type ArgList<Name extends RouteName> = Partial<Args<Name>> extends Args<Name> ? [args?: Args<Name>] : [args: Args<Name>]

/** The API as functions. Failures are `ApiError`, or `NetworkError` when no answer came. */
export interface Client {
  readonly call: <Name extends RouteName>(name: Name, ...args: ArgList<Name>) => Promise<Call<Name>['answer']>
  /** `onProgress` is told how much has gone, from 0 to 1. */
  readonly upload: (file: File, signal?: AbortSignal, onProgress?: (share: number) => void) => Promise<Attachment>
  /** How far the server's clock is before ours, in milliseconds; times that it sets are counted down by its clock. */
  readonly clockLead: () => number
}

interface Deps {
  readonly fetch: typeof fetch
  /** Sends a form and tells how far it is; without it a form goes by `fetch`. */
  readonly sendForm?: typeof sendForm
  readonly newId: () => string
  /** The session has ended; told once for every refused call. */
  readonly onUnauthenticated?: () => void
}

/** The untyped view of `Args`, which the typed door above guards. */
interface AnyArgs {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  readonly idempotencyKey?: string
  readonly signal?: AbortSignal
}

/** A client of our own server. Every write carries an idempotency key, a new one where the caller names none. */
export function createClient({ fetch, sendForm, newId, onUnauthenticated }: Deps): Client {
  let clockLead = 0

  function request(url: string, init: RequestInit): Promise<unknown> {
    return answerOf(() => fetch(url, { ...init, credentials: 'same-origin' }))
  }

  async function answerOf(ask: () => Promise<Response>): Promise<unknown> {
    let response: Response
    try {
      response = await ask()
    } catch (error) {
      throw new NetworkError('No answer from the server', { cause: error })
    }
    clockLead = leadOf(response) ?? clockLead
    if (!response.ok) {
      const error = await parseProblem(response)
      if (error.code === 'unauthenticated') onUnauthenticated?.()
      throw error
    }
    if (response.status === 204) return undefined
    try {
      return await response.json()
    } catch (error) {
      throw new NetworkError('The answer broke off', { cause: error })
    }
  }

  async function call(name: RouteName, args: AnyArgs = {}): Promise<unknown> {
    const { method } = routes[name]
    const headers: Record<string, string> = { accept: 'application/json' }
    if (method !== 'GET') headers['idempotency-key'] = args.idempotencyKey ?? newId()
    if (args.body !== undefined) headers['content-type'] = 'application/json'
    return request(withQuery(pathTo(name, args.params), args.query), {
      method,
      headers,
      ...(args.body === undefined ? {} : { body: JSON.stringify(args.body) }),
      ...(args.signal ? { signal: args.signal } : {}),
    })
  }

  async function upload(file: File, signal?: AbortSignal, onProgress?: (share: number) => void): Promise<Attachment> {
    const form = new FormData()
    form.append('file', file, file.name)
    // A new key each time: the parts of a form are divided by a random mark, so a repeat is never the same body.
    const headers = { accept: 'application/json', 'idempotency-key': newId() }
    const init = { method: routes.uploadMedia.method, headers, body: form, ...(signal ? { signal } : {}) }
    const url = pathTo('uploadMedia')
    const answer = onProgress && sendForm ? answerOf(() => sendForm(url, init, onProgress)) : request(url, init)
    return (await answer) as Attachment
  }

  return { call: call as Client['call'], upload, clockLead: () => clockLead }
}

/** A path with its query; what is undefined is left out. */
export function withQuery(path: string, query: AnyArgs['query'] = {}): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value))
  return search.size > 0 ? `${path}?${search}` : path
}

/** The header has whole seconds, so a difference of two is none. */
function leadOf(response: Response): number | undefined {
  const lead = Date.parse(response.headers.get('date') ?? '') - Date.now()
  if (Number.isNaN(lead)) return undefined
  return Math.abs(lead) > 2_000 ? lead : 0
}
