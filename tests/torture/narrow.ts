import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'

/** Stands in front of a homeserver and lets `/sync` tell of no more than `limit` events of a room at once, however many were asked for. */
export async function openNarrow(target: string, limit: number): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    const pass = async () => {
      const { method = 'GET', headers } = request
      const { host: _host, connection: _connection, 'transfer-encoding': _encoding, expect: _expect, ...kept } = headers
      const hasBody = method !== 'GET' && method !== 'HEAD'
      const answer = await fetch(target + narrowed(request.url ?? '/', limit), {
        method,
        headers: kept as Record<string, string>,
        ...(hasBody ? { body: Readable.toWeb(request) as ReadableStream, duplex: 'half' } : {}),
      })
      const { 'content-encoding': _coding, 'content-length': _length, ...told } = Object.fromEntries(answer.headers)
      response.writeHead(answer.status, told)
      if (answer.body === null) response.end()
      else await pipeline(Readable.fromWeb(answer.body as ReadableStream), response)
    }
    pass().catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function narrowed(path: string, limit: number): string {
  const url = new URL(path, 'http://homeserver')
  const filter = JSON.parse(url.searchParams.get('filter') ?? 'null') as { room?: { timeline?: { limit?: number } } } | null
  if (filter?.room?.timeline === undefined) return path
  filter.room.timeline.limit = limit
  url.searchParams.set('filter', JSON.stringify(filter))
  return url.pathname + url.search
}
