import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Login } from '../../contract/login.ts'
import type { UserActor } from '../../server/inbox/people/access.ts'
import { startChannelHealth } from '../../server/inbox/channels/health.ts'
import { openStage, seal, type Server, type Stage, until } from '../../server/inbox/fixtures/linking.ts'
import type { LoginTripwire } from '../../server/inbox/linking/login-run.ts'
import { createMatrixConfigs } from '../../server/inbox/settings/matrix-config.ts'
import { createProviderRegistry, roadKind } from '../../server/inbox/settings/providers.ts'
import { createSettings } from '../../server/inbox/settings/settings.ts'
import { systemClock } from '../../server/lib/clock.ts'
import { createHttpClient } from '../../server/lib/http-client.ts'
import { silentLog } from '../../server/lib/log.ts'
import { createMatrixProvider } from '../../server/providers/matrix/index.ts'
import { probeMatrix } from '../../server/providers/matrix/setup/probe.ts'
import { openRoad, renewAdmin, type Road, tokens } from './matrix-road.ts'

const phone = '+380501110001'
let road: Road
let stage: Stage
let olena: UserActor
let ihor: UserActor
const http = createHttpClient({ purpose: 'matrix', allowPrivate: true })
const closing: (() => Promise<void>)[] = []

beforeEach(async () => {
  road = await openRoad({ appservice: true, doublePuppet: true, timeScale: 0.05 })
  // Each server has a provider of its own, as each process has.
  stage = await openStage({
    clock: systemClock,
    provider: () => createMatrixProvider({ config: road.config, http, clock: systemClock, log: silentLog, renewAdmin }),
  })
  olena = await stage.person('Олена')
  ihor = await stage.person('Ігор')
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await stage[Symbol.asyncDispose]()
  await road.close()
})

const scan = (data: string | undefined) => road.phone(phone, 'scan', { data })
const untilStatus = (on: Server, wanted: Login['status'], of = olena) =>
  until(async () => {
    const login = await on.logins.get(of, of.id, 0)
    return login.status === wanted && login
  })
const channels = () =>
  stage.db.selectFrom('channels').select(['id', 'phone', 'owner_id', 'status', 'status_detail']).orderBy('phone').execute()
const phonesOf = async (server: Server, of: UserActor) => {
  const account = (await server.accounts.list('matrix')).find(({ owner }) => owner.id === of.id)
  return account === undefined ? [] : await server.provider.numbers.list(account.link)
}
function watch(on: Server): void {
  const { accounts, channels: numbers, provider, locks } = on
  const health = startChannelHealth({
    db: stage.db,
    clock: systemClock,
    log: silentLog,
    locks,
    accounts,
    channels: numbers,
    providers: () => [provider],
    everyMs: 50,
  })
  closing.push(() => health.stop())
}
const killAt =
  (point: Parameters<LoginTripwire>[0]): LoginTripwire =>
  (step) => {
    if (step === point) throw new Error(`killed at ${point}`)
  }

test('two tabs on two servers see every code of the bridge in turn, and the phone that scans one', async () => {
  const [one, two] = [await stage.serve(), await stage.serve()]
  const first = await one.logins.connect(olena, olena.id, {})
  expect(first.qr).toMatchObject({ number: 1, of: 6, data: expect.stringContaining('2@') })
  const seen = new Map<number, string>()
  const look = async (on: Server) => {
    for (;;) {
      const login = await on.logins.get(olena, olena.id, 15)
      if (login.qr === undefined) return login
      seen.set(login.qr.number, login.qr.data)
      if (login.qr.number === 4) await scan(login.qr.data).catch(() => {})
    }
  }
  const [ended, endedThere] = await Promise.all([look(one), look(two)])
  expect(ended).toMatchObject({ id: first.id, status: 'connected' })
  expect(endedThere).toEqual(ended)
  expect([...seen.keys()]).toEqual([2, 3, 4])
  expect(new Set(seen.values()).size).toBe(3)
  expect(await channels()).toMatchObject([{ id: ended.channel_id, phone, owner_id: olena.id, status: 'connected' }])
  const facts = await stage.db.selectFrom('facts').select('key').orderBy('key').execute()
  expect(facts.map((fact) => fact.key)).toEqual([
    expect.stringMatching(/^account:@crm_user-[0-9a-f]{12}:mistok\.test$/),
    `login:${phone.slice(1)}`,
  ])
})

test('codes that nobody scans end in words, and a new start works at once; so does a pairing code', async () => {
  const server = await stage.serve()
  await server.logins.connect(olena, olena.id, {})
  expect(await untilStatus(server, 'expired')).toMatchObject({ error: { code: 'code_expired' } })
  const { code } = await server.logins.connect(olena, olena.id, { method: 'phone', phone_number: phone })
  expect(code).toMatch(/^[1-9A-Z]{4}-[1-9A-Z]{4}$/)
  await road.phone(phone, 'scan', { code })
  await untilStatus(server, 'connected')
})

test('cancelling frees the bridge: the code that was shown links nothing any more', async () => {
  const server = await stage.serve()
  const { qr } = await server.logins.connect(olena, olena.id, {})
  await server.logins.cancel(olena, olena.id)
  await until(async () => Object.keys((await stage.db.selectFrom('logins').select('sealed').executeTakeFirstOrThrow()).sealed).length === 0)
  await expect(scan(qr?.data)).rejects.toThrow('scan')
  expect(await phonesOf(server, olena)).toEqual([])
})

test('killed between the bridge’s success and our row: the next server finds the phone and attaches it once', async () => {
  const dying = await stage.serve(killAt('completed'))
  const { qr } = await dying.logins.connect(olena, olena.id, {})
  await scan(qr?.data)
  await until(async () => (await phonesOf(dying, olena)).length === 1)
  await dying.close()
  const next = await stage.serve()
  const { channel_id } = await untilStatus(next, 'connected')
  expect(await channels()).toMatchObject([{ id: channel_id, phone }])
})

test('scanned while no server of ours runs: the next one goes on from the handle and hears of it', async () => {
  const first = await stage.serve()
  const { qr } = await first.logins.connect(olena, olena.id, {})
  await first.close()
  await scan(qr?.data)
  const next = await stage.serve()
  await untilStatus(next, 'connected')
  expect(await channels()).toMatchObject([{ phone, owner_id: olena.id }])
})

test('the bridge is started anew while a code is shown: said, and a new start works', async () => {
  const server = await stage.serve()
  await server.logins.connect(olena, olena.id, {})
  await road.sandbox.stopBridge()
  await road.sandbox.startBridge()
  expect(await untilStatus(server, 'failed')).toMatchObject({ error: { code: 'login_lost' } })
  expect(await server.logins.connect(olena, olena.id, {})).toMatchObject({ status: 'show_qr' })
})

test('unlinked on the phone: told, and linking again goes on with the same channel; unlinked here: gone at the bridge', async () => {
  const server = await stage.serve()
  watch(server)
  await scan((await server.logins.connect(olena, olena.id, {})).qr?.data)
  const { channel_id } = await untilStatus(server, 'connected')
  await road.phone(phone, 'unlink', {})
  await until(async () => (await channels())[0]?.status === 'logged_out')
  expect((await channels())[0]?.status_detail).toContain('link it again')
  await scan((await server.logins.connect(olena, olena.id, {})).qr?.data)
  expect((await untilStatus(server, 'connected')).channel_id).toBe(channel_id)
  await until(async () => (await channels())[0]?.status === 'connected')
  await server.logins.disconnect(olena, olena.id)
  expect(await phonesOf(server, olena)).toEqual([])
  expect(await channels()).toMatchObject([{ id: channel_id, status: 'logged_out' }])
})

test('a number of somebody else waits for an admin and its history stays where it was', async () => {
  const server = await stage.serve()
  watch(server)
  await scan((await server.logins.connect(olena, olena.id, {})).qr?.data)
  await untilStatus(server, 'connected')
  await scan((await server.logins.connect(ihor, ihor.id, {})).qr?.data)
  expect(await untilStatus(server, 'failed', ihor)).toMatchObject({ error: { code: 'transfer_pending' } })
  await until(async () => (await channels())[0]?.status === 'logged_out')
  expect(await channels()).toMatchObject([{ phone, owner_id: olena.id }])
})

test('a phone that was linked from another Matrix client becomes a channel of its account’s owner', async () => {
  const server = await stage.serve()
  watch(server)
  await server.logins.connect(olena, olena.id, {})
  await server.logins.cancel(olena, olena.id)
  const [account] = await server.accounts.list('matrix')
  const flows = server.provider.login
  if (account === undefined || flows === undefined) throw new Error('no account')
  const first = await flows.start(account.link, { method: 'qr' }, AbortSignal.timeout(5_000))
  if (first.type !== 'qr') throw new Error(JSON.stringify(first))
  await scan(first.data)
  expect((await flows.wait(account.link, first.handle, AbortSignal.timeout(5_000))).type).toBe('complete')
  await until(async () => (await channels()).length === 1)
  expect(await channels()).toMatchObject([{ phone, owner_id: olena.id, status: 'connected' }])
})

test('a saved system config is a road that links phones; secrets are sealed, a wrong one changes nothing', async () => {
  const settings = createSettings({ db: stage.db, seal, clock: systemClock })
  await settings.putOnce(
    'matrix_registration',
    { id: 'mistok', user_prefix: 'crm_' },
    {
      as_token: tokens.asToken,
      hs_token: tokens.hsToken,
      double_puppet_token: tokens.doublePuppetToken,
      double_puppet_hs_token: tokens.doublePuppetHsToken,
    },
  )
  let reload = () => Promise.resolve()
  const configs = createMatrixConfigs({
    withConfigFiles: (checks) => Promise.resolve(checks),
    settings,
    probe: (...asked) => probeMatrix({ http, clock: systemClock }, ...asked),
    signInAgain: renewAdmin,
    signOut: () => Promise.resolve(),
    reload: () => reload(),
    newToken: () => 'unused',
  })
  const registry = await createProviderRegistry({
    kinds: [
      roadKind({
        load: async () => {
          const config = await configs.current()
          return config === undefined ? [] : [{ name: 'matrix' as const, config }]
        },
        build: (config) => createMatrixProvider({ config, http, clock: systemClock, log: silentLog, renewAdmin }),
      }),
    ],
    listener: { on: () => () => {} },
    log: silentLog,
  })
  reload = registry.reload
  const { sandbox } = road
  const input = {
    homeserver_url: sandbox.homeserverUrl,
    server_name: sandbox.serverName,
    admin_login: sandbox.adminLogin,
    admin_password: sandbox.adminPassword,
    bridge_admin_secret: sandbox.bridgeSecret,
    bridge_url: sandbox.bridgeUrl,
  }
  await expect(configs.save({ ...input, server_name: 'other.test' })).rejects.toMatchObject({ fields: [{ pointer: '/server_name' }] })
  expect(registry.find('matrix')).toBeUndefined()

  const saved = await configs.save(input)
  expect(saved.checks.filter((check) => check.status === 'error')).toEqual([])
  expect(saved).toMatchObject({ admin_user_id: '@admin:mistok.test', intake: 'push_and_sync', bridge_bot_user_id: sandbox.bridgeBot })
  const table = JSON.stringify(await stage.db.selectFrom('settings').selectAll().execute())
  for (const secret of [sandbox.adminPassword, sandbox.bridgeSecret, tokens.asToken, tokens.hsToken]) expect(table).not.toContain(secret)

  const provider = registry.find('matrix')
  if (provider === undefined) throw new Error('no road')
  await using second = await openStage({ clock: systemClock, provider: () => provider })
  const person = await second.person('Марія')
  const server = await second.serve()
  await scan((await server.logins.connect(person, person.id, {})).qr?.data)
  await untilStatus(server, 'connected', person)
})
