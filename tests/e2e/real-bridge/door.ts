import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Stands between us and the bridge's provisioning API: counts what is asked, and breaks connections as a network does. */
export interface Door extends AsyncDisposable {
  readonly url: string
  /** The requests so far, as `POST /_matrix/…`. */
  readonly asked: readonly string[]
  /** The most that waited for a login's next step at the same time. */
  readonly mostWaiting: number
  /** Breaks the connections of whoever waits for a login's step, on both sides; gives how many there were. */
  cut(): number
  /** From now on nothing passes once the bridge has said that a login is complete; resolves when it has. */
  shutAtCompletion(): Promise<void>
  /** Lets everything pass again. */
  open(): void
}

const isStep = (request: string) => request.includes('/login/step/')

/** Opens a door before the bridge at this address. */
export async function openDoor(bridgeUrl: string): Promise<Door> {
  const asked: string[] = []
  const waiting = new Map<ServerResponse, AbortController>()
  let mostWaiting = 0
  let completed: (() => void) | undefined
  let isShut = false

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request
    const step = isStep(url)
    asked.push(`${method} ${url}`)
    if (isShut) return void response.destroy()
    const upstream = new AbortController()
    if (step) waiting.set(response, upstream)
    mostWaiting = Math.max(mostWaiting, waiting.size)
    response.on('close', () => {
      waiting.delete(response)
      upstream.abort()
    })
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const body = pieces.length === 0 ? {} : { body: Buffer.concat(pieces) }
    const kept = { authorization: headers.authorization ?? '', 'content-type': headers['content-type'] ?? 'application/json' }
    const answer = await fetch(bridgeUrl + url, { method, headers: kept, ...body, signal: upstream.signal })
    const text = await answer.text()
    waiting.delete(response)
    if (completed !== undefined && step && (JSON.parse(text) as { type?: string }).type === 'complete') {
      isShut = true
      completed()
      return void response.destroy()
    }
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' }).end(text)
  }

  const server = createServer((request, response) => void pass(request, response).catch(() => response.destroy()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    get mostWaiting() {
      return mostWaiting
    },
    cut() {
      const cut = [...waiting.keys()]
      for (const response of cut) response.destroy()
      return cut.length
    },
    shutAtCompletion: () => new Promise((resolve) => (completed = resolve)),
    open() {
      isShut = false
      completed = undefined
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
