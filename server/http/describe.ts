import type { FastifySchema } from 'fastify'
import type { Operation } from '../../contract/api.ts'
import { errorCodes, type ErrorCode } from '../../contract/error.ts'
import type { RouteName } from '../../contract/routes.ts'

/** The groups under which the readable page lists the calls. */
export const tags = [
  'sign-in',
  'people',
  'api-keys',
  'settings',
  'linking',
  'matrix',
  'channels',
  'transfers',
  'contacts',
  'conversations',
  'messages',
  'team',
  'media',
  'events',
  'audit',
  'operations',
  'health',
] as const
type Tag = (typeof tags)[number]

const tagPatterns: readonly (readonly [RegExp, Tag])[] = [
  [/Matrix(?!System)/, 'matrix'],
  [/Setup|setup|login$|logout|getMe$/, 'sign-in'],
  [/User/, 'people'],
  [/ApiKey/, 'api-keys'],
  [/Audit/, 'audit'],
  [/Config|Mode|Routing|Retention/, 'settings'],
  [/hatsapp/, 'linking'],
  [/Channel|excluded|Chat/i, 'channels'],
  [/Transfer/, 'transfers'],
  [/Contact/, 'contacts'],
  [/Note(?!ice)|Presence|Draft|Canned|Label/, 'team'],
  [/Message|search/, 'messages'],
  [/onversation|markRead|Capabilities/, 'conversations'],
  [/Media/, 'media'],
  [/Events/, 'events'],
  [/Operations|Health|Dead|Metrics/, 'operations'],
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
  ]
  return {
    summary: operation.summary,
    operationId: name,
    ...(tag === undefined ? {} : { tags: [tag] }),
    ...(rights.length === 0 ? {} : { description: rights.join(' ') }),
    security: access === 'public' ? [] : [{ session: [] }, ...(scope === undefined ? [] : [{ key: [] }])],
    ...(operation.file === true ? { consumes: ['multipart/form-data', 'application/json'] } : {}),
    ...(isWrite && access !== 'public' ? { headers: { type: 'object', properties: { 'idempotency-key': idempotencyKey } } } : {}),
    response: { ...answersOf(name, operation), ...problemsOf(name, operation, isWrite) },
  }
}

const idempotencyKey = {
  type: 'string',
  pattern: '^[\\x21-\\x7e]{1,255}$',
  description: 'The same key and request again, within 48 h: the first answer again, and nothing is done twice.',
}

/** What is answered as something else than JSON. */
const otherTypes: Partial<Record<RouteName, Readonly<Record<string, unknown>>>> = {
  getMetrics: { 'text/plain': { schema: { type: 'string' } } },
  getMedia: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  listEvents: {
    'application/json': { schema: {} },
    'text/event-stream': {
      schema: { type: 'string', description: 'Server-sent events; `data` is an Event, or without id a Typing or a Presence.' },
    },
  },
}

function answersOf(name: RouteName, { summary, response }: Operation): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(response).map(([status, schema]) => {
      const types = otherTypes[name]
      if (status === '204') return [status, schema]
      const json = { 'application/json': { schema } }
      return [
        status,
        { description: summary, content: types === undefined ? json : 'application/json' in types ? { ...types, ...json } : types },
      ]
    }),
  )
}

const problemText = { content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } } }

/** What a call refuses besides what its shape tells. */
const otherProblems: Partial<Record<RouteName, readonly number[]>> = {
  setup: [401, 403],
  login: [401, 403],
  getMatrixSystemConfig: [404],
  getMatrixAccount: [404],
  createConversation: [502],
  sendMessage: [502],
  sendMessageTo: [502],
  listEvents: [410],
  getMedia: [416],
}

function problemsOf(name: RouteName, operation: Operation, isWrite: boolean): Record<string, unknown> {
  const statuses = new Set<number>([500, 503, ...(otherProblems[name] ?? [])])
  if (operation.params !== undefined || operation.query !== undefined || operation.body !== undefined || operation.file === true)
    statuses.add(400)
  if (operation.params !== undefined) statuses.add(404)
  if (operation.access !== 'public') for (const status of [401, 403]) statuses.add(status)
  if (operation.body !== undefined || operation.file === true) for (const status of [413, 415, 422]) statuses.add(status)
  if (isWrite) for (const status of [409, 429]) statuses.add(status)
  return Object.fromEntries(
    [...statuses]
      .toSorted((one, other) => one - other)
      .map((status) => [status, { description: codesOf(status).join(', '), ...problemText }]),
  )
}

function codesOf(status: number): ErrorCode[] {
  return (Object.keys(errorCodes) as ErrorCode[]).filter((code) => errorCodes[code] === status)
}
