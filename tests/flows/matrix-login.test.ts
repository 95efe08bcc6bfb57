import { afterEach, expect, test } from 'vitest'
import { createHttpClient } from '../../server/lib/http-client.ts'
import { systemClock } from '../../server/lib/clock.ts'
import { silentLog } from '../../server/lib/log.ts'
import { createMatrixProvider } from '../../server/providers/matrix/index.ts'
import { probeMatrix } from '../../server/providers/matrix/setup/probe.ts'
import type { AccountLink, LoginFlows, Numbers, LoginStep } from '../../server/providers/provider.ts'
import { openRoad, renewAdmin, type Road, signal, tokens } from './matrix-road.ts'

let road: Road | undefined
afterEach(async () => {
  await road?.close()
  road = undefined
})

const ours = '+380501110001'

async function begin(timeScale?: number): Promise<{ at: Road; login: LoginFlows; numbers: Numbers; account: AccountLink }> {
  const at = await openRoad({ appservice: true, doublePuppet: true, ...(timeScale === undefined ? {} : { timeScale }) })
  road = at
  const account = await at.account('sales')
  return { at, login: at.provider.login!, numbers: at.provider.numbers, account }
}

async function end(login: LoginFlows, account: AccountLink, first: LoginStep): Promise<{ last: LoginStep; shown: LoginStep[] }> {
  const shown: LoginStep[] = []
  let step = first
  while ('handle' in step) {
    shown.push(step)
    step = await login.wait(account, step.handle, signal())
  }
  return { last: step, shown }
}

test('codes follow one another, each once, until nobody has scanned one', async () => {
  const { login, account } = await begin(0.01)
  const { last, shown } = await end(login, account, await login.start(account, { method: 'qr' }, signal()))
  expect(shown.map((step) => step.type === 'qr' && [step.number, step.of])).toEqual([1, 2, 3, 4, 5, 6].map((number) => [number, 6]))
  expect(new Set(shown.map((step) => step.type === 'qr' && step.data)).size).toBe(6)
  expect(last).toMatchObject({ type: 'failed', code: 'code_expired' })
  expect((await login.start(account, { method: 'qr' }, signal())).type).toBe('qr')
})

test('a pairing code links the phone that it was made for', async () => {
  const { at, login, numbers, account } = await begin()
  expect(await login.start(account, { method: 'phone', phone: '0501110001' }, signal())).toMatchObject({
    type: 'failed',
    code: 'phone_format',
  })
  const first = await login.start(account, { method: 'phone', phone: '+380 50 111-00-01' }, signal())
  if (first.type !== 'code') throw new Error(JSON.stringify(first))
  expect(first.code).toMatch(/^[1-9A-Z]{4}-[1-9A-Z]{4}$/)
  await at.phone(ours, 'scan', { code: first.code })
  const { last } = await end(login, account, first)
  expect(last).toMatchObject({ type: 'complete', phone: { external: '380501110001', phone: ours } })
  expect(await numbers.list(account)).toMatchObject([{ external: '380501110001', status: 'connected' }])
})

test.each([
  ['timeout', 'code_expired'],
  ['multidevice_not_enabled', 'update_whatsapp_on_phone'],
  ['client_outdated', 'bridge_update_needed'],
  ['pair_error', 'pairing_failed'],
  ['passkey', 'passkey_required'],
])('a scan that ends in %s is told as %s', async (outcome, code) => {
  const { at, login, account } = await begin()
  const first = await login.start(account, { method: 'qr' }, signal())
  if (first.type !== 'qr') throw new Error(JSON.stringify(first))
  await at.phone(ours, 'scan', { data: first.data, outcome })
  expect((await end(login, account, first)).last).toMatchObject({ type: 'failed', code })
})

test('a login that is cancelled, or lost with the bridge, ends in words', async () => {
  const { at, login, account } = await begin()
  const first = await login.start(account, { method: 'qr' }, signal())
  if (first.type !== 'qr') throw new Error(JSON.stringify(first))
  const waiting = login.wait(account, first.handle, signal())
  await login.cancel(account, first.handle)
  // Which of the two requests the bridge sees first is chance.
  expect(await waiting).toMatchObject({ type: 'failed', code: expect.stringMatching(/^login_(closed|lost)$/) })
  await login.cancel(account, first.handle)

  const second = await login.start(account, { method: 'qr' }, signal())
  if (second.type !== 'qr') throw new Error(JSON.stringify(second))
  await at.sandbox.stopBridge()
  await expect(login.wait(account, second.handle, signal())).rejects.toThrow('matrix')
  expect(await login.start(account, { method: 'qr' }, signal())).toMatchObject({ type: 'failed', code: 'bridge_unreachable' })
  await at.sandbox.startBridge()
  expect((await end(login, account, second)).last).toMatchObject({ type: 'failed', code: 'login_lost' })
})

test('a login that was finished while we were away is found by its handle, in another process', async () => {
  const { at, login, account } = await begin()
  const first = await login.start(account, { method: 'qr' }, signal())
  if (first.type !== 'qr') throw new Error(JSON.stringify(first))
  const gone = new AbortController()
  const cut = login.wait(account, first.handle, gone.signal)
  gone.abort()
  await expect(cut).rejects.toThrow('given up')
  await at.phone(ours, 'scan', { data: first.data })
  const http = createHttpClient({ purpose: 'matrix', allowPrivate: true })
  const other = createMatrixProvider({ config: at.config, http, clock: systemClock, log: silentLog, renewAdmin })
  expect((await end(other.login!, account, first)).last).toMatchObject({ type: 'complete', phone: { phone: ours } })
  expect((await end(other.login!, account, first)).last).toMatchObject({ type: 'complete', phone: { phone: ours } })
  await http.close()
})

test('an unlinked phone is reported, can be linked again, and can be logged out', async () => {
  const { at, login, numbers } = await begin()
  const account = await at.link(ours, 'sales')
  await at.phone(ours, 'unlink', {})
  const state = await at.until('the state', () =>
    at.inbox.events.find((event) => event.type === 'channel' && event.status === 'logged_out'),
  )
  expect(state).toMatchObject({ channel: '380501110001', detail: expect.stringContaining('link it again') })
  const again = await login.start(account, { method: 'qr', again: '380501110001' as never }, signal())
  if (again.type !== 'qr') throw new Error(JSON.stringify(again))
  await at.phone(ours, 'scan', { data: again.data })
  expect((await end(login, account, again)).last).toMatchObject({ type: 'complete', phone: { phone: ours } })
  await numbers.logout!(account, '380501110001' as never)
  expect(await numbers.list(account)).toEqual([])
  await numbers.logout!(account, '380501110001' as never)
})

test('accounts are made once, by whichever way there is, and revived when their token has died', async () => {
  const at = await openRoad({ appservice: false })
  road = at
  const { accounts } = at.provider
  const request = { name: 'user-1', displayName: 'Ihor', password: 'a long secret' }
  const made = await Promise.all(Array.from({ length: 4 }, () => accounts!.ensure(request, null, signal())))
  expect(new Set(made.map((account) => account.external))).toEqual(new Set(['@crm_user-1:mistok.test']))
  const override = `${at.sandbox.homeserverUrl}/_synapse/admin/v1/users/@crm_user-1:mistok.test/override_ratelimit`
  const limits = await fetch(override, { headers: { authorization: `Bearer ${at.config.adminToken}` } })
  expect(await limits.json(), 'nothing that an inbox sends is held back').toEqual({ messages_per_second: 0, burst_count: 0 })
  const known = await accounts!.ensure(request, made[0]!, signal())
  const dead = { ...known, secrets: { ...known.secrets, access_token: 'dead' } }
  expect((await accounts!.ensure({ ...request, password: 'another secret' }, dead, signal())).secrets['access_token']).not.toBe('dead')
  await expect(accounts!.ensure({ ...request, name: 'Not A Name' }, null, signal())).rejects.toThrow('lower case')
  const foreign = { external: '@olena:mistok.test' as never, secrets: { access_token: 'dead' } }
  await expect(accounts!.ensure(request, foreign, signal())).rejects.toThrow('enter a new one')
})

test('a right system config passes every check, and wrong ones say what to do', async () => {
  const at = await openRoad({ appservice: true, doublePuppet: true })
  road = at
  const http = createHttpClient({ purpose: 'matrix', allowPrivate: true })
  const { sandbox } = at
  const right = {
    homeserverUrl: sandbox.homeserverUrl,
    serverName: sandbox.serverName,
    adminLogin: sandbox.adminLogin,
    adminPassword: sandbox.adminPassword,
    bridgeSecret: sandbox.bridgeSecret,
    bridgeUrl: sandbox.bridgeUrl,
    bridgeAsToken: sandbox.bridgeRegistration.as_token,
  }
  const registration = { id: 'mistok', userPrefix: 'crm_', ...tokens }
  const probe = (change: Partial<typeof right>, own = registration) =>
    probeMatrix({ http, clock: systemClock }, { ...right, ...change }, {}, own, signal())
  const found = (outcome: Awaited<ReturnType<typeof probe>>) =>
    outcome.checks.filter(({ status }) => status !== 'ok' && status !== 'skipped').map((check) => `${check.id} ${check.status}`)

  const good = await probe({})
  expect(found(good)).toEqual([])
  expect(good.checks.filter(({ status }) => status === 'skipped')).toMatchObject([{ id: 'bridge_durable_mode' }])
  expect(good).toMatchObject({
    adminUserId: '@admin:mistok.test',
    config: { asToken: tokens.asToken, commandPrefix: '!wa', botUserId: sandbox.bridgeBot, intake: 'push_and_sync' },
  })

  const cases: readonly (readonly [Partial<typeof right>, readonly string[], boolean])[] = [
    [{ homeserverUrl: 'http://127.0.0.1:9' }, ['homeserver error'], false],
    [{ homeserverUrl: sandbox.controlUrl }, ['homeserver error'], false],
    [{ adminPassword: 'wrong' }, ['admin warning'], true],
    [{ serverName: 'other.test' }, ['server_name error'], false],
    [{ bridgeUrl: 'http://127.0.0.1:9' }, ['bridge warning'], true],
    [{ bridgeUrl: sandbox.controlUrl }, ['bridge warning'], true],
    [{ bridgeSecret: 'wrong-but-long-enough' }, ['bridge_secret warning'], true],
    [{ bridgeUrl: undefined as never }, [], true],
    [{ bridgeSecret: sandbox.bridgeRegistration.as_token }, ['bridge_secret_kind warning', 'bridge_secret warning'], true],
    [{ bridgeAsToken: 'wrong' }, ['bridge_as_token warning'], true],
  ]
  for (const [change, wrong, usable] of cases) {
    const outcome = await probe(change)
    expect([change, found(outcome), outcome.config !== null]).toEqual([change, wrong, usable])
    const fixes = outcome.checks.filter((check) => check.status === 'error' || check.status === 'warning').map((check) => check.fix ?? '')
    expect(fixes.filter((fix) => fix.length < 10)).toEqual([])
  }
  const swapped = await probe({ bridgeSecret: sandbox.bridgeRegistration.as_token, bridgeAsToken: undefined as never })
  expect(swapped.config).toMatchObject({ bridgeAsToken: sandbox.bridgeRegistration.as_token })
  expect(swapped.config).not.toHaveProperty('bridgeSecret')

  const alone = await probe({}, { ...registration, asToken: 'never loaded' })
  expect([found(alone), alone.config?.intake]).toEqual([['appservice warning'], 'sync'])
  expect((await probe({ adminPassword: 'wrong' }, { ...registration, asToken: 'never loaded' })).config).toBeNull()
  await http.close()
})
