import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifySchema } from 'fastify'
import { namedSchemas, type Operation } from '../../contract/api.ts'
import { errorCodes, type ErrorCode } from '../../contract/error.ts'
import type { RouteName } from '../../contract/routes.ts'

/** Makes OpenAPI 3.1 out of the schemas that validate; before any route is added. Named schemas keep their names. */
export async function addOpenApi(app: FastifyInstance): Promise<void> {
  for (const schema of namedSchemas) app.addSchema(schema)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Mistok',
        version: '1',
        description:
          'One WhatsApp inbox and one API over both roads to WhatsApp. Times are RFC 3339 in UTC. Lists are `{items, next_cursor, has_more}`. ' +
          'Failures are `application/problem+json` with a `code` of a closed list. Ignore answer fields that you do not know; request fields that we do not know are refused.',
      },
      tags: tags.map((name) => ({ name })),
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'mistok_session', description: 'A person who signed in. Writes need an `Origin` of ours.' },
          key: { type: 'http', scheme: 'bearer', description: 'An API key, `mk_…`. Each call names the scope that the key needs.' },
        },
      },
    },
    refResolver: { buildLocalReference: (json, _baseUri, _fragment, index) => (typeof json.$id === 'string' ? json.$id : `schema-${index}`) },
  })
}

/** Serves the document at `/api/openapi.json` and a page to read it at `/api/docs`. */
export async function addDocs(app: FastifyInstance): Promise<void> {
  app.get('/api/openapi.json', { schema: { hide: true } }, async (_request, reply) => reply.header('cache-control', 'no-cache').send(app.swagger()))
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    staticCSP: "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  })
}

const tags = ['sign-in', 'people', 'api-keys', 'settings', 'linking', 'channels', 'conversations', 'messages', 'media', 'events', 'operations', 'health'] as const
type Tag = (typeof tags)[number]

const tagPatterns: readonly (readonly [RegExp, Tag])[] = [
  [/Setup|setup|login$|logout|getMe/, 'sign-in'],
  [/User/, 'people'],
  [/ApiKey/, 'api-keys'],
  [/Config|Mode/, 'settings'],
  [/hatsapp/, 'linking'],
  [/Channel/, 'channels'],
  [/Message|search/, 'messages'],
  [/onversation|markRead|Capabilities/, 'conversations'],
  [/Media/, 'media'],
  [/Events/, 'events'],
  [/Operations|Dead/, 'operations'],
  [/Live|Ready/, 'health'],
]

/** What OpenAPI says of an operation besides what is validated. */
export function describe(name: RouteName, operation: Operation): FastifySchema {
  const { access, scope } = operation
  const isWrite = !/^(get|list|search)/.test(name)
  const tag = tagPatterns.find(([pattern]) => pattern.test(name))?.[1]
  const rights = [
    ...(access === 'public' ? [] : [access === 'admin' ? 'For admins.' : 'For everybody who signed in.']),
    ...(access === 'public' ? [] : [scope === undefined ? 'Takes no API key.' : `An API key needs the scope \`${scope}\`.`]),
    ...(isWrite && access !== 'public' ? ['Takes `Idempotency-Key`.'] : []),
  ]
  return {
    summary: operation.summary,
    operationId: name,
    ...(tag === undefined ? {} : { tags: [tag] }),
    ...(rights.length === 0 ? {} : { description: rights.join(' ') }),
    security: access === 'public' ? [] : [{ session: [] }, ...(scope === undefined ? [] : [{ key: [] }])],
    ...(operation.file === true ? { consumes: ['multipart/form-data'] } : {}),
    response: { ...operation.response, ...problemsOf(operation, isWrite) },
  }
}

const problemText = { content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } } }

function problemsOf(operation: Operation, isWrite: boolean): Record<string, unknown> {
  const statuses = new Set<number>([500, 503])
  if (operation.params !== undefined || operation.query !== undefined || operation.body !== undefined || operation.file === true) statuses.add(400)
  if (operation.params !== undefined) statuses.add(404)
  if (operation.access !== 'public') for (const status of [401, 403]) statuses.add(status)
  if (operation.body !== undefined || operation.file === true) for (const status of [413, 415, 422]) statuses.add(status)
  if (isWrite) for (const status of [409, 429]) statuses.add(status)
  return Object.fromEntries([...statuses].sort().map((status) => [status, { description: codesOf(status).join(', '), ...problemText }]))
}

function codesOf(status: number): ErrorCode[] {
  return (Object.keys(errorCodes) as ErrorCode[]).filter((code) => errorCodes[code] === status)
}
