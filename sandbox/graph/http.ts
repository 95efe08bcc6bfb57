import { setTimeout as sleep } from 'node:timers/promises'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { acceptSync } from './business-app.ts'
import { errorBody, GraphError } from './errors.ts'
import { describe, fetchBytes, upload } from './media.ts'
import { acceptMessage } from './outbound.ts'
import type { GraphNumber } from './state.ts'
import { addTemplate, listTemplates } from './templates.ts'
import { type Graph, trace } from './world.ts'

type Json = { [key: string]: unknown }
/** `method` may be told in a form, so that nothing secret stands in an address. */
type Call = { request: FastifyRequest; method: string; query: URLSearchParams; body: Json; raw: Buffer }

const newest = 'v25.0'
const oldest = 20

/** The listener of the Graph API, under `/{version}/…`; a path without a version is served as an old one, as Meta does. */
export function createApi(graph: Graph): FastifyInstance {
  const app = rawApp()
  app.all('/*', async (request, reply) => {
    const [path = ''] = request.url.split('?', 1)
    const parts = path.split('/').filter((part) => part !== '')
    const version = /^v\d+\.\d$/.test(parts[0] ?? '') ? (parts.shift() as string) : 'v17.0'
    void reply.header('facebook-api-version', version).header('x-fb-trace-id', trace())
    const fault = graph.faults.take('api', undefined, { method: request.method, path })
    if (fault?.kind === 'drop') return request.raw.socket.destroy()
    if (fault?.kind === 'delay') await sleep((fault.ms ?? 1_000) * graph.timeScale)
    try {
      if (fault?.kind === '429') throw new GraphError('throughput')
      if (fault?.kind === '5xx') return reply.code(503).type('text/html').send('<html>Service unavailable</html>')
      if (Number(version.slice(1)) < oldest && version !== 'v17.0')
        throw new GraphError('unknown_path', `version ${version} has ended; use ${newest}`)
      const done = await route(graph, parts, callOf(request))
      done.afterwards?.()
      // Meta may tell the first status before it has answered, or answer nobody although it has accepted.
      if (fault?.kind === 'status_first' || fault?.kind === 'reset_after_accept') await sleep(50)
      if (fault?.kind === 'reset_after_accept') return request.raw.socket.destroy()
      return await reply.code(200).send(done.answer)
    } catch (error) {
      return refuse(reply, error, graph)
    }
  })
  return app
}

/** `afterwards` is what follows from a request that was accepted: its first status. */
type Done = { answer: Json; afterwards?: () => void }

/** The host that files are fetched from: never without the token, and 404 once the address has ended (protocol/meta.md 6). */
export function createMediaHost(graph: Graph): FastifyInstance {
  const app = rawApp()
  app.get('/whatsapp_business/attachments/', async (request, reply) => {
    if (!isBearer(graph, request)) return reply.code(401).send({ error: { message: 'Authentication Error', code: 190 } })
    const found = fetchBytes(graph, callOf(request).query)
    if (found === undefined) return reply.code(404).send()
    return reply.type(found.mimeType).send(found.bytes)
  })
  return app
}

function rawApp(): FastifyInstance {
  const app = fastify({ bodyLimit: 110 * 1024 * 1024, forceCloseConnections: true, exposeHeadRoutes: false })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  return app
}

function callOf(request: FastifyRequest): Call {
  const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
  const form = isForm ? [...new URLSearchParams(raw.toString('utf8'))] : []
  const query = new URLSearchParams([...new URLSearchParams(request.url.split('?')[1] ?? ''), ...form])
  return { request, method: (query.get('method') ?? request.method).toUpperCase(), query, raw, body: parsed(raw) }
}

function parsed(raw: Buffer): Json {
  try {
    const value: unknown = JSON.parse(raw.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Json) : {}
  } catch {
    return {}
  }
}

async function route(graph: Graph, parts: string[], call: Call): Promise<Done> {
  const [id = '', what, ...more] = parts
  const { method } = call
  authorize(graph, call, what === 'messages' || what === 'media' ? 'whatsapp_business_messaging' : 'whatsapp_business_management')
  if (more.length > 0) throw new GraphError('unknown_path')
  // A reading may be asked for by POST, as Meta lets those who do not want a token in an address.
  const isReading = method === 'GET' || new URLSearchParams(call.raw.toString('utf8')).get('method') === 'get'
  if (id === 'debug_token' && isReading) return { answer: debugToken(graph) }
  if (id === graph.secrets.business_account_id) return { answer: account(graph, what, call) }
  const number = graph.store.state.numbers.get(id)
  if (number !== undefined) return ofNumber(graph, number, what, call)
  if (what === undefined && method === 'GET') return { answer: describe(graph, id) }
  throw new GraphError('unknown_object', `Object with ID '${id}' does not exist, cannot be loaded due to missing permissions`)
}

async function ofNumber(graph: Graph, number: GraphNumber, what: string | undefined, { request, method, body, raw }: Call): Promise<Done> {
  if (what === undefined && method === 'GET') return { answer: numberView(number) }
  if (what === 'smb_app_data' && method === 'POST') return { answer: acceptSync(graph, number, body) }
  if (what === 'messages' && method === 'POST') return acceptMessage(graph, number, body)
  if (what === 'media' && method === 'POST') return { answer: await upload(graph, number, raw, request.headers['content-type'] ?? '') }
  throw new GraphError('unknown_path')
}

function account(graph: Graph, what: string | undefined, { method, body, query }: Call): Json {
  const { store, secrets } = graph
  if (what === undefined && method === 'GET') return { id: secrets.business_account_id, name: 'Mistok' }
  if (what === 'phone_numbers' && method === 'GET') return { data: [...store.state.numbers.values()].map(numberView) }
  if (what === 'message_templates' && method === 'GET') return listTemplates(graph, query)
  if (what === 'message_templates' && method === 'POST') return addTemplate(graph, body)
  if (what === 'message_templates' && method === 'DELETE') {
    for (const template of store.state.templates.values())
      if (template.name === query.get('name')) store.commit({ t: 'template_gone', id: template.id })
    return { success: true }
  }
  if (what === 'subscribed_apps') {
    if (method !== 'GET') store.commit({ t: 'subscribed', on: method === 'POST' })
    const app = { whatsapp_business_api_data: { id: secrets.app_id, name: 'Mistok', link: 'https://example.com' } }
    return method === 'GET' ? { data: store.state.subscribed ? [app] : [] } : { success: true }
  }
  throw new GraphError('unknown_path')
}

function numberView({ id, phone, name, status, quality, app }: GraphNumber): Json {
  return {
    id,
    display_phone_number: `+${phone}`,
    verified_name: name,
    quality_rating: quality,
    status,
    code_verification_status: 'VERIFIED',
    platform_type: 'CLOUD_API',
    is_on_biz_app: app !== undefined,
    throughput: { level: 'STANDARD' },
    name_status: 'APPROVED',
  }
}

function debugToken({ store, secrets }: Graph): Json {
  const { state, scopes } = store.state.token
  const granular_scopes = scopes.map((scope) => ({ scope, target_ids: [secrets.business_account_id] }))
  return { data: { app_id: secrets.app_id, type: 'SYSTEM_USER', is_valid: state === 'valid', expires_at: 0, scopes, granular_scopes } }
}

function authorize(graph: Graph, { request, query }: Call, scope: string): void {
  const given = query.get('access_token') ?? bearerOf(request)
  const { state, scopes } = graph.store.state.token
  if (given === undefined) throw new GraphError('no_token')
  if (given !== graph.secrets.access_token || state === 'revoked') throw new GraphError('bad_token')
  if (state === 'expired') throw new GraphError('expired_token')
  if (!scopes.includes(scope)) throw new GraphError('no_permission', scope)
}

function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
}

function isBearer(graph: Graph, request: FastifyRequest): boolean {
  return bearerOf(request) === graph.secrets.access_token && graph.store.state.token.state === 'valid'
}

function refuse(reply: FastifyReply, error: unknown, graph: Graph): FastifyReply {
  if (!(error instanceof GraphError))
    graph.log(`graph request failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  const refusal = error instanceof GraphError ? error : new GraphError('internal')
  return reply.code(refusal.status).send(errorBody(refusal, trace()))
}
