import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Core } from './core.ts'
import { badRequest, MatrixError } from './errors.ts'
import { randomLetters, splitUserId } from './ids.ts'
import type { Token, User } from './state.ts'

/** A salted digest of a password; enough for accounts that exist only in a sandbox. */
export function hashPassword(password: string): string {
  const salt = randomBytes(12).toString('hex')
  return `${salt}:${digest(salt, password)}`
}

/** Whether this is the user's password. */
export function isPassword(user: User, password: string): boolean {
  const [salt = '', hash = ''] = user.passwordHash?.split(':') ?? []
  const given = digest(salt, password)
  return given.length === hash.length && timingSafeEqual(Buffer.from(given), Buffer.from(hash))
}

function digest(salt: string, password: string): string {
  return createHash('sha256').update(`${salt}${password}`).digest('hex')
}

/** Makes a user; refuses a name that is taken (M_USER_IN_USE) or that only an appservice may have (M_EXCLUSIVE). */
export function createUser(
  core: Core,
  { userId, password, admin, appserviceId }: { userId: string; password: string | null; admin: boolean; appserviceId: string | null },
): User {
  const { store, clock } = core
  checkNewUser(core, userId, appserviceId)
  const passwordHash = password === null ? null : hashPassword(password)
  store.commit({ r: 'user', user_id: userId, password_hash: passwordHash, admin, appservice_id: appserviceId, ts: clock() })
  const user = store.state.users.get(userId)
  if (user === undefined) throw new Error('the user was not kept')
  const localpart = splitUserId(userId)?.localpart ?? userId
  store.commit({ r: 'profile', user_id: userId, field: 'displayname', value: localpart })
  return user
}

/** Refuses a user id that is taken or that another appservice has for itself. */
export function checkNewUser({ services, store }: Core, userId: string, appserviceId: string | null): void {
  if (store.state.users.has(userId)) throw badRequest('User ID already taken.', 'M_USER_IN_USE')
  const isReserved = services.some((service) => service.id !== appserviceId && service.isExclusiveUser(userId))
  if (isReserved) throw badRequest('This user ID is reserved by an application service.', 'M_EXCLUSIVE')
}

/** A new access token. Earlier tokens of the same device stay good, as Synapse 1.163 was seen to do. */
export function issueToken(core: Core, wanted: Omit<Token, 'token'>): string {
  const localpart = splitUserId(wanted.userId)?.localpart ?? ''
  const token = `syt_${Buffer.from(localpart).toString('base64url')}_${randomLetters(20)}_${randomBytes(4).toString('hex').slice(0, 6)}`
  core.store.commit({ r: 'token', token: { token, ...wanted } })
  return token
}

/** Makes or renames a device; without a name an existing one keeps its own. True when it is new. */
export function putDevice(core: Core, user: User, deviceId: string, displayName: string | null): boolean {
  const known = user.devices.get(deviceId)
  const name = displayName ?? known?.display_name ?? null
  if (known === undefined || known.display_name !== name)
    core.store.commit({ r: 'device', user_id: user.userId, device_id: deviceId, display_name: name })
  return known === undefined
}

/** Removes devices with their tokens. */
export function deleteDevices(core: Core, user: User, deviceIds: readonly string[]): void {
  for (const deviceId of deviceIds) {
    dropTokens(core, (token) => token.userId === user.userId && token.deviceId === deviceId)
    if (user.devices.has(deviceId)) core.store.commit({ r: 'device_gone', user_id: user.userId, device_id: deviceId })
  }
}

/** Ends the tokens that match. */
export function dropTokens(core: Core, matches: (token: Token) => boolean): void {
  for (const token of core.store.state.tokens.values()) {
    if (matches(token)) core.store.commit({ r: 'token_gone', token: token.token })
  }
}

/** Ends a user's devices and tokens, and what it holds for others as an admin; what an admin holds for it stays, as in Synapse. */
export function logOutEverywhere(core: Core, user: User): void {
  deleteDevices(core, user, [...user.devices.keys()])
  dropTokens(core, ({ userId, puppetedBy }) => puppetedBy === user.userId || (userId === user.userId && puppetedBy === null))
}

/** A full user id of a name that may be a localpart; 400 when it belongs to another server. */
export function localUserId(core: Core, name: string): string {
  if (!name.startsWith('@')) return `@${name}:${core.serverName}`
  const parts = splitUserId(name)
  if (parts === undefined) throw badRequest(`Invalid user id: ${name}`, 'M_INVALID_PARAM')
  if (parts.domain !== core.serverName) throw new MatrixError(400, 'M_UNKNOWN', 'This endpoint can only be used with local users')
  return name
}
