import type { Check } from '../../../../contract/settings.ts'
import { AppError, messageOf } from '../../../lib/errors.ts'
import { HttpError } from '../../../lib/http-client.ts'
import { authenticationWords, hasAuthenticationService } from './authentication.ts'
import { matrixDefaults } from '../config.ts'
import type { Homeserver } from '../client/homeserver.ts'
import { type Fields, fields, filled, present } from '../../../lib/fields.ts'
import { senderLocalpart } from './registration.ts'
import { passed, type Probe, refused, skipped, unreachable, warned } from './checks.ts'
import type { SetupPrevious } from '../../matrix-setup.ts'
import { MatrixError, path } from '../client/wire.ts'

const timeoutMs = 10_000

/** Whether a Matrix homeserver answers at the address, and which. */
export async function checkHomeserver(probe: Probe): Promise<{ readonly ok: boolean; readonly checks: readonly Check[] }> {
  const { homeserver, signal } = probe
  try {
    const versions = await homeserver.call({ method: 'GET', path: '/_matrix/client/versions', timeoutMs, signal })
    if (!Array.isArray(versions['versions'])) return { ok: false, checks: [await notMatrix(probe)] }
  } catch (error) {
    if (error instanceof MatrixError || (error instanceof HttpError && error.reason === 'not_json'))
      return { ok: false, checks: [await notMatrix(probe)] }
    const { detail, fix } = unreachable(error, 'The homeserver')
    return { ok: false, checks: [refused('homeserver', detail, fix)] }
  }
  const server = await homeserver
    .call({ method: 'GET', path: '/_synapse/admin/v1/server_version', timeoutMs, signal })
    .catch(() => fields(undefined))
  const version = filled(server['server_version'])
  const synapse =
    version === undefined
      ? warned(
          'homeserver_version',
          'This is not Synapse, or its admin API is closed to this server.',
          'Accounts are then made through our application service alone: load its registration.',
        )
      : passed('homeserver_version', `Synapse ${version}`)
  return { ok: true, checks: [passed('homeserver', 'The homeserver answers.'), synapse] }
}

async function notMatrix({ http, input, signal }: Probe): Promise<Check> {
  const detail = 'Something answers at this address, but it is no Matrix homeserver.'
  try {
    const wellKnown = new URL('/.well-known/matrix/client', input.homeserverUrl).href
    const response = await http.request({ method: 'GET', url: wellKnown, timeoutMs, signal })
    const base = filled(fields(fields(await response.json())['m.homeserver'])['base_url'])
    if (base !== undefined && URL.canParse(base))
      return refused('homeserver', detail, `It says that the homeserver is at ${base.slice(0, 200)}: enter that.`)
  } catch {
    // It offers no hint.
  }
  return refused('homeserver', detail, 'Enter the address at which the homeserver serves clients, as in Element, without a path.')
}

export interface AdminOutcome {
  readonly ok: boolean
  readonly checks: readonly Check[]
  readonly token?: string
  readonly userId?: string
  readonly deviceId?: string
}

/**
 * Signs the admin in, or sees whether the stored token still works. Without an admin one can go on if the homeserver knows
 * our application service, which makes the accounts then.
 */
export async function signInAdmin(probe: Probe, previous: SetupPrevious, appservice: boolean): Promise<AdminOutcome> {
  const { homeserver, input, signal } = probe
  const refusedWith = (detail: string, fix: string): AdminOutcome =>
    appservice
      ? { ok: true, checks: [warned('admin', detail, `${fix} Accounts are made through our application service meanwhile.`)] }
      : { ok: false, checks: [refused('admin', detail, fix)] }
  try {
    const session =
      input.adminPassword === undefined
        ? { access_token: previous.adminToken, device_id: previous.adminDeviceId }
        : await signIn(probe, previous)
    const token = filled(session['access_token'])
    if (token === undefined) return refusedWith('There is no password and no stored session of the admin.', 'Enter the admin password.')
    const me = await homeserver.call({ method: 'GET', path: '/_matrix/client/v3/account/whoami', as: { token }, timeoutMs, signal })
    const userId = filled(me['user_id']) ?? ''
    const known = { token, userId, deviceId: filled(session['device_id']) ?? filled(me['device_id']) ?? matrixDefaults.deviceId }
    const real = userId.slice(userId.indexOf(':') + 1)
    if (real !== input.serverName) {
      return {
        ok: false,
        checks: [
          refused('server_name', `The homeserver calls itself ${real}, not ${input.serverName}.`, `Enter ${real} as the server name.`),
        ],
      }
    }
    return {
      ok: true,
      ...known,
      checks: [
        passed('admin', `Signed in as ${userId}.`),
        passed('server_name', 'The server name is the homeserver’s own.'),
        await checkRights(probe, known, appservice),
      ],
    }
  } catch (error) {
    if (appservice && isDelegated(error)) return { ok: true, checks: [skipped('admin', noAdminNeeded)] }
    return refusedWith(...adminWords(error))
  }
}

const noAdminNeeded =
  'The homeserver leaves sign-in to the Matrix Authentication Service; accounts are made through our application service, and no admin is needed.'

/** Whether there is no sign-in by password at this homeserver (protocol/homeserver.md 4). */
function isDelegated(error: unknown): boolean {
  return error instanceof MatrixError && (error.errcode === 'M_UNRECOGNIZED' || error.status === 404)
}

function signIn({ homeserver, input, signal }: Probe, previous: SetupPrevious): Promise<Fields> {
  const { adminLogin, adminPassword = '' } = input
  return logIn(homeserver, { login: adminLogin, password: adminPassword, ...present({ deviceId: previous.adminDeviceId }) }, signal)
}

interface Credentials {
  readonly login: string
  readonly password: string
  readonly deviceId?: string
}

function logIn(homeserver: Homeserver, { login, password, deviceId }: Credentials, signal: AbortSignal): Promise<Fields> {
  const body = {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: login },
    password,
    device_id: deviceId ?? matrixDefaults.deviceId,
    initial_device_display_name: 'Mistok',
  }
  return homeserver.call({ method: 'POST', path: '/_matrix/client/v3/login', body, timeoutMs: 30_000, signal })
}

/** Ends a session. One that has ended already, or a homeserver that does not answer, is left alone. */
export async function signOut(homeserver: Homeserver, token: string, signal: AbortSignal): Promise<void> {
  const call = { method: 'POST', path: '/_matrix/client/v3/logout', body: {}, as: { token }, timeoutMs, signal } as const
  await homeserver.call(call).catch(() => undefined)
}

/** A new token for an admin whose session has ended. Throws not_configured in words that say what to do. */
export async function signInAgain(homeserver: Homeserver, credentials: Credentials, signal: AbortSignal): Promise<string> {
  try {
    const token = filled((await logIn(homeserver, credentials, signal))['access_token'])
    if (token !== undefined) return token
    throw new AppError('not_configured', 'The homeserver signed the admin in without giving a token')
  } catch (error) {
    if (error instanceof AppError) throw error
    if (!(error instanceof MatrixError)) throw error
    const [detail, fix] = adminWords(error)
    throw error.status === 429
      ? new AppError('rate_limited', `${detail} ${fix}`, { cause: error })
      : new AppError('not_configured', detail, { cause: error })
  }
}

function adminWords(error: unknown): [detail: string, fix: string] {
  if (!(error instanceof MatrixError)) {
    const { detail, fix } = unreachable(error, 'The homeserver')
    return [detail, fix]
  }
  const { errcode, status } = error
  if (errcode === 'M_UNKNOWN_TOKEN') return ['The stored session of the admin has ended.', 'Enter the admin password again.']
  if (errcode === 'M_USER_LOCKED') return ['The admin account is locked.', 'Unlock it on the homeserver.']
  if (status === 403) {
    return [
      'The homeserver refuses this login: the name or the password is wrong, or the account is deactivated.',
      'Correct them; after five attempts the homeserver makes you wait.',
    ]
  }
  if (status === 429) {
    return [
      `The homeserver takes no more sign-ins for ${Math.ceil((error.retryAfterMs ?? 60_000) / 1_000)} seconds.`,
      'Wait and save again.',
    ]
  }
  if (isDelegated(error)) return [authenticationWords.detail, authenticationWords.fix]
  return [`The homeserver refuses the admin: ${error.message} (${errcode}).`, 'See the log of the homeserver.']
}

async function checkRights(
  { homeserver, signal }: Probe,
  admin: { readonly token: string; readonly userId: string },
  appservice: boolean,
): Promise<Check> {
  try {
    await homeserver.call({ method: 'GET', path: path`/_synapse/admin/v2/users/${admin.userId}`, as: admin, timeoutMs, signal })
    return passed('admin_rights', 'The admin may manage users.')
  } catch (error) {
    if (error instanceof MatrixError && error.status === 403) {
      if (await hasAuthenticationService(homeserver, signal)) {
        return appservice
          ? skipped('admin_rights', noAdminNeeded)
          : refused('admin_rights', authenticationWords.detail, authenticationWords.fix)
      }
      return warned(
        'admin_rights',
        `${admin.userId} is no server admin, so it cannot make accounts.`,
        'Make it one on the homeserver, or load our registration (mistok registration).',
      )
    }
    return warned(
      'admin_rights',
      `The admin API does not answer: ${messageOf(error)}`,
      'Open /_synapse/admin to this server, or load our registration (mistok registration).',
    )
  }
}

/** Whether the homeserver has loaded our registration and reaches us. */
export async function checkAppservice(
  probe: Probe,
): Promise<{ readonly accepted: boolean; readonly userId?: string; readonly checks: readonly Check[] }> {
  const { homeserver, registration, input, signal } = probe
  const as = { token: registration.asToken }
  try {
    await homeserver.call({ method: 'GET', path: '/_matrix/client/v3/account/whoami', as, timeoutMs, signal })
  } catch (error) {
    const detail =
      error instanceof MatrixError && error.errcode === 'M_UNKNOWN_TOKEN'
        ? 'The homeserver does not know our application service, so messages are asked for account by account.'
        : `Whether the homeserver knows our application service is unknown: ${messageOf(error)}`
    return {
      accepted: false,
      checks: [
        warned(
          'appservice',
          detail,
          'Give it the file that `mistok registration` prints, list it under app_service_config_files and restart the homeserver.',
        ),
      ],
    }
  }
  const known = passed('appservice', 'The homeserver knows our application service.')
  const userId = `@${senderLocalpart(registration.userPrefix)}:${input.serverName}`
  const puppet = registration.doublePuppetToken === undefined ? [] : [await checkPuppet(probe, registration.doublePuppetToken)]
  return { accepted: true, userId, checks: [known, await ping(probe), ...puppet] }
}

async function ping({ homeserver, registration, signal }: Probe): Promise<Check> {
  const place = path`/_matrix/client/v1/appservice/${registration.id}/ping`
  const fix = 'Correct `url` in the registration: this server’s address as the homeserver sees it; then restart the homeserver.'
  try {
    await homeserver.call({
      method: 'POST',
      path: place,
      as: { token: registration.asToken },
      body: { transaction_id: 'mistok-setup' },
      timeoutMs: 30_000,
      signal,
    })
    return passed('appservice_push', 'The homeserver reaches this server.')
  } catch (error) {
    if (!(error instanceof MatrixError))
      return warned('appservice_push', `The homeserver did not say whether it reaches us: ${messageOf(error)}`, fix)
    switch (error.errcode) {
      case 'M_CONNECTION_FAILED':
        return refused('appservice_push', 'The homeserver cannot connect to this server.', fix)
      case 'M_CONNECTION_TIMEOUT':
        return refused('appservice_push', 'This server does not answer the homeserver in time.', fix)
      case 'M_BAD_STATUS':
        return refused(
          'appservice_push',
          `Something answers the homeserver at our address and refuses it: ${error.message}`,
          'The hs_token of the loaded registration is another one, or another service listens there: load the present file of `mistok registration`.',
        )
      case 'M_URL_NOT_SET':
        return refused('appservice_push', 'The loaded registration has no url.', fix)
      case 'M_FORBIDDEN':
        return refused('appservice_push', 'The loaded registration has another id.', 'Load the present file of `mistok registration`.')
      default:
        return skipped('appservice_push', 'This homeserver cannot be asked whether it reaches us.')
    }
  }
}

async function checkPuppet({ homeserver, signal }: Probe, token: string): Promise<Check> {
  try {
    await homeserver.call({ method: 'GET', path: '/_matrix/client/v3/account/whoami', as: { token }, timeoutMs, signal })
    return passed('double_puppet', 'The homeserver knows the registration for double puppeting.')
  } catch {
    return warned(
      'double_puppet',
      'The homeserver does not know the registration for double puppeting: what is typed on the phone is still told apart, but read marks of the phone are not taken over.',
      'Load the second file of `mistok registration` too, and set its as_token in the bridge under double_puppet.secrets.',
    )
  }
}

/** Whether the bridge's bot exists on the homeserver. */
export async function checkBot({ homeserver, signal }: Probe, bot: string, token: string): Promise<Check> {
  try {
    await homeserver.call({ method: 'GET', path: path`/_matrix/client/v3/profile/${bot}`, as: { token }, timeoutMs, signal })
    return passed('bridge_bot', `${bot} is on the homeserver.`)
  } catch (error) {
    if (!(error instanceof MatrixError && error.status === 404))
      return skipped('bridge_bot', `Whether ${bot} exists is unknown: ${messageOf(error)}`)
    return warned(
      'bridge_bot',
      `${bot} is not on the homeserver.`,
      'Start the bridge once so that it makes its bot; if the bot has another name, enter it.',
    )
  }
}
