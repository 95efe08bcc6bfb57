import { createUser, deleteDevices, dropTokens, isPassword, issueToken, localUserId, logOutEverywhere, putDevice } from '../accounts.ts'
import { accessToken, authenticate, userLocked } from '../auth.ts'
import type { Appservice } from '../appservices.ts'
import { getUser, type Core } from '../core.ts'
import { badRequest, forbidden, limitExceeded, MatrixError } from '../errors.ts'
import type { Limits, Parts } from '../homeserver.ts'
import { ok, readJson, type Request } from '../http.ts'
import { randomLetters } from '../ids.ts'
import type { Json, User } from '../state.ts'

/** Login, logout, whoami and registration by an appservice (protocol/homeserver.md 2.1 and 3.2). */
export function routeSession(parts: Parts): void {
  const { core, router } = parts
  routeSignIn(parts)
  router.on('GET', '/_matrix/client/v3/account/whoami', (request) => {
    const { userId, deviceId } = authenticate(core, request)
    return ok({ user_id: userId, is_guest: false, ...(deviceId === null ? {} : { device_id: deviceId }) })
  })
  router.on('POST', '/_matrix/client/v3/register', async (request) => {
    const kind = request.query.get('kind') ?? 'user'
    const body = await readJson(request)
    if (kind === 'guest') throw new MatrixError(403, 'M_UNKNOWN', 'Guest access is disabled')
    if (body.type !== 'm.login.application_service') throw forbidden('Registration has been disabled')
    return ok(register(core, request, body))
  })
}

/** Signing in and out; with an authentication service there is no more of it here than the service's own imitation of it. */
function routeSignIn({ core, router, limits }: Parts): void {
  const limiter = createLimiter(limits.login, core.clock)
  if (core.authentication !== 'own') {
    const issuer = `https://account.${core.serverName}/`
    const endpoints = { issuer, authorization_endpoint: `${issuer}authorize`, token_endpoint: `${issuer}oauth2/token` }
    router.on('GET', '/_matrix/client/v1/auth_metadata', () => ok(endpoints))
    if (core.authentication === 'strict') return
  }
  router.on('GET', '/_matrix/client/v3/login', () => ok({ flows: [{ type: 'm.login.password' }, { type: 'm.login.application_service' }] }))
  router.on('POST', '/_matrix/client/v3/login', async (request) => {
    const body = await readJson(request)
    if (typeof body.type !== 'string') throw badRequest('Missing JSON keys.')
    if (body.type === 'm.login.application_service') return ok(logInAsService(core, request, body))
    if (body.type !== 'm.login.password') throw badRequest('Invalid login submission', 'M_INVALID_PARAM')
    limiter.take(request.ip)
    return ok(logInByPassword(core, body))
  })
  router.on('POST', '/_matrix/client/v3/logout', (request) => {
    const { userId, deviceId, token } = authenticate(core, request)
    if (deviceId === null) dropTokens(core, (each) => each.token === token)
    else deleteDevices(core, getUser(core, userId), [deviceId])
    return ok()
  })
  router.on('POST', '/_matrix/client/v3/logout/all', (request) => {
    logOutEverywhere(core, getUser(core, authenticate(core, request).userId))
    return ok()
  })
}

function register(core: Core, request: Request, body: Json): Json {
  if (request.headers.authorization === undefined && !request.query.has('access_token')) {
    throw badRequest('Appservice token must be provided when using a type of m.login.application_service')
  }
  const service = serviceOf(core, request, 'Unrecognised access token')
  const username = body.username
  if (typeof username !== 'string') throw badRequest('Desired Username is missing or not a string')
  const userId = `@${username}:${core.serverName}`
  if (!service.isInterestedInUser(userId)) throw badRequest('Invalid user localpart for this application service.', 'M_EXCLUSIVE')
  const isOwn = core.authentication === 'own'
  if (!isOwn && body.inhibit_login !== true)
    throw badRequest('This server does not support logging in as appservice users.', 'IO.ELEMENT.MSC4190.M_APPSERVICE_LOGIN_UNSUPPORTED')
  const user = createUser(core, { userId, password: null, admin: false, appserviceId: service.id })
  const registered = { user_id: userId, ...(isOwn ? { home_server: core.serverName } : {}) }
  return body.inhibit_login === true ? registered : { ...registered, ...startSession(core, user, body) }
}

function serviceOf(core: Core, request: Request, refusal: string): Appservice {
  const token = accessToken(request)
  const service = core.services.find((each) => each.asToken === token)
  if (service === undefined) throw new MatrixError(401, 'M_UNKNOWN_TOKEN', refusal, { soft_logout: false })
  return service
}

function logInAsService(core: Core, request: Request, body: Json): Json {
  const service = serviceOf(core, request, 'Invalid access token passed.')
  const userId = localUserId(core, nameIn(body))
  if (!service.isInterestedInUser(userId)) throw forbidden('Invalid access_token')
  const user = core.store.state.users.get(userId)
  if (user === undefined) throw new MatrixError(404, 'M_UNKNOWN', 'No row found (users)')
  return { user_id: userId, home_server: core.serverName, ...startSession(core, user, body) }
}

function logInByPassword(core: Core, body: Json): Json {
  const { password } = body
  if (typeof password !== 'string') throw badRequest('Bad parameter: password', 'M_INVALID_PARAM')
  const name = nameIn(body)
  const userId = name.startsWith('@') ? name : `@${name}:${core.serverName}`
  const user = core.store.state.users.get(userId)
  if (user === undefined || user.deactivated || !isPassword(user, password)) throw forbidden('Invalid username or password')
  if (user.locked) throw userLocked()
  return { user_id: userId, home_server: core.serverName, ...startSession(core, user, body) }
}

function nameIn(body: Json): string {
  const identifier = body.identifier as { type?: unknown; user?: unknown } | undefined
  if (identifier === undefined && typeof body.user === 'string') return body.user
  if (identifier === undefined) throw badRequest('Missing param: identifier', 'M_INVALID_PARAM')
  if (identifier.type !== 'm.id.user') throw badRequest('Unknown login identifier type')
  if (typeof identifier.user !== 'string') throw badRequest("User identifier is missing 'user' key")
  return identifier.user
}

function startSession(core: Core, user: User, body: Json): Json {
  const deviceId = typeof body.device_id === 'string' ? body.device_id : randomLetters(10).toUpperCase()
  const name = typeof body.initial_device_display_name === 'string' ? body.initial_device_display_name : null
  if (!user.devices.has(deviceId)) putDevice(core, user, deviceId, name)
  return { access_token: issueToken(core, { userId: user.userId, deviceId, puppetedBy: null, validUntil: null }), device_id: deviceId }
}

/** A token bucket per key, as Synapse's rate limits work; `take` throws 429 with the wait. */
function createLimiter(limit: Limits['login'], clock: () => number): { take(key: string): void } {
  const buckets = new Map<string, { used: number; at: number }>()
  return {
    take(key) {
      if (limit === null) return
      const now = clock()
      const bucket = buckets.get(key) ?? { used: 0, at: now }
      const used = Math.max(0, bucket.used - ((now - bucket.at) / 1000) * limit.perSecond)
      if (used + 1 > limit.burst) {
        buckets.set(key, { used, at: now })
        throw limitExceeded(Math.ceil(((used + 1 - limit.burst) / limit.perSecond) * 1000))
      }
      buckets.set(key, { used: used + 1, at: now })
    },
  }
}
