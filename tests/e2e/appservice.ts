import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { at, listAt } from './matrix-http.ts'
import { waitFor } from './wait.ts'

/** One request that a homeserver made to an application service. `body` is the parsed JSON. */
export interface ServiceRequest {
  method: string
  path: string
  authorization: string | undefined
  body: unknown
}

/** How to answer a request: after `delay` ms, with `status` (200) and `text` (`{}`). */
export interface ServiceReply {
  delay?: number
  status?: number
  text?: string
}

/** An application service's side for tests: writes down every request, and answers `{}` unless `reply` says otherwise. */
export interface Appservice extends AsyncDisposable {
  readonly url: string
  readonly requests: ServiceRequest[]
  /** What each later request is answered with; undefined means 200 and `{}`. */
  reply: (request: ServiceRequest) => ServiceReply | undefined
  /** The transactions' bodies in order of arrival. */
  transactions(): ServiceRequest[]
  /** The events pushed so far, in order, of one room or of all; a repeated event stands once. */
  events(roomId?: string): unknown[]
  /** Ephemeral parts (receipts, typing) pushed so far of one room. */
  ephemeral(roomId: string): unknown[]
  /** Waits until an event was pushed. */
  eventArrived(eventId: string, timeout?: number): Promise<unknown>
  close(): Promise<void>
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const text = Buffer.concat(parts).toString()
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function uniqueEvents(requests: ServiceRequest[]): unknown[] {
  const events = requests.flatMap((request) => listAt(request.body, 'events'))
  return [...new Map(events.map((event) => [at(event, 'event_id'), event])).values()]
}

/** Listens on loopback; its `url` goes into the registration before the homeserver starts. */
export async function openAppservice(): Promise<Appservice> {
  const requests: ServiceRequest[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const body = await readBody(request)
      const { method = '', url = '' } = request
      const kept = { method, path: url, authorization: request.headers.authorization, body }
      const { delay = 0, status = 200, text = '{}' } = service.reply(kept) ?? {}
      if (delay > 0) await sleep(delay)
      requests.push(kept)
      response.writeHead(status, { 'content-type': 'application/json' }).end(text)
    })().catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the listener has no port')

  async function close(): Promise<void> {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  const transactions = (): ServiceRequest[] => requests.filter((request) => request.path.startsWith('/_matrix/app/v1/transactions/'))
  const service: Appservice = {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    reply: () => undefined,
    transactions,
    events: (roomId) => uniqueEvents(transactions()).filter((event) => roomId === undefined || at(event, 'room_id') === roomId),
    ephemeral: (roomId) =>
      transactions()
        .flatMap((request) => listAt(request.body, 'ephemeral'))
        .filter((part) => at(part, 'room_id') === roomId),
    eventArrived: (eventId, timeout = 10_000) =>
      waitFor(() => service.events().find((event) => at(event, 'event_id') === eventId), { what: `push of ${eventId}`, timeout }),
    close,
    [Symbol.asyncDispose]: close,
  }
  return service
}
