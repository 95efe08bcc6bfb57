import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Claim, Idempotency } from '../inbox/idempotency.ts'
import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'

declare module 'fastify' {
  interface FastifyRequest {
    claim: Claim | null
  }
}

/**
 * `Idempotency-Key` on every write that somebody known makes: a repeat gets the first answer and does nothing. An upload is known by
 * its path and length alone, because its body is a stream that is read only once.
 */
export function addRepeats(app: FastifyInstance, { idempotency, log }: { idempotency: Idempotency; log: Log }): void {
  app.decorateRequest('claim', null)
  app.addHook('preHandler', async (request, reply) => {
    const key = request.headers['idempotency-key']
    if (key === undefined || request.caller === null || request.method === 'GET' || request.method === 'HEAD') return
    const begun = await idempotency.begin({ principal: request.caller.actor.id, key: String(key) }, hashOf(request))
    if ('claim' in begun) {
      request.claim = begun.claim
      return
    }
    const { status, body } = begun.answer
    reply.code(status).header('idempotency-replayed', 'true')
    if (body === '') return reply.send()
    return reply.type(status >= 400 ? 'application/problem+json' : 'application/json; charset=utf-8').send(Buffer.from(body))
  })
  app.addHook('onSend', async (request, reply, payload) => {
    const { claim } = request
    if (claim === null) return
    request.claim = null
    const body = typeof payload === 'string' ? payload : Buffer.isBuffer(payload) ? payload.toString() : ''
    await idempotency.finish(claim, { status: reply.statusCode, body }).catch((error: unknown) => {
      // The write itself is done: its caller must hear so. A repeat runs again, and finds what was made.
      log.error({ request_id: request.id, error: messageOf(error) }, 'an answer could not be kept for its Idempotency-Key')
    })
  })
}

function hashOf(request: FastifyRequest): Buffer {
  const isUpload = request.headers['content-type']?.startsWith('multipart/') === true
  const body = isUpload ? `upload of ${request.headers['content-length']}` : JSON.stringify(request.body ?? null)
  return createHash('sha256').update(`${request.method} ${request.url}\n${body}`).digest()
}
