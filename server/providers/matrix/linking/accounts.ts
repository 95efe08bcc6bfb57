import type { ExternalId } from '../../../../contract/ids.ts'
import { AppError } from '../../../lib/errors.ts'
import type { AccountLink, AccountRequest, Accounts, Sessions } from '../../provider.ts'
import { authenticationWords, hasAuthenticationService } from '../setup/authentication.ts'
import type { MatrixConfig } from '../config.ts'
import { actorOf, type Homeserver, type MatrixRequest } from '../client/homeserver.ts'
import { type Fields, filled } from '../../../lib/fields.ts'
import { isOurName } from '../names.ts'
import { type Actor, MatrixError, path } from '../client/wire.ts'

interface Deps {
  readonly config: MatrixConfig
  readonly homeserver: Homeserver
  /** Signs the admin in again whose token has died, and gives the new one. Throws AppError where it cannot. */
  readonly renewAdmin: (dead: string) => Promise<string>
}

const register = '/_matrix/client/v3/register'

/**
 * Makes and revives the Matrix accounts that numbers are linked under: through our application service where the homeserver
 * knows it (no password, no limit), else by the admin (protocol/homeserver.md 2.2, 3.2).
 */
export function createAccounts(deps: Deps): Accounts {
  const { config } = deps
  return {
    async ensure(request, known, signal) {
      if (!/^[a-z0-9._=/-]{1,128}$/.test(request.name))
        throw new AppError('invalid_request', 'A Matrix account is named in lower case, without spaces')
      const userId = `@${config.userPrefix}${request.name}:${config.serverName}`
      if (known !== null && (await stillWorks(deps, known, signal))) return known
      if (known !== null && !isOurName(config, known.external)) {
        throw new AppError('channel_not_connected', `The access token of ${known.external} no longer works: enter a new one`)
      }
      if (config.asToken !== undefined) {
        const made = await byAppservice(deps, config.asToken, userId, request, signal)
        if (made !== undefined) return made
        throw new AppError(
          'not_configured',
          'The homeserver does not know our application service any more: load the file of `mistok registration` again, or save the Matrix settings to go on without it',
        )
      }
      const again = known === null ? undefined : await signIn(deps, userId, request, signal)
      if (typeof again === 'object') return linkOf(config, userId, again, 'password')
      return byAdmin(deps, userId, request, again, signal)
    },
  }
}

/** How the end of a Matrix session is known (protocol/homeserver.md 2.1). Who acts through our application service has none. */
export function createSessions(deps: Pick<Deps, 'config' | 'homeserver'>): Sessions {
  return {
    async lives(account, signal) {
      return actorOf(deps.config, account).userId !== undefined || stillWorks(deps, account, signal)
    },
    endedBy(error) {
      for (let cause = error; cause instanceof Error; cause = cause.cause) {
        if (cause instanceof MatrixError) return cause.errcode === 'M_UNKNOWN_TOKEN' || cause.errcode === 'M_MISSING_TOKEN'
      }
      return false
    },
  }
}

async function stillWorks(
  { config, homeserver }: Pick<Deps, 'config' | 'homeserver'>,
  known: AccountLink,
  signal: AbortSignal,
): Promise<boolean> {
  if (known.secrets['by'] === 'appservice' && config.asToken === undefined) return false
  try {
    const me = await homeserver.call({ method: 'GET', path: '/_matrix/client/v3/account/whoami', as: actorOf(config, known), signal })
    return me['user_id'] === known.external
  } catch (error) {
    if (error instanceof MatrixError && (error.status === 401 || error.status === 403 || error.errcode.endsWith('M_UNKNOWN_DEVICE')))
      return false
    throw error
  }
}

/** Undefined when the homeserver does not know our application service (yet). */
async function byAppservice(
  deps: Deps,
  asToken: string,
  userId: string,
  request: AccountRequest,
  signal: AbortSignal,
): Promise<AccountLink | undefined> {
  const { config, homeserver } = deps
  const username = userId.slice(1, -config.serverName.length - 1)
  const body = { type: 'm.login.application_service', username, inhibit_login: true }
  try {
    await homeserver.call({ method: 'POST', path: register, as: { token: asToken }, body, signal })
  } catch (error) {
    if (!(error instanceof MatrixError)) throw error
    if (error.errcode === 'M_UNKNOWN_TOKEN') return undefined
    if (error.errcode === 'M_EXCLUSIVE') {
      throw new AppError(
        'not_configured',
        `${userId} is outside the namespace of our registration: give the homeserver the file of \`mistok registration\` and restart it`,
      )
    }
    if (error.errcode !== 'M_USER_IN_USE') throw error
  }
  const as: Actor = { token: asToken, userId }
  await homeserver.call({
    method: 'PUT',
    path: path`/_matrix/client/v3/devices/${config.deviceId}`,
    as,
    body: { display_name: 'Mistok' },
    signal,
  })
  await nameOnce(homeserver, as, userId, request.displayName, signal)
  return { external: userId as ExternalId, secrets: { device_id: config.deviceId, by: 'appservice' } }
}

// Each change of a name is an event in every room of the account, so the same name is not set again.
async function nameOnce(homeserver: Homeserver, as: Actor, userId: string, displayName: string, signal: AbortSignal): Promise<void> {
  const place = path`/_matrix/client/v3/profile/${userId}/displayname`
  const now = await homeserver.call({ method: 'GET', path: place, as, signal }).catch(whenMissing)
  if (now?.['displayname'] !== displayName)
    await homeserver.call({ method: 'PUT', path: place, as, body: { displayname: displayName }, signal })
}

/** Calls as the admin, who is signed in again where the session has ended meanwhile. */
function adminOf({ config, homeserver, renewAdmin }: Deps, signal: AbortSignal): (request: MatrixRequest) => Promise<Fields> {
  let token = config.adminToken
  return async (request) => {
    if (token === undefined) {
      throw new AppError(
        'not_configured',
        'The homeserver does not know our application service, and no admin is signed in to it: enter the admin password in the Matrix settings again',
      )
    }
    try {
      return await homeserver.call({ ...request, as: { token }, signal })
    } catch (error) {
      if (!(error instanceof MatrixError && error.errcode === 'M_UNKNOWN_TOKEN')) throw error
      token = await renewAdmin(token)
      return homeserver.call({ ...request, as: { token }, signal })
    }
  }
}

async function byAdmin(
  deps: Deps,
  userId: string,
  request: AccountRequest,
  tried: 'wrong_password' | 'limited' | undefined,
  signal: AbortSignal,
): Promise<AccountLink> {
  const { config } = deps
  const admin = adminOf(deps, signal)
  const place = path`/_synapse/admin/v2/users/${userId}`
  const found = await admin({ method: 'GET', path: place })
    .catch(whenMissing)
    .catch((error: unknown) => nameRefusal(deps, error, signal))
  if (found !== undefined && filled(found['appservice_id']) !== undefined) {
    throw new AppError('conflict', `${userId} belongs to an application service: remove it there or enter our registration's token`)
  }
  if (found === undefined) {
    const body = { password: request.password, displayname: request.displayName, logout_devices: false }
    await admin({ method: 'PUT', path: place, body }).catch(whenInUse)
  }
  await liftLimits(admin, userId)
  const first = tried ?? (await signIn(deps, userId, request, signal))
  if (typeof first === 'object') return linkOf(config, userId, first, 'password')
  if (first === 'wrong_password') {
    await admin({ method: 'PUT', path: place, body: { password: request.password, logout_devices: false } })
    const second = await signIn(deps, userId, request, signal)
    if (typeof second === 'object') return linkOf(config, userId, second, 'password')
  }
  // Sign-ins are limited by our address, and not at all for an admin who signs in for somebody.
  const answer = await admin({ method: 'POST', path: path`/_synapse/admin/v1/users/${userId}/login`, body: {} })
  return linkOf(config, userId, answer, 'admin')
}

/** Why an admin may not manage users: behind an authentication service nobody may by a password (protocol/homeserver.md 4). */
async function nameRefusal({ homeserver }: Deps, error: unknown, signal: AbortSignal): Promise<never> {
  if (!(error instanceof MatrixError && error.status === 403)) throw error
  if (await hasAuthenticationService(homeserver, signal)) {
    throw new AppError('not_configured', `${authenticationWords.detail} ${authenticationWords.fix}`, { cause: error })
  }
  throw new AppError('not_configured', 'The admin of the Matrix settings is no server admin, so it cannot make accounts', { cause: error })
}

function linkOf(config: MatrixConfig, userId: string, answer: Fields, by: 'password' | 'admin'): AccountLink {
  const token = filled(answer['access_token'])
  if (token === undefined) throw new MatrixError(502, 'M_UNKNOWN', 'The homeserver signed the account in without giving a token')
  return {
    external: userId as ExternalId,
    secrets: { access_token: token, device_id: filled(answer['device_id']) ?? config.deviceId, by },
  }
}

// By itself a homeserver lets a person write a message every five seconds and join a room every ten: too little for an inbox.
async function liftLimits(admin: (request: MatrixRequest) => Promise<Fields>, userId: string): Promise<void> {
  const place = path`/_synapse/admin/v1/users/${userId}/override_ratelimit`
  await admin({ method: 'POST', path: place, body: { messages_per_second: 0, burst_count: 0 } }).catch(whenMissing)
}

async function signIn(
  { config, homeserver }: Deps,
  userId: string,
  request: AccountRequest,
  signal: AbortSignal,
): Promise<Fields | 'wrong_password' | 'limited'> {
  const body = {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: userId },
    password: request.password,
    device_id: config.deviceId,
    initial_device_display_name: 'Mistok',
  }
  try {
    return await homeserver.call({ method: 'POST', path: '/_matrix/client/v3/login', body, signal })
  } catch (error) {
    if (!(error instanceof MatrixError)) throw error
    if (error.status === 403) return 'wrong_password'
    if (error.status === 429 || error.status === 404) return 'limited'
    throw error
  }
}

function whenMissing(error: unknown): undefined {
  if (error instanceof MatrixError && error.status === 404) return undefined
  throw error
}

function whenInUse(error: unknown): void {
  if (!(error instanceof MatrixError && error.errcode === 'M_USER_IN_USE')) throw error
}
