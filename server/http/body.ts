import type { FastifyInstance } from 'fastify'
import { AppError } from '../lib/errors.ts'

/** Deeper JSON is nobody's request, and would be a burden to whatever walks it. */
const deepest = 32

/** Takes JSON and nothing else as a body; none at all where a call needs none. */
export function addBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null)
    else if (isDeeperThan(deepest, String(body)))
      done(new AppError('invalid_request', `The body is nested more than ${deepest} levels deep.`))
    else void parse(request, String(body), done)
  })
}

function isDeeperThan(limit: number, json: string): boolean {
  let depth = 0
  let isText = false
  for (let at = 0; at < json.length; at++) {
    const sign = json.charCodeAt(at)
    if (isText) {
      if (sign === 0x5c) at += 1
      else if (sign === 0x22) isText = false
    } else if (sign === 0x22) isText = true
    else if (sign === 0x7b || sign === 0x5b) {
      depth += 1
      if (depth > limit) return true
    } else if (sign === 0x7d || sign === 0x5d) depth -= 1
  }
  return false
}

/**
 * What a query says of numbers is text; here it becomes the number that the schema asks for. What is no number stays as it is and is
 * refused by the schema. Bodies are never bent like this.
 */
export function addQueryNumbers(app: FastifyInstance): void {
  app.addHook('preValidation', async (request) => {
    const schema = request.routeOptions.schema?.querystring as
      | { readonly properties?: Readonly<Record<string, { readonly type?: string }>> }
      | undefined
    const query = request.query as Record<string, unknown>
    for (const [name, { type }] of Object.entries(schema?.properties ?? {})) {
      const text = query[name]
      if (type === 'integer' && typeof text === 'string' && /^-?\d{1,15}$/.test(text)) query[name] = Number(text)
    }
  })
}
