import type { Check, MatrixSystemConfig, MatrixSystemConfigInput } from '../../../contract/settings.ts'
import { AppError } from '../../lib/errors.ts'
import type { MatrixRoad, SetupInput, SetupPrevious, SetupRegistration } from '../../providers/matrix-setup.ts'
import type { Setting, Settings } from './settings.ts'

/** Our application service's registration and the one for double puppeting (`settled.md` 19). Made once. */
export interface MatrixRegistration extends SetupRegistration {
  readonly doublePuppetToken: string
  readonly doublePuppetHsToken: string
}

/** Tries a config out without changing anything. `config` is null where nothing could work with it. */
export type MatrixProbe = (
  input: SetupInput,
  previous: SetupPrevious,
  registration: MatrixRegistration,
  signal: AbortSignal,
) => Promise<{
  readonly checks: readonly Check[]
  readonly config: MatrixRoad | null
  readonly adminUserId?: string
  readonly adminDeviceId?: string
}>

/** The admin's settings of the Matrix road (product.md 3). */
export interface MatrixConfigs {
  /** As it was saved, without secrets. Throws not_found until then. */
  get(): Promise<MatrixSystemConfig>
  /** Tries it out and keeps it where it can work. Throws invalid_request with what is wrong; the old one then goes on working. */
  save(input: MatrixSystemConfigInput): Promise<MatrixSystemConfig>
  /** Tries this out and keeps nothing of it: what is left out is as it is stored, and the session that it takes is ended again. */
  tryOut(input: MatrixSystemConfigInput): Promise<readonly Check[]>
  /** What the road runs on; undefined until it was saved. */
  current(): Promise<MatrixRoad | undefined>
  /**
   * Signs the admin in again by the kept password, as this token of the session has died, and gives the new one. Where it cannot, the
   * session is forgotten, the checks say so, and it throws not_configured.
   */
  renewAdmin(dead: string): Promise<string>
  ensureRegistration(): Promise<MatrixRegistration>
  /** Tries out what is stored and keeps nothing of it; undefined while nothing was saved. The stored password is left alone. */
  check(): Promise<readonly Check[] | undefined>
}

export interface MatrixConfigsDeps {
  readonly settings: Settings
  readonly probe: MatrixProbe
  /** Adds what the config files of homeserver and bridge show at this moment, where this server may read them. */
  readonly withConfigFiles: (checks: readonly Check[]) => Promise<readonly Check[]>
  /** A new session of the admin. Throws AppError in words that say what to do. */
  readonly signInAgain: (admin: {
    readonly homeserverUrl: string
    readonly login: string
    readonly password: string
    readonly deviceId?: string
  }) => Promise<string>
  /** Ends a session that was taken to try something out. */
  readonly signOut: (session: { readonly homeserverUrl: string; readonly token: string }) => Promise<void>
  /** Brings what was saved into force in this process: only then does the homeserver find us when it is asked to try. */
  readonly reload: () => Promise<void>
  /** A random text that cannot be guessed. */
  readonly newToken: () => string
}

type Stored = Setting<'matrix_system_config'>

const userPrefix = 'crm_'
const probeMs = 90_000
/** Another one than that of the kept session, which signing in on its own device would end. */
const tryingDevice = 'MISTOKTRYING'

export function createMatrixConfigs(deps: MatrixConfigsDeps): MatrixConfigs {
  const { settings } = deps
  const find = () => settings.find('matrix_system_config')

  async function ensureRegistration(): Promise<MatrixRegistration> {
    const { value, secrets } = await settings.putOnce(
      'matrix_registration',
      { id: 'mistok', user_prefix: userPrefix },
      {
        as_token: deps.newToken(),
        hs_token: deps.newToken(),
        double_puppet_token: deps.newToken(),
        double_puppet_hs_token: deps.newToken(),
      },
    )
    const secret = (name: string) => secrets[name] ?? ''
    return {
      id: value.id,
      userPrefix: value.user_prefix,
      asToken: secret('as_token'),
      hsToken: secret('hs_token'),
      doublePuppetToken: secret('double_puppet_token'),
      doublePuppetHsToken: secret('double_puppet_hs_token'),
    }
  }

  const shown = async (stored: Stored): Promise<MatrixSystemConfig> => {
    const config = toConfig(stored)
    return { ...config, checks: [...(await deps.withConfigFiles(config.checks))] }
  }

  let renewing: Promise<string> | undefined

  return {
    ensureRegistration,

    renewAdmin(dead) {
      renewing ??= renewAdmin(deps, dead).finally(() => (renewing = undefined))
      return renewing
    },

    async get() {
      const stored = await find()
      if (stored === undefined) throw new AppError('not_found', 'The Matrix homeserver has not been set up yet.')
      return shown(stored)
    },

    async save(input) {
      const registration = await ensureRegistration()
      const before = await find()
      await keep(deps, registration, before, input)
      // The first time, the homeserver could not reach us while it was asked to: nobody answered for this road yet.
      if (before === undefined) {
        const { admin_password: _, ...again } = input
        await keep(deps, registration, await find(), again)
      }
      return shown((await find()) ?? fail())
    },

    tryOut: async (input) => tryOut(deps, await ensureRegistration(), await find(), input),

    async check() {
      const stored = await find()
      if (stored === undefined) return undefined
      const { value } = stored
      const { homeserverUrl, serverName, bridgeUrl, botUserId, intake } = value.road
      const input = { homeserverUrl, serverName, adminLogin: value.admin_login, botUserId, intake, ...present({ bridgeUrl }) }
      const { checks } = await deps.probe(input, previousOf(stored, stored), await ensureRegistration(), AbortSignal.timeout(probeMs))
      return deps.withConfigFiles(checks)
    },

    async current() {
      const stored = await find()
      return stored === undefined ? undefined : roadOf(stored, await ensureRegistration())
    },
  }
}

async function keep(
  deps: MatrixConfigsDeps,
  registration: MatrixRegistration,
  before: Stored | undefined,
  input: MatrixSystemConfigInput,
): Promise<void> {
  const same = sameAdmin(before, input)
  const password = input.admin_password ?? same?.secrets['admin_password']
  const previous = previousOf(before, same)
  const tryOut = (adminPassword: string | undefined) =>
    deps.probe(probeInput(input, adminPassword), previous, registration, AbortSignal.timeout(probeMs))

  let outcome = await tryOut(input.admin_password)
  const signedIn = outcome.checks.some((check) => check.id === 'admin' && check.status === 'ok')
  if (!signedIn && input.admin_password === undefined && password !== undefined) outcome = await tryOut(password)
  if (outcome.config === null) throw refusal(outcome.checks)

  const { asToken, hsToken: _, adminToken, bridgeSecret, bridgeAsToken, ...road } = outcome.config
  await deps.settings.put(
    'matrix_system_config',
    {
      road,
      appservice: asToken !== undefined,
      admin_login: input.admin_login,
      checks: outcome.checks,
      ...present({ admin_user_id: outcome.adminUserId, admin_device_id: outcome.adminDeviceId }),
    },
    present({
      admin_password: input.forget_admin_password === true ? undefined : password,
      admin_token: adminToken,
      bridge_secret: bridgeSecret,
      bridge_as_token: bridgeAsToken,
    }),
  )
  await deps.reload()
}

const noPassword = {
  detail: 'The session of the admin on the homeserver has ended, and no password is kept.',
  fix: 'Enter the admin password in the Matrix settings again.',
}

async function renewAdmin({ settings, signInAgain, reload }: MatrixConfigsDeps, dead: string): Promise<string> {
  const stored = await settings.find('matrix_system_config')
  if (stored === undefined) throw new AppError('not_configured', noPassword.fix)
  const { value, secrets } = stored
  const { admin_token: token, admin_password: password, ...others } = secrets
  // Another process was quicker.
  if (token !== undefined && token !== dead) return token
  try {
    if (password === undefined) throw new AppError('not_configured', noPassword.detail)
    const session = { homeserverUrl: value.road.homeserverUrl, login: value.admin_login, password }
    const renewed = await signInAgain({ ...session, ...present({ deviceId: value.admin_device_id }) })
    await settings.put('matrix_system_config', value, { ...secrets, admin_token: renewed })
    await reload()
    return renewed
  } catch (error) {
    // What is refused for good is not tried again and again: the homeserver would lock the account.
    if (!(error instanceof AppError) || error.code !== 'not_configured') throw error
    const check: Check = { id: 'admin', status: 'error', detail: error.message, fix: noPassword.fix }
    const checks = [check, ...value.checks.filter(({ id }) => id !== 'admin')]
    await settings.put('matrix_system_config', { ...value, checks }, present({ ...others, admin_password: password }))
    await reload()
    throw new AppError('not_configured', `${error.message} ${noPassword.fix}`, { cause: error })
  }
}

/** The session and the password of another admin are of no use. */
function sameAdmin(before: Stored | undefined, input: MatrixSystemConfigInput): Stored | undefined {
  return before?.value.admin_login === input.admin_login ? before : undefined
}

async function tryOut(
  deps: MatrixConfigsDeps,
  registration: MatrixRegistration,
  before: Stored | undefined,
  input: MatrixSystemConfigInput,
): Promise<readonly Check[]> {
  const previous = { ...previousOf(before, sameAdmin(before, input)), adminDeviceId: tryingDevice }
  const asked = probeInput(input, input.admin_password)
  const { checks, config } = await deps.probe(asked, previous, registration, AbortSignal.timeout(probeMs))
  const token = config?.adminToken
  if (token !== undefined && token !== previous.adminToken) await deps.signOut({ homeserverUrl: input.homeserver_url, token })
  return deps.withConfigFiles(before === undefined ? checks.map(withoutPush) : checks)
}

/** Nobody answers the homeserver for this road before it is saved. */
function withoutPush(check: Check): Check {
  if (check.id !== 'appservice_push' || check.status === 'ok') return check
  return { id: check.id, status: 'skipped', detail: 'Whether the homeserver reaches this server is seen once the settings are saved.' }
}

/** What is stored already; `same` where it is the same admin's. */
function previousOf(before: Stored | undefined, same: Stored | undefined): Parameters<MatrixProbe>[1] {
  return present({
    adminToken: same?.secrets['admin_token'],
    adminDeviceId: same?.value.admin_device_id,
    bridgeSecret: before?.secrets['bridge_secret'],
    bridgeAsToken: before?.secrets['bridge_as_token'],
    commandPrefix: before?.value.road.commandPrefix,
  })
}

function probeInput(input: MatrixSystemConfigInput, adminPassword: string | undefined): SetupInput {
  return {
    homeserverUrl: input.homeserver_url,
    serverName: input.server_name,
    adminLogin: input.admin_login,
    ...present({
      adminPassword,
      bridgeSecret: input.bridge_admin_secret,
      bridgeAsToken: input.bridge_as_token,
      bridgeUrl: input.bridge_url,
      botUserId: input.bridge_bot_user_id,
      intake: input.intake,
    }),
  }
}

function roadOf({ value, secrets }: Stored, registration: MatrixRegistration): MatrixRoad {
  return {
    ...value.road,
    hsToken: registration.hsToken,
    registrationId: registration.id,
    ...present({
      asToken: value.appservice ? registration.asToken : undefined,
      adminToken: secrets['admin_token'],
      bridgeSecret: secrets['bridge_secret'],
      bridgeAsToken: secrets['bridge_as_token'],
    }),
  }
}

function toConfig({ value, secrets, updatedAt }: Stored): MatrixSystemConfig {
  const { road } = value
  const has = (name: string) => secrets[name] !== undefined
  return {
    homeserver_url: road.homeserverUrl,
    server_name: road.serverName,
    admin_login: value.admin_login,
    ...present({ admin_user_id: value.admin_user_id, admin_device_id: value.admin_device_id, bridge_url: road.bridgeUrl }),
    has_admin_password: has('admin_password'),
    has_admin_access_token: has('admin_token'),
    has_bridge_admin_secret: has('bridge_secret'),
    has_bridge_as_token: has('bridge_as_token'),
    bridge_bot_user_id: road.botUserId,
    intake: road.intake,
    checks: [...value.checks],
    updated_at: updatedAt.toISOString(),
  }
}

const fieldOf: Readonly<Record<string, string>> = { homeserver: '/homeserver_url', server_name: '/server_name', admin: '/admin_password' }

function refusal(checks: readonly Check[]): AppError {
  const wrong = checks.filter((check) => check.status === 'error')
  const sentence = ({ detail, fix }: Check) => (fix === undefined ? detail : `${detail} ${fix}`)
  const fields = wrong.map((check) => ({ pointer: fieldOf[check.id] ?? '', code: check.id, detail: sentence(check) }))
  return new AppError('invalid_request', `Nothing was changed. ${wrong.map(sentence).join(' ')}`, { fields })
}

function fail(): never {
  throw new Error('the setting that was just stored is gone')
}

/** Leaves out what is undefined. */
function present<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
