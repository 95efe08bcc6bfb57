import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { MatrixSystemConfigInput } from '../../../contract/settings.ts'
import { createDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { openListener } from '../../db/listen.ts'
import { openDatabase } from '../../db/open.ts'
import type { Db } from '../../db/schema.ts'
import { AppError } from '../../lib/errors.ts'
import { silentLog } from '../../lib/log.ts'
import { createSeal } from '../../lib/seal.ts'
import type { Provider } from '../../providers/provider.ts'
import { createMatrixConfigs, type MatrixConfigs, type MatrixConfigsDeps, type MatrixProbe } from './matrix-config.ts'
import { createProviderRegistry, roadKind } from './providers.ts'
import { createSettings } from './settings.ts'

const seed: MatrixSystemConfigInput = {
  homeserver_url: 'http://127.0.0.1:8008',
  server_name: 'example.com',
  admin_login: 'admin',
  admin_password: 'admin-password',
  bridge_admin_secret: 'bridge-secret-of-64',
}

let database: TestDatabase
let db: Db
let asked: Parameters<MatrixProbe>[]
let signIns: Parameters<MatrixConfigsDeps['signInAgain']>[0][]
/** The homeserver as the probe would find it. */
let world: { password: string; session: string | undefined; appservice: boolean }
let tokens: number
/** Sessions that were ended. */
let signedOut: string[]
let reloads: number
beforeEach(async () => {
  database = await createDatabase()
  db = openDatabase(database.connection)
  asked = []
  signIns = []
  signedOut = []
  world = { password: 'admin-password', session: undefined, appservice: true }
  tokens = 0
  reloads = 0
})
afterEach(async () => {
  await db.destroy()
  await database.drop()
})

const probe: MatrixProbe = async (...call) => {
  asked.push(call)
  const [input, previous, registration] = call
  const signedIn =
    input.adminPassword === undefined
      ? previous.adminToken === world.session && world.session !== undefined
      : input.adminPassword === world.password
  if (!signedIn)
    return { config: null, checks: [{ id: 'admin', status: 'error', detail: 'The homeserver refuses this login.', fix: 'Correct it.' }] }
  if (input.adminPassword !== undefined) world.session = `session-${asked.length}`
  return {
    checks: [{ id: 'admin', status: 'ok', detail: 'Signed in.' }],
    adminUserId: `@${input.adminLogin}:${input.serverName}`,
    adminDeviceId: previous.adminDeviceId ?? 'DEVICE',
    config: {
      homeserverUrl: input.homeserverUrl,
      serverName: input.serverName,
      ...(world.appservice ? { asToken: registration.asToken } : {}),
      hsToken: registration.hsToken,
      userPrefix: registration.userPrefix,
      adminToken: world.session ?? '',
      botUserId: input.botUserId ?? `@whatsappbot:${input.serverName}`,
      ghostPrefix: 'whatsapp_',
      ...(input.bridgeUrl === undefined ? {} : { bridgeUrl: input.bridgeUrl }),
      bridgeSecret: input.bridgeSecret ?? previous.bridgeSecret ?? '',
      intake: world.appservice ? (input.intake ?? 'push_and_sync') : 'sync',
      commandPrefix: '!wa',
      deviceId: 'MISTOKINBOX',
    },
  }
}

function open(): MatrixConfigs {
  const settings = createSettings({ db, seal: createSeal(Buffer.alloc(32, 1)), clock: () => Date.parse('2026-11-22T12:00:00Z') })
  const signInAgain: MatrixConfigsDeps['signInAgain'] = async (admin) => {
    signIns.push(admin)
    if (admin.password !== world.password) throw new AppError('not_configured', 'The password is wrong.')
    world.session = `again-${signIns.length}`
    return world.session
  }
  return createMatrixConfigs({
    withConfigFiles: (checks) => Promise.resolve(checks),
    settings,
    probe,
    signInAgain,
    signOut: async ({ token }) => void signedOut.push(token),
    reload: async () => void (reloads += 1),
    newToken: () => `random-token-${++tokens}`,
  })
}

test('the seed’s five fields make a road; what is read back holds no secret, nor does the table', async () => {
  const configs = open()
  await expect(configs.get()).rejects.toMatchObject({ code: 'not_found' })
  expect(await configs.current()).toBeUndefined()
  const saved = await configs.save(seed)
  expect(saved).toEqual({
    homeserver_url: 'http://127.0.0.1:8008',
    server_name: 'example.com',
    admin_login: 'admin',
    admin_user_id: '@admin:example.com',
    admin_device_id: 'DEVICE',
    has_admin_password: true,
    has_admin_access_token: true,
    has_bridge_admin_secret: true,
    has_bridge_as_token: false,
    bridge_bot_user_id: '@whatsappbot:example.com',
    intake: 'push_and_sync',
    checks: [{ id: 'admin', status: 'ok', detail: 'Signed in.' }],
    updated_at: '2026-11-22T12:00:00.000Z',
  })
  expect(await configs.get()).toEqual(saved)
  const registration = await configs.ensureRegistration()
  expect(await configs.current()).toMatchObject({
    asToken: registration.asToken,
    hsToken: registration.hsToken,
    adminToken: 'session-1',
    bridgeSecret: 'bridge-secret-of-64',
    userPrefix: 'crm_',
  })
  const { rows } = await sql<{ text: string }>`select string_agg(s::text, '') as text from settings s`.execute(db)
  for (const secret of ['admin-password', 'session-1', 'bridge-secret', 'random-token']) expect(rows[0]?.text).not.toContain(secret)
})

test('what is stored can be looked at again without changing it', async () => {
  const configs = open()
  expect(await configs.check()).toBeUndefined()
  const saved = await configs.save(seed)
  const before = reloads
  const state = async () => (await sql<{ text: string }>`select string_agg(s::text, '') as text from settings s`.execute(db)).rows[0]?.text
  const stored = await state()
  expect(await configs.check()).toEqual(saved.checks)
  world.session = 'another-session'
  expect((await configs.check())?.map((check) => check.status)).not.toEqual(['ok'])
  expect([await state(), reloads]).toEqual([stored, before])
})

test('values are tried out without keeping anything: on a device of its own, whose session is ended again', async () => {
  const configs = open()
  await configs.save(seed)
  const before = [await configs.get(), await configs.current(), reloads]
  const { admin_password: _, ...unchanged } = seed
  expect(await configs.tryOut({ ...unchanged, server_name: 'other.example' })).toMatchObject([{ id: 'admin', status: 'ok' }])
  expect(signedOut).toEqual([])
  expect(await configs.tryOut(seed)).toMatchObject([{ id: 'admin', status: 'ok' }])
  expect(asked.at(-1)?.[1].adminDeviceId).toBe('MISTOKTRYING')
  expect(signedOut).toEqual([world.session])
  expect(await configs.tryOut({ ...seed, admin_password: 'wrong' })).toMatchObject([{ id: 'admin', status: 'error' }])
  expect([await configs.get(), await configs.current(), reloads]).toEqual(before)
})

test('the first save looks twice, the second time with the road in force; later ones once', async () => {
  const configs = open()
  await configs.save(seed)
  expect(asked.map(([input]) => input.adminPassword)).toEqual(['admin-password', undefined])
  expect(reloads).toBe(2)
  await configs.save({ ...seed, bridge_url: 'http://127.0.0.1:29318' })
  expect(asked).toHaveLength(3)
  expect(await configs.current()).toMatchObject({ bridgeUrl: 'http://127.0.0.1:29318' })
})

test('a save that fails says why and leaves the old one working', async () => {
  const configs = open()
  await configs.save(seed)
  const before = await configs.current()
  await expect(configs.save({ ...seed, server_name: 'other.example', admin_password: 'wrong' })).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('The homeserver refuses this login. Correct it.'),
    fields: [{ pointer: '/admin_password', code: 'admin' }],
  })
  expect(await configs.current()).toEqual(before)
  expect(await configs.get()).toMatchObject({ server_name: 'example.com' })
})

test('a secret left out is kept: the session while it lives, then the password; both only for the same admin', async () => {
  const configs = open()
  await configs.save(seed)
  const { admin_password: _, bridge_admin_secret: __, ...bare } = seed
  await configs.save(bare)
  expect(asked.at(-1)?.[0]).not.toHaveProperty('adminPassword')
  expect(await configs.current()).toMatchObject({ bridgeSecret: 'bridge-secret-of-64' })

  world.session = 'ended elsewhere'
  await configs.save(bare)
  expect(asked.at(-1)?.[0].adminPassword).toBe('admin-password')

  await expect(configs.save({ ...bare, admin_login: 'other' })).rejects.toMatchObject({ code: 'invalid_request' })
  expect(asked.at(-1)).toMatchObject([{ adminLogin: 'other' }, { bridgeSecret: 'bridge-secret-of-64' }, {}, {}])
  expect(asked.at(-1)?.[1]).not.toHaveProperty('adminToken')
  expect(asked.at(-1)?.[0]).not.toHaveProperty('adminPassword')

  expect(await configs.save({ ...bare, forget_admin_password: true })).toMatchObject({
    has_admin_password: false,
    has_admin_access_token: true,
  })
  world.session = 'ended again'
  await expect(configs.save(bare)).rejects.toMatchObject({ code: 'invalid_request' })
})

test('an admin whose session has ended is signed in again by the kept password, once for all who ask', async () => {
  const configs = open()
  await configs.save(seed)
  expect(await Promise.all([configs.renewAdmin('session-1'), configs.renewAdmin('session-1')])).toEqual(['again-1', 'again-1'])
  expect(signIns).toEqual([{ homeserverUrl: seed.homeserver_url, login: 'admin', password: 'admin-password', deviceId: 'DEVICE' }])
  expect(await configs.current()).toMatchObject({ adminToken: 'again-1', bridgeSecret: 'bridge-secret-of-64' })
  expect(await configs.renewAdmin('session-1'), 'what another process has renewed is taken').toBe('again-1')
  expect(signIns).toHaveLength(1)
})

test.each([
  [
    'without a password',
    async (configs: MatrixConfigs) => void (await configs.save({ ...seed, forget_admin_password: true })),
    /no password is kept/,
  ],
  ['with a password that was changed', async () => void (world.password = 'another'), /password is wrong/],
])('%s an admin whose session has ended is said in the checks, and not tried again', async (_name, change, words) => {
  const configs = open()
  await configs.save(seed)
  await change(configs)
  const dead = (await configs.current())?.adminToken ?? ''
  await expect(configs.renewAdmin(dead)).rejects.toMatchObject({ code: 'not_configured', message: expect.stringMatching(words) })
  expect((await configs.get()).checks[0]).toMatchObject({ id: 'admin', status: 'error', fix: expect.stringContaining('admin password') })
  expect(await configs.get()).toMatchObject({ has_admin_access_token: false, has_bridge_admin_secret: true })
  expect(await configs.current()).not.toHaveProperty('adminToken')
})

test('the registration is made once, for all processes', async () => {
  const made = await Promise.all([open(), open(), open()].map((configs) => configs.ensureRegistration()))
  expect(new Set(made.map((registration) => JSON.stringify(registration))).size).toBe(1)
  expect(new Set(Object.values(made[0] ?? {})).size).toBe(6)
  world.appservice = false
  await open().save(seed)
  expect(await open().current()).not.toHaveProperty('asToken')
  expect(await open().get()).toMatchObject({ intake: 'sync' })
})

test('every process swaps its provider when the road changes, and only then', async () => {
  const configs = open()
  const listener = openListener(database.connection, silentLog)
  const built: string[] = []
  const registry = await createProviderRegistry({
    kinds: [
      roadKind({
        load: async () => {
          const config = await configs.current()
          return config === undefined ? [] : [{ name: 'matrix' as const, config }]
        },
        build: (road) => ({ name: 'matrix', at: built.push(road.bridgeUrl ?? '-') }) as unknown as Provider,
      }),
    ],
    listener,
    log: silentLog,
  })
  try {
    expect(registry.find('matrix')).toBeUndefined()
    expect(registry.all()).toEqual([])
    await configs.save(seed)
    await expect.poll(() => registry.find('matrix')).toMatchObject({ at: 1 })
    await configs.save({ ...seed, admin_password: 'admin-password', bridge_url: 'http://bridge:29318' })
    await expect.poll(() => built.at(-1)).toBe('http://bridge:29318')
    const now = registry.find('matrix')
    const swaps = built.length
    await createSettings({ db, seal: createSeal(Buffer.alloc(32, 1)), clock: Date.now }).setMode('both')
    await registry.reload()
    expect(registry.find('matrix')).toBe(now)
    expect(built).toHaveLength(swaps)
    expect(registry.find('cloud')).toBeUndefined()
  } finally {
    registry.close()
    await listener.close()
  }
})
