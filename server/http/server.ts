import { randomBytes } from 'node:crypto'
import multipart from '@fastify/multipart'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { type RouteName, routes } from '../../contract/routes.ts'
import type { Reads } from '../db/read/viewer.ts'
import type { Audit } from '../inbox/audit.ts'
import type { ApiKeys } from '../inbox/people/api-keys.ts'
import type { ExcludedChats } from '../inbox/channels/excluded-chats.ts'
import type { Feed } from '../inbox/feed.ts'
import type { Idempotency } from '../inbox/idempotency.ts'
import type { People } from '../inbox/people/people.ts'
import type { Invites } from '../inbox/people/invites.ts'
import type { SignIn } from '../inbox/people/sign-in.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { addAudit } from './audit.ts'
import { addAuth } from './auth.ts'
import { addBodies, addQueryNumbers } from './body.ts'
import { addHeaders } from './headers.ts'
import { addIntake, type IntakeParts, unrecognized } from './intake.ts'
import { addDocs, addOpenApi } from './openapi.ts'
import { openWebPage } from './page.ts'
import { addProblems, sendProblem } from './problem.ts'
import { createRegister } from './register.ts'
import { addRepeats } from './repeat.ts'
import { auditRoutes } from './routes/audit.ts'
import { channelRoutes, type ChannelDeeds } from './routes/channels.ts'
import { contactRoutes, type ContactDeeds } from './routes/contacts.ts'
import { conversationRoutes, type ConversationDeeds } from './routes/conversations.ts'
import { eventRoutes } from './routes/events.ts'
import { linkingRoutes, type LinkingDeeds } from './routes/linking.ts'
import { matrixLegacyRoutes, type MatrixLegacyDeeds } from './routes/matrix-legacy.ts'
import { mediaRoutes, type MediaDeeds } from './routes/media.ts'
import { messageRoutes, type MessageDeeds } from './routes/messages.ts'
import { operationRoutes, type OperationDeeds } from './routes/operations.ts'
import { settingsRoutes, type SettingsDeeds } from './routes/settings.ts'
import { signInRoutes } from './routes/sign-in.ts'
import { noticeRoutes } from './routes/notices.ts'
import { teamRoutes, type TeamDeeds } from './routes/team.ts'
import { transferRoutes, type TransferDeeds } from './routes/transfers.ts'
import { userRoutes } from './routes/users.ts'
import { wordingRoutes, type WordingDeeds } from './routes/wording.ts'
import type { StreamParts } from './stream.ts'

export interface HttpParts extends IntakeParts {
  readonly readDb: Reads
  readonly clock: Clock
  readonly log: Log
  /** Where browsers reach us, without a slash at the end; absent: wherever they say. */
  readonly publicUrl: string | undefined
  readonly allowedOrigins: readonly string[]
  /** Whose `X-Forwarded-For` is believed, as to whom a wrong try at signing in counts against. */
  readonly trustedProxies: readonly string[]
  /** Calls that need no signing in here, by the operator's will. */
  readonly openCalls: readonly RouteName[]
  /** The folder that Vite has built, or will build. */
  readonly webRoot: string
  readonly people: People
  readonly signIn: SignIn
  readonly invites: Invites
  readonly apiKeys: ApiKeys
  readonly idempotency: Idempotency
  readonly audit: Audit
  readonly feed: Feed
  readonly onMoment: StreamParts['onMoment']
  readonly settings: SettingsDeeds
  readonly logins: LinkingDeeds & StreamParts['logins']
  readonly channels: ChannelDeeds
  readonly transfers: TransferDeeds
  readonly excluded: ExcludedChats
  readonly contacts: ContactDeeds
  readonly matrix: MatrixLegacyDeeds
  readonly conversations: ConversationDeeds
  readonly messages: MessageDeeds
  readonly team: TeamDeeds & WordingDeeds
  readonly media: MediaDeeds
  readonly operations: OperationDeeds
}

/** Text of 65,536 characters may take six bytes each in JSON. */
const largestBody = 512 * 1024

/** Everything that speaks HTTP, ready to listen. Throws when an operation of the table has no handler. Closing it ends the streams. */
export async function createHttp(parts: HttpParts): Promise<FastifyInstance> {
  const app = createFastify(parts.trustedProxies)
  const publicOrigin = parts.publicUrl === undefined ? undefined : new URL(parts.publicUrl).origin
  const origins = { publicOrigin, allowedOrigins: parts.allowedOrigins }
  addProblems(app, parts.log)
  addHeaders(app, origins)
  addBodies(app)
  addQueryNumbers(app)
  await addOpenApi(app)
  await addAuth(app, { ...origins, openCalls: parts.openCalls, signIn: parts.signIn, apiKeys: parts.apiKeys })
  addRepeats(app, parts)
  addAudit(app, parts)
  await addRoutes(app, parts, publicOrigin?.startsWith('https:') === true)
  await addIntake(app, parts)
  await addDocs(app)
  addRest(app, parts.webRoot)
  await app.ready()
  return app
}

function createFastify(trustedProxies: readonly string[]): FastifyInstance {
  const app = Fastify({
    logger: false,
    genReqId: () => `req_${randomBytes(12).toString('hex')}`,
    bodyLimit: largestBody,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    routerOptions: { maxParamLength: 1024 },
    requestTimeout: 600_000,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: true } },
    frameworkErrors: (error, request, reply) => {
      void sendProblem(
        request as FastifyRequest,
        reply,
        new AppError('invalid_request', 'The address of this request cannot be read.', { cause: error }),
      )
    },
  })
  // Answers come from presenters whose types are the schemas'; they need no second look at run time.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  return app
}

async function addRoutes(app: FastifyInstance, parts: HttpParts, isSecure: boolean): Promise<void> {
  const register = createRegister()
  const stopping = new AbortController()
  app.addHook('preClose', async () => stopping.abort())
  const on = register.registerOn(app)
  signInRoutes(on, { ...parts, isSecure })
  userRoutes(on, parts)
  auditRoutes(on, parts)
  settingsRoutes(on, parts.settings)
  linkingRoutes(on, parts)
  channelRoutes(on, parts)
  noticeRoutes(on, parts)
  transferRoutes(on, parts)
  contactRoutes(on, parts)
  matrixLegacyRoutes(on, parts)
  conversationRoutes(on, parts)
  messageRoutes(on, parts)
  teamRoutes(on, parts)
  wordingRoutes(on, parts)
  const streams = new Set<unknown>()
  eventRoutes(on, { ...parts, stopping: stopping.signal, streams })
  operationRoutes(on, { ...parts, startedAt: new Date(parts.clock()), streams })
  await app.register(async (files) => {
    await files.register(multipart, { limits: { files: 1, fields: 5, parts: 6, fileSize: Number.MAX_SAFE_INTEGER, headerPairs: 20 } })
    mediaRoutes(register.registerOn(files), parts)
  })
  const missing = register.missing()
  if (missing.length > 0) throw new Error(`These operations of the API have no handler: ${missing.join(', ')}.`)
}

/** What no route has taken: a file or address of the page, the wrong method, or nothing that is here. */
function addRest(app: FastifyInstance, webRoot: string): void {
  const page = openWebPage(webRoot)
  const paths = Object.values(routes).map(({ method, path }) => ({
    method,
    pattern: new RegExp(`^${path.replaceAll(/:[a-z_]+/g, '[^/]+')}$`),
  }))
  app.setNotFoundHandler((request, reply) => {
    if (page.serve(request, reply)) return reply
    const path = request.url.split('?', 1)[0] ?? ''
    if (path.startsWith('/_matrix/')) return reply.code(404).send(unrecognized)
    const methods = paths.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
    if (methods.length === 0) return sendProblem(request, reply, new AppError('not_found', 'There is nothing at this address.'))
    const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : methods
    reply.header('allow', allowed.join(', '))
    return sendProblem(request, reply, new AppError('method_not_allowed', `This address takes ${allowed.join(', ')}.`))
  })
}
