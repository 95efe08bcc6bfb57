import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSandbox, type Sandbox, type SandboxOptions } from './index.ts'

/** A JSON object of which nothing is known. */
export type Json = { [key: string]: unknown }

/** An answer of any of the sandbox's APIs. */
export type Answer = { status: number; body: Json }

/** A sandbox with one application of its own behind the homeserver, as tests use it. */
export type TestWorld = AsyncDisposable & {
  sandbox: Sandbox
  /** The control API. */
  control: (method: string, path: string, body?: unknown) => Promise<Answer>
  /** The provisioning API, for a user of the application. */
  provision: (method: string, path: string, body?: unknown) => Promise<Answer>
  /** The homeserver, as a user of the application. */
  matrix: (method: string, path: string, body?: unknown) => Promise<Answer>
  /** Links a phone by QR. */
  link: (phone: string) => Promise<void>
  /** Every event of every room of the user, oldest first in each room. */
  events: () => Promise<Json[]>
  /** Follows `/sync` from a token until a reply has what is looked for. */
  follow: <T>(since: string, look: (reply: Json) => T | undefined) => Promise<T>
  /** Sends into a room as the user; gives the event id. */
  say: (roomId: string, content: Json, type?: string) => Promise<string>
}

const asToken = 'as_crm'

/** The user of the application under test. */
export const agent = '@crm_1:mistok.test'

const users = { regex: '@crm_.*:mistok\\.test', exclusive: true }

/** The application's registrations: its own, and one for double puppeting. */
const appservices = [
  {
    id: 'crm',
    url: null,
    as_token: asToken,
    hs_token: 'hs_crm',
    sender_localpart: 'crm_bot',
    rate_limited: false,
    namespaces: { users: [users] },
  },
  {
    id: 'doublepuppet',
    url: null,
    as_token: 'as_doublepuppet',
    hs_token: 'hs_doublepuppet',
    sender_localpart: 'doublepuppet',
    rate_limited: false,
    namespaces: { users: [{ regex: '@.*:mistok\\.test', exclusive: false }] },
  },
]

/** Starts a sandbox on free ports with one user; `puppet: false` leaves double puppeting out. */
export async function startWorld(options: Partial<SandboxOptions> & { puppet?: boolean } = {}): Promise<TestWorld> {
  const { puppet = true, ...rest } = options
  const sandbox = await startSandbox({
    ports: { homeserver: 0, bridge: 0, control: 0 },
    timeScale: 0.05,
    log: () => undefined,
    appservices,
    ...(puppet ? { doublePuppetToken: 'as_doublepuppet' } : {}),
    ...rest,
  })
  const world = worldOf(sandbox, () => sandbox.close())
  await request('POST', `${sandbox.homeserverUrl}/_matrix/client/v3/register`, asToken, {
    type: 'm.login.application_service',
    username: 'crm_1',
    inhibit_login: true,
  })
  await until(async () => (await request('GET', `${sandbox.bridgeUrl}/_matrix/mau/ready`)).status === 200)
  return world
}

function worldOf(sandbox: Sandbox, close: () => Promise<void>): TestWorld {
  const as = `user_id=${encodeURIComponent(agent)}`
  const withUser = (path: string) => `${path}${path.includes('?') ? '&' : '?'}${as}`
  const world: TestWorld = {
    sandbox,
    control: (method, path, body) => request(method, `${sandbox.controlUrl}/sandbox/v1${path}`, undefined, body),
    provision: (method, path, body) =>
      request(method, `${sandbox.bridgeUrl}/_matrix/provision/v3${withUser(path)}`, sandbox.bridgeSecret, body),
    matrix: (method, path, body) => request(method, `${sandbox.homeserverUrl}/_matrix/client/v3${withUser(path)}`, asToken, body),
    async link(phone) {
      const { body: step } = await world.provision('POST', '/login/start/qr')
      const waiting = world.provision(
        'POST',
        `/login/step/${text(step, 'login_id')}/${text(step, 'step_id')}/display_and_wait?txn_id=${text(step, 'txn_id')}`,
      )
      await world.control('POST', `/phones/${phone}/scan`, { data: text(step, 'display_and_wait', 'data') })
      const { body: done } = await waiting
      if (done['type'] !== 'complete') throw new Error(`not linked: ${JSON.stringify(done)}`)
    },
    async events() {
      const { body: rooms } = await world.matrix('GET', '/joined_rooms')
      const all = (at(rooms, 'joined_rooms') as string[]).map(async (roomId) => {
        const { body } = await world.matrix('GET', `/rooms/${encodeURIComponent(roomId)}/messages?dir=f&limit=1000`)
        return list(body, 'chunk').map((event) => ({ ...event, room_id: roomId }))
      })
      return (await Promise.all(all)).flat()
    },
    async follow(since, look) {
      let from = since
      for (const end = Date.now() + 30_000; Date.now() < end;) {
        const { body } = await world.matrix('GET', `/sync?timeout=1000&since=${from}`)
        const found = look(body)
        if (found !== undefined) return found
        from = text(body, 'next_batch')
      }
      throw new Error('followed for ten seconds in vain')
    },
    async say(roomId, content, type = 'm.room.message') {
      const { body } = await world.matrix('PUT', `/rooms/${encodeURIComponent(roomId)}/send/${type}/${crypto.randomUUID()}`, content)
      return text(body, 'event_id')
    },
    [Symbol.asyncDispose]: close,
  }
  return world
}

/** What stands at a path in a JSON value; throws where there is nothing. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce((inner: unknown, key) => {
    const next = typeof inner === 'object' && inner !== null ? (inner as { [key: string | number]: unknown })[key] : undefined
    if (next === undefined) throw new Error(`there is no ${path.join('.')} in ${JSON.stringify(value)}`)
    return next
  }, value)
}

/** The text at a path in a JSON value. */
export function text(value: unknown, ...path: (string | number)[]): string {
  return String(at(value, ...path))
}

/** The list of objects at a path in a JSON value. */
export function list(value: unknown, ...path: (string | number)[]): Json[] {
  return at(value, ...path) as Json[]
}

/** One request with JSON both ways. */
export async function request(method: string, url: string, token?: string, body?: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
  })
  const text = await response.text()
  return { status: response.status, body: text.startsWith('{') ? (JSON.parse(text) as Json) : { text } }
}

/** Asks again until the answer is not false or undefined; fails after ten seconds. */
export async function until<T>(ask: () => Promise<T> | T): Promise<Exclude<T, false | undefined>> {
  for (const end = Date.now() + 30_000; ;) {
    const answer = await ask()
    if (answer !== false && answer !== undefined) return answer as Exclude<T, false | undefined>
    if (Date.now() > end) throw new Error('waited thirty seconds in vain')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** An empty folder that is removed at the end. */
export async function tempDir(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'sandbox-test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** The shop's phone, and a customer's. */
export const shop = '+380671112233'
export const olena = '+380501234567'

/** Waits for an event in one of the user's rooms. */
export function event(world: TestWorld, matches: (event: Json) => boolean): Promise<Json> {
  return until(async () => (await world.events()).find(matches))
}

/** Matches a message with this body. */
export const bodyIs = (body: string) => (each: Json) => (each['content'] as Json)['body'] === body

/** A phone scans whichever QR is the newest now. */
export async function scanNewest(world: TestWorld, phone: string): Promise<void> {
  await until(async () => {
    const { body } = await world.control('GET', '/state')
    return (await world.control('POST', `/phones/${phone}/scan`, { data: text(body, 'waiting', 0, 'value') })).status === 200
  })
}

/** The newest message that a phone has received. */
export async function newest(world: TestWorld, phone: string): Promise<Json | undefined> {
  return list((await world.control('GET', `/phones/${phone}/messages`)).body, 'items').at(-1)
}

/** The room of a chat, opened by a message of the customer. */
export async function openRoom(world: TestWorld): Promise<{ roomId: string; waId: string; eventId: string }> {
  const sent = await world.control('POST', `/phones/${olena}/messages`, { to: shop, text: 'Opening' })
  const first = await event(world, bodyIs('Opening'))
  return { roomId: text(first, 'room_id'), waId: text(sent.body, 'id'), eventId: text(first, 'event_id') }
}
