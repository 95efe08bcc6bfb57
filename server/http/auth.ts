import cookie from '@fastify/cookie'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { api, type Operation } from '../../contract/api.ts'
import type { RouteName } from '../../contract/routes.ts'
import { type Actor, isAdmin } from '../inbox/people/access.ts'
import type { ApiKeys } from '../inbox/people/api-keys.ts'
import type { SignIn } from '../inbox/people/sign-in.ts'
import { AppError } from '../lib/errors.ts'

export const sessionCookie = 'mistok_session'

/** Who calls, and how that is found out again while a stream lasts. */
export interface Caller {
  readonly actor: Actor
  /** The session's token; null for an API key. */
  readonly session: string | null
  /** The caller as they are now; undefined once the session or key has ended. */
  again(): Promise<Actor | undefined>
}

export interface AuthParts {
  readonly signIn: Pick<SignIn, 'authenticate'>
  readonly apiKeys: Pick<ApiKeys, 'authenticate'>
  /** Origins, besides our own, whose pages may write with a session. */
  readonly allowedOrigins: readonly string[]
  readonly publicOrigin: string | undefined
  /** Calls that the operator has opened to everybody. */
  readonly openCalls: readonly RouteName[]
}

/** Signs every call of the table in and asks its row who may make it; runs before the body is read. */
export async function addAuth(app: FastifyInstance, parts: AuthParts): Promise<void> {
  await app.register(cookie)
  app.decorateRequest('caller', null)
  app.addHook('onRequest', async (request) => {
    const name = request.routeOptions.config.operation
    if (name === undefined) return
    const operation: Operation = api[name]
    if (operation.access === 'public') {
      if (isWrite(request) && isFromElsewhere(request, parts)) throw crossSite()
      return
    }
    if (parts.openCalls.includes(name)) return
    request.caller = await identify(request, operation, parts)
  })
}

async function identify(request: FastifyRequest, operation: Operation, parts: AuthParts): Promise<Caller> {
  const { authorization } = request.headers
  if (authorization !== undefined) {
    const [, key] = /^Bearer +(\S+)$/i.exec(authorization) ?? []
    const again = async () => (key === undefined ? undefined : parts.apiKeys.authenticate(key))
    const actor = await again()
    if (actor === undefined) throw new AppError('unauthenticated', 'This API key is unknown, revoked or expired.')
    if (operation.scope === undefined) throw new AppError('forbidden', 'This call takes no API key: sign in as a person.')
    if (!actor.scopes.includes(operation.scope))
      throw new AppError('forbidden', `This call needs an API key with the scope ${operation.scope}.`)
    return { actor, session: null, again }
  }
  const session = request.cookies[sessionCookie]
  const again = async () => (session === undefined ? undefined : parts.signIn.authenticate(session))
  const actor = await again()
  if (actor === undefined || session === undefined) throw new AppError('unauthenticated', 'Sign in first, or send an API key.')
  if (isWrite(request) && (isFromElsewhere(request, parts) || !tellsOrigin(request))) throw crossSite()
  if (operation.access === 'admin' && !isAdmin(actor)) throw new AppError('forbidden', 'Only an admin may do this.')
  return { actor, session, again }
}

function isWrite(request: FastifyRequest): boolean {
  return request.method !== 'GET' && request.method !== 'HEAD'
}

function tellsOrigin(request: FastifyRequest): boolean {
  return request.headers.origin !== undefined || request.headers['sec-fetch-site'] !== undefined
}

/** Whether a browser says that another site's page makes this request. Old browsers and plain http send no Sec-Fetch-Site. */
function isFromElsewhere(request: FastifyRequest, { allowedOrigins, publicOrigin }: AuthParts): boolean {
  const { origin, host, 'sec-fetch-site': site } = request.headers
  if (origin !== undefined && (origin === publicOrigin || allowedOrigins.includes(origin))) return false
  if (site !== undefined) return site !== 'same-origin'
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)
}

function crossSite(): AppError {
  return new AppError('forbidden', 'A page of another site made this request. Writes with a session need an Origin of ours.')
}
