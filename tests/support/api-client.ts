import { randomUUID } from 'node:crypto'
import type { Call } from '../../contract/api.ts'
import type { Attachment } from '../../contract/content.ts'
import type { Problem } from '../../contract/problem.ts'
import { pathTo, type RouteName, routes } from '../../contract/routes.ts'
import type { User } from '../../contract/user.ts'
import { type Followed, followEvents } from './event-stream.ts'

/** What goes with a call of the API. */
export interface Input<Name extends RouteName> {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Call<Name>['query']
  readonly body?: Call<Name>['body']
}

/** Somebody who is signed in, using the public API as a browser or a CRM would. */
export interface Person {
  readonly user: User
  /** Throws what was answered, unless it was accepted. */
  call<Name extends RouteName>(name: Name, input?: Input<Name>): Promise<Call<Name>['answer']>
  /** The problem that is answered; throws where the call is accepted. */
  refused<Name extends RouteName>(name: Name, input?: Input<Name>): Promise<Problem>
  upload(bytes: Uint8Array<ArrayBuffer>, mimeType: string, fileName: string): Promise<Attachment>
  download(mediaId: string): Promise<Uint8Array>
  /** Follows the event stream from now on, or from a cursor. */
  follow(after?: string): Promise<Followed>
}

interface Caller {
  readonly url: string
  readonly cookie: string | undefined
}

/** Calls as nobody: for what is done before anybody is signed in. */
export async function callPublic<Name extends RouteName>(url: string, name: Name, input: Input<Name> = {}): Promise<Call<Name>['answer']> {
  return accepted<Name>(name, await send({ url, cookie: undefined }, name, input))
}

/** Signs in with e-mail and password, or makes the first admin where a set-up token is given. */
export async function signIn(
  url: string,
  input: { readonly email: string; readonly password: string } | Call<'setup'>['body'],
): Promise<Person> {
  const answer =
    'setup_token' in input
      ? await send({ url, cookie: undefined }, 'setup', { body: input })
      : await send({ url, cookie: undefined }, 'login', { body: input })
  const user = await accepted<'login'>('login', answer)
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0]
  return createPerson({ url, cookie }, user)
}

/** The problem that is answered to somebody who is not signed in; throws where the call is accepted. */
export async function refusedPublic<Name extends RouteName>(url: string, name: Name, input: Input<Name> = {}): Promise<Problem> {
  return problemOf(name, await send({ url, cookie: undefined }, name, input))
}

function createPerson(caller: Caller, user: User): Person {
  return {
    user,
    call: async (name, input = {}) => accepted(name, await send(caller, name, input)),
    refused: async (name, input = {}) => problemOf(name, await send(caller, name, input)),
    async upload(bytes, mimeType, fileName) {
      const body = new FormData()
      body.set('file', new Blob([bytes], { type: mimeType }), fileName)
      const answer = await fetch(caller.url + routes.uploadMedia.path, {
        method: 'POST',
        headers: headersOf(caller),
        body,
        signal: limit(),
      })
      return accepted('uploadMedia', answer)
    },
    async download(mediaId) {
      const answer = await send(caller, 'getMedia', { params: { media_id: mediaId } })
      if (!answer.ok) throw await unexpected('getMedia', answer)
      return new Uint8Array(await answer.arrayBuffer())
    },
    follow: (after) => followEvents(caller.url, headersOf(caller), after),
  }
}

function headersOf({ url, cookie }: Caller): Record<string, string> {
  return { origin: url, ...(cookie === undefined ? {} : { cookie }) }
}

function send<Name extends RouteName>(caller: Caller, name: Name, { params = {}, query, body }: Input<Name>): Promise<Response> {
  const { method } = routes[name]
  const target = new URL(caller.url + pathTo(name, params))
  for (const [key, value] of Object.entries<string | number | boolean | undefined>(query ?? {}))
    if (value !== undefined) target.searchParams.set(key, String(value))
  const writes = method === 'GET' ? {} : { 'idempotency-key': randomUUID() }
  const json = body === undefined ? {} : { 'content-type': 'application/json' }
  return fetch(target, {
    method,
    headers: { ...headersOf(caller), ...writes, ...json },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: limit(),
  })
}

function limit(): AbortSignal {
  return AbortSignal.timeout(60_000)
}

async function accepted<Name extends RouteName>(name: Name, answer: Response): Promise<Call<Name>['answer']> {
  if (!answer.ok) throw await unexpected(name, answer)
  return (answer.status === 204 ? undefined : await answer.json()) as Call<Name>['answer']
}

async function problemOf(name: RouteName, answer: Response): Promise<Problem> {
  if (answer.ok) throw await unexpected(name, answer)
  return (await answer.json()) as Problem
}

async function unexpected(name: RouteName, answer: Response): Promise<Error> {
  return new Error(`${name} answered ${answer.status}: ${(await answer.text()).slice(0, 2_000)}`)
}
