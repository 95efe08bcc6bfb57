import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startHomeserver, type Homeserver, type HomeserverOptions, type Registration } from './index.ts'
import type { Json } from './state.ts'

/** The server name of the tests. */
export const serverName = 'test.example'

/** A registration over `@<prefix>.*`, as Mistok and the bridge have them. */
export function registration(prefix: string, url: string | null, more: Partial<Registration> = {}): Registration {
  return {
    id: prefix,
    url,
    as_token: `as_${prefix}`,
    hs_token: `hs_${prefix}`,
    sender_localpart: `${prefix}_sender`,
    rate_limited: false,
    receive_ephemeral: true,
    namespaces: { users: [{ exclusive: true, regex: `@${prefix}_.*:test\\.example` }] },
    ...more,
  }
}

/** A homeserver with an admin `admin` / `secret`. */
export function startTestServer(options: Partial<HomeserverOptions> = {}): Promise<Homeserver> {
  const users = [{ localpart: 'admin', password: 'secret', admin: true }]
  return startHomeserver({ serverName, port: 0, registrations: [], users, retryScale: 0.02, ...options })
}

/** An answer of a server. */
export type Answer = { status: number; body: Json; headers: Headers }

/** Calls a server as the holder of a token; `as` adds `user_id=` for an appservice. */
export function client(server: { url: string }, token: string, as?: string) {
  const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const url = new URL(path, server.url)
    if (as !== undefined) url.searchParams.set('user_id', as)
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as Json, headers: response.headers }
  }
  return Object.assign(call, { token })
}

/** A caller of one user. */
export type Caller = ReturnType<typeof client>

/** Logs a user in by password; throws when that is refused. */
export async function logIn(server: { url: string }, user: string, password: string): Promise<Caller> {
  const answer = await client(server, 'none')('POST', '/_matrix/client/v3/login', {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user },
    password,
    device_id: `DEV${user}`,
  })
  if (answer.status !== 200) throw new Error(`login of ${user}: ${JSON.stringify(answer.body)}`)
  return client(server, String(answer.body.access_token))
}

/** Registers a user of an appservice and gives a caller that acts as it. */
export async function ghost(server: { url: string }, asToken: string, localpart: string): Promise<Caller> {
  await client(server, asToken)('POST', '/_matrix/client/v3/register', {
    type: 'm.login.application_service',
    username: localpart,
    inhibit_login: true,
  })
  return client(server, asToken, `@${localpart}:${serverName}`)
}

/** What a service answers to a transaction. */
export type ServiceReply = { status: number; body: string }

/** A transaction as an appservice received it. */
export type Received = { txnId: string; authorization: string; body: { events: Json[]; ephemeral?: Json[] } & Json }

/** A listening appservice that keeps what it is sent, answers `reply()` to transactions, 200 to pings and 404 to the rest; `events` are the accepted ones. */
export async function startAppservice(reply: () => ServiceReply | Promise<ServiceReply> = () => ({ status: 200, body: '{}' }), port = 0) {
  const received: Received[] = []
  const accepted: Received[] = []
  const other: string[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
      const txnId = /\/_matrix\/app\/v1\/transactions\/(.+)$/.exec(request.url ?? '')?.[1]
      if (txnId === undefined) {
        other.push(`${request.method} ${request.url}`)
        const isPing = request.url === '/_matrix/app/v1/ping'
        response.writeHead(isPing ? 200 : 404, { 'content-type': 'application/json' }).end('{}')
        return
      }
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Received['body']
      const transaction = { txnId, authorization: request.headers.authorization ?? '', body }
      received.push(transaction)
      const answer = await reply()
      if (response.destroyed) return
      if (answer.status === 200 && answer.body === '{}') accepted.push(transaction)
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body)
    })()
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    received,
    accepted,
    other,
    events: () => accepted.flatMap(({ body }) => body.events),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Waits until the condition holds; throws after five seconds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('waited five seconds in vain')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
