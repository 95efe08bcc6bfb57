import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A homeserver and a bridge that only answer, at once: what is measured is the server, not its surroundings. */
export interface Homeserver {
  readonly url: string
  /** Calls back when a message arrives, with its text, before it is answered. */
  onMessage(hear: (text: string) => void): void
  /** How often `/sync` has been asked for. */
  syncs(): number
  /** From now on it pushes to this server what its canaries sing. */
  pushTo(url: string, hsToken: string): void
  close(): Promise<void>
}

/** Every account is in no room that has news, and every number is connected. */
export async function startHomeserver(): Promise<Homeserver> {
  let hear: (text: string) => void = () => {}
  let syncs = 0
  let push: (event: object) => void = () => {}
  const server = createServer((request, response) => {
    void answer(request).then((body) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)))
  })

  async function answer(request: IncomingMessage): Promise<object> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://homeserver')
    const body = await textOf(request)
    if (pathname.endsWith('/sync')) {
      syncs += 1
      return { next_batch: searchParams.get('since') ?? 's1' }
    }
    if (pathname.endsWith('/joined_rooms')) return { joined_rooms: [] }
    if (pathname.endsWith('/whoami')) return whoami(searchParams.get('user_id') ?? '')
    if (pathname.endsWith('/createRoom')) return { room_id: '!canary:bench.test' }
    if (request.method === 'PUT' && pathname.includes('/send/org.mistok.canary/')) {
      const event_id = `$${pathname.split('/').at(-1)}`
      const sender = searchParams.get('user_id')
      push({ type: 'org.mistok.canary', room_id: '!canary:bench.test', event_id, sender, origin_server_ts: Date.now(), content: {} })
      return { event_id }
    }
    if (request.method === 'PUT' && pathname.includes('/send/')) {
      hear((JSON.parse(body) as { body: string }).body)
      return { event_id: `$${pathname.split('/').at(-1)}` }
    }
    return {}
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    onMessage(next) {
      hear = next
    },
    syncs: () => syncs,
    pushTo(target, hsToken) {
      push = (event) => {
        const headers = { authorization: `Bearer ${hsToken}`, 'content-type': 'application/json' }
        const body = JSON.stringify({ events: [event] })
        fetch(`${target}/_matrix/app/v1/transactions/${Date.now()}`, { method: 'PUT', headers, body }).catch(() => {})
      }
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString()
}

/** What the bridge says of the one number of each account. */
function whoami(userId: string): object {
  const number = /_bench_(\d+):/.exec(userId)?.[1]
  const id = number === undefined ? undefined : `38050${number.padStart(7, '0')}`
  return { network: { network_id: 'whatsapp' }, logins: id === undefined ? [] : [{ id, state: { state_event: 'CONNECTED' } }] }
}
