import { checkNewUser, createUser, hashPassword, issueToken, logOutEverywhere } from '../accounts.ts'
import { authenticateAdmin } from '../auth.ts'
import { findRoom, type Core } from '../core.ts'
import { badRequest, notFound } from '../errors.ts'
import type { Parts } from '../homeserver.ts'
import { ok, readJson, type Request } from '../http.ts'
import { splitUserId } from '../ids.ts'
import { changeMembership } from '../membership.ts'
import type { Json, User } from '../state.ts'

/** The part of Synapse's admin API that manages users (protocol/homeserver.md 2.2). */
export function routeAdmin(parts: Parts): void {
  const { core, router } = parts
  const named = (request: Request): User => {
    const user = core.store.state.users.get(localId(core, request))
    if (user === undefined) throw notFound('User not found')
    return user
  }
  router.on('GET', '/_synapse/admin/v2/users/:user', (request) => {
    authenticateAdmin(core, request)
    return ok(show(named(request)))
  })
  router.on('PUT', '/_synapse/admin/v2/users/:user', async (request) => {
    authenticateAdmin(core, request)
    const body = await readJson(request)
    const userId = request.params.user ?? ''
    if (splitUserId(userId)?.domain !== core.serverName) throw badRequest('This endpoint can only be used with local users')
    const known = core.store.state.users.get(userId)
    if (known !== undefined) {
      modify(core, known, body)
      return ok(show(known))
    }
    if (!/^@[a-z0-9._=/+-]+:/.test(userId)) {
      throw badRequest("User ID can only contain characters a-z, 0-9, or '=_-./+'", 'M_INVALID_USERNAME')
    }
    const password = typeof body.password === 'string' ? body.password : null
    const user = createUser(core, { userId, password, admin: body.admin === true, appserviceId: null })
    modify(core, user, { ...body, password: undefined })
    return { status: 201, body: show(user) }
  })
  if (core.authentication === 'own') routeSignInAs(parts)
  router.on('GET', '/_synapse/admin/v1/users/:user/joined_rooms', (request) => {
    authenticateAdmin(core, request)
    const rooms = [...(core.store.state.memberships.get(localId(core, request)) ?? [])]
    const joined = rooms.filter(([, member]) => member.content.membership === 'join').map(([roomId]) => roomId)
    return ok({ joined_rooms: joined, total: joined.length })
  })
  router.on('POST', '/_synapse/admin/v1/deactivate/:user', async (request) => {
    authenticateAdmin(core, request)
    await readJson(request, { allowEmpty: true })
    deactivate(core, named(request))
    return ok({ id_server_unbind_result: 'success' })
  })
  router.on('GET', '/_synapse/admin/v1/username_available', (request) => {
    authenticateAdmin(core, request)
    const username = request.query.get('username')
    if (username === null) throw badRequest("Missing required string query parameter 'username'", 'M_MISSING_PARAM')
    checkNewUser(core, `@${username}:${core.serverName}`, null)
    return ok({ available: true })
  })
  routeRateLimit(parts, named)
}

/** A token of somebody for an admin; it is not there behind an authentication service. */
function routeSignInAs({ core, router }: Parts): void {
  router.on('POST', '/_synapse/admin/v1/users/:user/login', async (request) => {
    const requester = authenticateAdmin(core, request)
    const { valid_until_ms: validUntil } = await readJson(request, { allowEmpty: true })
    if (validUntil !== undefined && !Number.isInteger(validUntil)) throw badRequest("'valid_until_ms' parameter must be an int")
    const userId = localId(core, request)
    if (userId === requester.userId) throw badRequest('Cannot use admin API to login as self')
    if (!core.store.state.users.has(userId)) throw notFound('User not found')
    const wanted = { userId, deviceId: null, puppetedBy: requester.userId, validUntil: (validUntil as number | undefined) ?? null }
    return ok({ access_token: issueToken(core, wanted) })
  })
}

function routeRateLimit({ core, router }: Parts, named: (request: Request) => User): void {
  const pattern = '/_synapse/admin/v1/users/:user/override_ratelimit'
  router.on('GET', pattern, (request) => {
    authenticateAdmin(core, request)
    return ok(named(request).rateLimitOverride ?? {})
  })
  router.on('POST', pattern, async (request) => {
    authenticateAdmin(core, request)
    const user = named(request)
    const { messages_per_second: perSecond = 0, burst_count: burst = 0 } = await readJson(request)
    if (!isCount(perSecond)) throw badRequest(`${JSON.stringify(perSecond)} parameter must be a positive int`, 'M_INVALID_PARAM')
    if (!isCount(burst)) throw badRequest(`${JSON.stringify(burst)} parameter must be a positive int`, 'M_INVALID_PARAM')
    const override = { messages_per_second: perSecond, burst_count: burst }
    core.store.commit({ r: 'rate_limit', user_id: user.userId, override })
    return ok(override)
  })
  router.on('DELETE', pattern, (request) => {
    authenticateAdmin(core, request)
    core.store.commit({ r: 'rate_limit', user_id: named(request).userId, override: null })
    return ok()
  })
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0
}

function localId(core: Core, request: Request): string {
  const userId = request.params.user ?? ''
  if (splitUserId(userId)?.domain !== core.serverName) throw badRequest('Can only look up local users')
  return userId
}

function modify(core: Core, user: User, body: Json): void {
  const { password, admin, deactivated, locked, logout_devices: logOut = true } = body
  if (password !== undefined && typeof password !== 'string') throw badRequest('Invalid password')
  for (const [name, value] of Object.entries({ admin, deactivated, locked, logout_devices: logOut })) {
    if (value !== undefined && typeof value !== 'boolean') throw badRequest(`Param '${name}' must be a boolean, if given`, 'M_BAD_JSON')
  }
  if (typeof password === 'string') {
    core.store.commit({ r: 'user_flags', user_id: user.userId, password_hash: hashPassword(password) })
    if (logOut === true) logOutEverywhere(core, user)
  }
  if (typeof locked === 'boolean') core.store.commit({ r: 'user_flags', user_id: user.userId, locked })
  if (typeof admin === 'boolean') core.store.commit({ r: 'user_flags', user_id: user.userId, admin })
  for (const field of ['displayname', 'avatar_url']) {
    if (field in body) setProfile(core, user, field, body[field])
  }
  if (deactivated === true && !user.deactivated) deactivate(core, user)
}

function deactivate(core: Core, user: User): void {
  core.store.commit({ r: 'user_flags', user_id: user.userId, deactivated: true, password_hash: null })
  logOutEverywhere(core, user)
}

function setProfile(core: Core, user: User, field: string, value: unknown): void {
  core.store.commit({ r: 'profile', user_id: user.userId, field, value: value === '' ? null : value })
  const self = { userId: user.userId, deviceId: null, token: null, appservice: null, admin: user.admin }
  for (const [roomId, member] of core.store.state.memberships.get(user.userId) ?? []) {
    const room = findRoom(core, roomId)
    if (room === undefined || member.content.membership !== 'join') continue
    changeMembership(core, self, room, { target: user.userId, action: 'join' })
  }
}

function show(user: User): Json {
  return {
    name: user.userId,
    is_guest: false,
    admin: user.admin,
    consent_version: null,
    consent_ts: null,
    consent_server_notice_sent: null,
    appservice_id: user.appserviceId,
    creation_ts: Math.floor(user.createdTs / 1000),
    user_type: null,
    deactivated: user.deactivated,
    shadow_banned: false,
    displayname: user.profile.get('displayname') ?? null,
    avatar_url: user.profile.get('avatar_url') ?? null,
    threepids: [],
    external_ids: [],
    erased: false,
    locked: user.locked,
    suspended: false,
    last_seen_ts: null,
  }
}
