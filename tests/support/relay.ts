import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Stands between the homeserver and us: passes on what is pushed, or loses it while saying that all is well. */
export interface Relay extends AsyncDisposable {
  readonly url: string
  /** While true, whatever is pushed goes astray. */
  astray: boolean
  /** How many pushes were passed on and taken, and how many went astray. */
  readonly counts: { readonly passed: number; readonly lost: number }
}

export async function openRelay(target: string): Promise<Relay> {
  const counts = { passed: 0, lost: 0 }
  const server = createServer((request, response) => {
    const pass = async () => {
      const { method = 'GET', url = '/', headers } = request
      if (relay.astray) {
        request.resume()
        counts.lost += 1
        return response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      }
      const pieces: Buffer[] = []
      for await (const piece of request) pieces.push(piece as Buffer)
      const body = Buffer.concat(pieces)
      const kept = { authorization: headers.authorization ?? '', 'content-type': 'application/json' }
      const answer = await fetch(target + url, { method, headers: kept, ...(body.length === 0 ? {} : { body }) })
      if (answer.ok && method === 'PUT') counts.passed += 1
      return response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
    }
    // Nobody is there to take it: the homeserver sees the connection break, as without a relay.
    pass().catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const relay: Relay = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    astray: false,
    counts,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return relay
}
