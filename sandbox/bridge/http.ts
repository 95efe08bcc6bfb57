import fastify, { type FastifyInstance } from 'fastify'
import { randomBytes } from 'node:crypto'
import { ApiError } from './api-error.ts'
import type { BridgeFaults } from './faults.ts'

const provision = '/_matrix/provision'

/** The bridge's listener: request ids, CORS and error bodies of protocol/bridge.md 1.1, and faults in the way of the provisioning API. */
export function createApp(faults: BridgeFaults, log: (text: string) => void): FastifyInstance {
  const app = fastify({ bodyLimit: 64 * 1024 * 1024, routerOptions: { maxParamLength: 1024 } })
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : JSON.parse(String(body)))
    } catch {
      done(new ApiError(400, 'M_NOT_JSON', 'Failed to decode request body'))
    }
  })
  // The body's type is not looked at: whatever comes is read as JSON, or not at all.
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, parseQuietly(String(body))))
  app.addHook('onRequest', async (request, reply) => {
    reply.header('request-id', randomBytes(10).toString('hex'))
    if (!request.url.startsWith(provision)) return
    reply.header('access-control-allow-origin', '*')
    reply.header('access-control-allow-methods', 'GET, POST, PUT, DELETE, OPTIONS')
    reply.header('access-control-allow-headers', 'X-Requested-With, Content-Type, Authorization')
    if (request.method === 'OPTIONS') return reply.code(200).send({})
  })
  playFaults(app, faults)
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error instanceof ApiError) return reply.code(error.status).send(error.body())
    if (error.statusCode !== undefined && error.statusCode < 500)
      return reply.code(400).send({ errcode: 'M_NOT_JSON', error: error.message })
    log(`request failed: ${error.stack ?? error.message}`)
    return reply.code(500).send({ errcode: 'M_UNKNOWN', error: 'Internal error', 'fi.mau.internal_error': error.message })
  })
  const routes: RegExp[] = []
  app.addHook('onRoute', (route) => void routes.push(new RegExp(`^${route.url.replaceAll(/:[a-z]+/g, '[^/]+')}$`)))
  app.setNotFoundHandler((request, reply) => {
    const [url = ''] = request.url.split('?')
    const known = routes.some((route) => route.test(url))
    return reply.code(known ? 405 : 404).send({ errcode: 'M_UNRECOGNIZED', error: 'Unrecognized endpoint' })
  })
  return app
}

function parseQuietly(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function playFaults(app: FastifyInstance, faults: BridgeFaults): void {
  const cut = new Set<unknown>()
  app.addHook('onRequest', async (request, reply) => {
    if (!request.url.startsWith(provision)) return
    const fault = faults.take('provisioning', { method: request.method, path: request.url })
    if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms ?? 1_000))
    if (fault?.kind === 'drop') {
      reply.hijack()
      request.raw.socket.destroy()
    }
    if (fault?.kind === '429')
      return reply.code(429).header('retry-after', '1').send({ errcode: 'M_LIMIT_EXCEEDED', error: 'Too Many Requests' })
    if (fault?.kind === '5xx') return reply.code(502).type('text/html').send('<html>Bad Gateway</html>')
    if (fault?.kind === 'reset_after_accept') cut.add(request.raw)
  })
  app.addHook('onSend', async (request) => {
    if (cut.delete(request.raw)) request.raw.socket.destroy()
  })
}
