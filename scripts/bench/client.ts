import { createParser } from 'eventsource-parser'
import { Pool } from 'undici'
import { admin } from './server.ts'
import { hsToken } from './world.ts'

/** What the bench asks of the server: as the homeserver, and as a person who signed in. */
export interface Client {
  /** Pushes one transaction, as the homeserver does; resolves when it was taken. */
  push(body: string): Promise<void>
  get(path: string): Promise<unknown>
  post(path: string, body: object): Promise<unknown>
  /** Follows the change feed; resolves when it has begun. */
  follow(types: string, hear: (data: unknown) => void): Promise<void>
  close(): Promise<void>
}

/** Connects and signs in. */
export async function openClient(url: string): Promise<Client> {
  const pool = new Pool(url, { connections: 64, pipelining: 1 })
  const leaving = new AbortController()
  let transactions = 0
  const cookie = await signIn(url)
  const headers = { cookie, origin: url, 'content-type': 'application/json' }

  async function ask(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    more: { headers: Record<string, string>; body?: string },
  ): Promise<unknown> {
    const answer = await pool.request({ method, path, ...more })
    const body: unknown = await answer.body.json()
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${JSON.stringify(body)}`)
    return body
  }

  return {
    async push(body) {
      // As the canaries that the homeserver pushes beside: numbers that go back look like a homeserver that was restarted.
      transactions = Math.max(transactions + 1, Date.now())
      const authorization = `Bearer ${hsToken}`
      await ask('PUT', `/_matrix/app/v1/transactions/${transactions}`, {
        headers: { authorization, 'content-type': 'application/json' },
        body,
      })
    },
    get: (path) => ask('GET', path, { headers: { cookie } }),
    post: (path, body) => ask('POST', path, { headers, body: JSON.stringify(body) }),
    async follow(types, hear) {
      const begun = Promise.withResolvers<void>()
      const parser = createParser({
        onEvent({ event, data }) {
          if (event === 'ready') begun.resolve()
          else hear((JSON.parse(data) as { data: unknown }).data)
        },
      })
      const path = `/api/v1/events?types=${types}`
      const answer = await pool.request({
        method: 'GET',
        path,
        headers: { cookie, accept: 'text/event-stream' },
        signal: leaving.signal,
        bodyTimeout: 0,
      })
      const decoder = new TextDecoder()
      answer.body.on('data', (piece: Buffer) => parser.feed(decoder.decode(piece, { stream: true })))
      answer.body.on('error', () => {})
      await begun.promise
    },
    async close() {
      leaving.abort()
      await pool.destroy()
    },
  }
}

async function signIn(url: string): Promise<string> {
  const answer = await fetch(`${url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify(admin),
  })
  const [cookie] = answer.headers.getSetCookie()
  if (!answer.ok || cookie === undefined) throw new Error(`Signing in failed: ${answer.status}`)
  return cookie.split(';')[0] ?? ''
}
