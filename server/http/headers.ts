import type { FastifyInstance } from 'fastify'

/** What our own page may load: nothing from anywhere else, nothing inline. */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join('; ')

/** Answers of the API are data: were one shown as a page, it could do nothing. */
const dataPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox"

/** Sets the headers that every answer carries (`safety.md` S5), and lets the listed origins in. */
export function addHeaders(
  app: FastifyInstance,
  { publicOrigin, allowedOrigins }: { publicOrigin: string | undefined; allowedOrigins: readonly string[] },
): void {
  const isSecure = publicOrigin?.startsWith('https:') === true
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': dataPolicy,
      'cache-control': 'no-store',
      ...(isSecure ? { 'strict-transport-security': 'max-age=31536000' } : {}),
    })
    if (allowedOrigins.length === 0) return
    reply.header('vary', 'Origin')
    const { origin } = request.headers
    if (origin === undefined || !allowedOrigins.includes(origin)) return
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'x-request-id, retry-after, idempotency-replayed, content-range',
    })
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return
    reply.headers({
      'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': 'authorization, content-type, idempotency-key, last-event-id, range',
      'access-control-max-age': '600',
    })
    return reply.code(204).send()
  })
}
