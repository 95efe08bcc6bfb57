import { afterEach, expect, test } from 'vitest'
import { until } from '../../server/inbox/fixtures/linking.ts'
import { systemClock } from '../../server/lib/clock.ts'
import { createHttpClient } from '../../server/lib/http-client.ts'
import { silentLog } from '../../server/lib/log.ts'
import { createMatrixProvider } from '../../server/providers/matrix/index.ts'
import type { AccountLink, LoginFlows, Numbers, LoginStep } from '../../server/providers/provider.ts'
import { openRoad, renewAdmin, type Road } from './matrix-road.ts'

let road: Road | undefined
afterEach(async () => {
  await road?.close()
  road = undefined
})

const ours = '+380501110001'
const signal = () => AbortSignal.timeout(25_000)

type Options = Parameters<typeof openRoad>[0]

/** A road whose bridge is reached by its bot's chat only. */
async function begin(options: Partial<Options> = {}): Promise<{ at: Road; login: LoginFlows; numbers: Numbers; account: AccountLink }> {
  const at = await openRoad({ appservice: false, timeScale: 0.1, config: { bridgeUrl: null, bridgeSecret: null }, ...options })
  road = at
  return { at, login: at.provider.login!, numbers: at.provider.numbers, account: await at.account('sales') }
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

/** Scans the code, or the next one where it has just run out, and follows the login to its end. */
async function scanned(at: Road, login: LoginFlows, account: AccountLink, step: LoginStep): ReturnType<typeof end> {
  isQr(step)
  const isScanned = await at.phone(ours, 'scan', { data: step.data }).then(
    () => true,
    () => false,
  )
  return isScanned ? end(login, account, step) : scanned(at, login, account, await login.wait(account, step.handle, signal()))
}

function isQr(step: LoginStep): asserts step is Extract<LoginStep, { type: 'qr' }> {
  expect(step.type, JSON.stringify(step)).toBe('qr')
}

test.each([
  ['by an account with its own token', { appservice: false }],
  ['by our application service', { appservice: true, doublePuppet: true }],
])('%s: a QR of the bot is shown, changes, and links the phone that scans the newest', { timeout: 30_000 }, async (_name, options) => {
  const { at, login, numbers, account } = await begin(options)
  expect(await numbers.list(account)).toEqual([])
  const first = await login.start(account, { method: 'qr' }, signal())
  isQr(first)
  expect(first).toMatchObject({ number: 1, of: 6, data: expect.stringContaining('2@') })
  const second = await login.wait(account, first.handle, signal())
  isQr(second)
  expect(second.number).toBe(2)
  expect(second.data).not.toBe(first.data)
  await expect(at.phone(ours, 'scan', { data: first.data }), 'an old code is not good any more').rejects.toThrow('newest')
  const { last } = await scanned(at, login, account, second)
  expect(last).toMatchObject({ type: 'complete', phone: { external: '380501110001', phone: ours, status: 'connected' } })
  expect(await numbers.list(account)).toMatchObject([{ external: '380501110001' }])
  const resumed = await login.wait(account, second.handle, signal())
  expect(resumed, 'asked again it ends as before').toMatchObject({ type: 'complete', phone: { phone: ours } })
  await numbers.logout!(account, '380501110001' as never)
  expect(await numbers.list(account)).toEqual([])
})

test('a pairing code links the phone that it was made for; what is wrong is said before the bot is asked', async () => {
  const { at, login, account } = await begin()
  expect(await login.start(account, { method: 'phone', phone: '0501110001' }, signal())).toMatchObject({ code: 'phone_format' })
  const first = await login.start(account, { method: 'phone', phone: '+380 50 111-00-01' }, signal())
  expect(first).toMatchObject({ type: 'code', code: expect.stringMatching(/^[1-9A-Z]{4}-[1-9A-Z]{4}$/) })
  await at.phone(ours, 'scan', { code: first.type === 'code' ? first.code : '' })
  expect((await end(login, account, first)).last).toMatchObject({ type: 'complete', phone: { phone: ours } })
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
  isQr(first)
  await at.phone(ours, 'scan', { data: first.data, outcome })
  expect((await end(login, account, first)).last).toMatchObject({ type: 'failed', code })
  expect((await login.start(account, { method: 'qr' }, signal())).type, 'and another one can begin').toBe('qr')
})

test('nobody scans: the codes run out and the login with them', { timeout: 30_000 }, async () => {
  const { login, account } = await begin({ timeScale: 0.02 })
  const { last, shown } = await end(login, account, await login.start(account, { method: 'qr' }, signal()))
  expect(last).toMatchObject({ type: 'failed', code: 'code_expired' })
  const numbers = shown.map((step) => (step.type === 'qr' ? step.number : 0))
  expect(numbers[0]).toBe(1)
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
})

test('a login is cancelled; a new one may begin where one was left open', async () => {
  const { at, login, account } = await begin()
  const first = await login.start(account, { method: 'qr' }, signal())
  isQr(first)
  const next = await login.start(account, { method: 'qr' }, signal())
  isQr(next)
  await login.cancel(account, next.handle)
  await expect(at.phone(ours, 'scan', { data: next.data })).rejects.toThrow('scan')
  expect(await login.wait(account, next.handle, signal())).toMatchObject({ type: 'failed', code: expect.stringMatching(/^login_/) })
  await login.cancel(account, next.handle)
})

test('a login goes on in another process from its handle, and one that was finished meanwhile is found', async () => {
  const { at, login, account } = await begin()
  const first = await login.start(account, { method: 'qr' }, signal())
  isQr(first)
  const gone = new AbortController()
  const cut = login.wait(account, first.handle, gone.signal)
  gone.abort()
  await expect(cut).rejects.toThrow(/given up|aborted/)
  const http = createHttpClient({ purpose: 'matrix', allowPrivate: true })
  const other = createMatrixProvider({ config: at.config, http, clock: systemClock, log: silentLog, renewAdmin }).login!
  const second = await other.wait(account, first.handle, signal())
  isQr(second)
  expect(second.number).toBeGreaterThan(1)
  expect((await scanned(at, other, account, second)).last).toMatchObject({ type: 'complete', phone: { phone: ours } })
  expect(await login.wait(account, first.handle, signal())).toMatchObject({ type: 'complete', phone: { phone: ours } })
  await http.close()
})

test('where the person talks with the bot in another room, commands carry the prefix', { timeout: 30_000 }, async () => {
  const { at, login, account } = await begin()
  const token = account.secrets['access_token'] ?? ''
  const made = await matrix(at, token, 'POST', 'createRoom', { preset: 'trusted_private_chat', invite: [at.config.botUserId] })
  const messages = `rooms/${encodeURIComponent(String(made['room_id']))}/messages?dir=b`
  await until(async () => JSON.stringify(await matrix(at, token, 'GET', messages)).includes('marked as your management room'))
  expect((await login.start(account, { method: 'qr' }, signal())).type).toBe('qr')
})

test.each([
  ['a secret that the bridge does not know', { bridgeSecret: 'wrong-but-long-enough' }, {}],
  ['no secret', { bridgeSecret: null }, {}],
  ['an address at which nobody is', { bridgeUrl: 'http://127.0.0.1:9' }, {}],
  ['a prefix that we do not know', { bridgeUrl: null }, { commandPrefix: '!something' }],
])('%s: the bot shows the code', async (_what, config, sandbox) => {
  const { login, account } = await begin({ appservice: true, doublePuppet: true, config, sandbox })
  expect((await login.start(account, { method: 'qr' }, signal())).type).toBe('qr')
})

test('what is linked from another Matrix client with the same account is listed', async () => {
  const { at, numbers, account } = await begin()
  expect(await numbers.list(account)).toEqual([])
  const token = account.secrets['access_token'] ?? ''
  const direct = await matrix(at, token, 'GET', `user/${encodeURIComponent(account.external)}/account_data/m.direct`)
  const [room = ''] = direct[at.config.botUserId] as string[]
  await matrix(at, token, 'PUT', `rooms/${encodeURIComponent(room)}/send/m.room.message/1`, {
    msgtype: 'm.text',
    body: `login phone ${ours}`,
  })
  const code = await waiting(at)
  await at.phone(ours, 'scan', { code })
  await until(async () => (await numbers.list(account)).length > 0)
  expect(await numbers.list(account)).toMatchObject([{ phone: ours, status: 'connected' }])
})

test(
  'nothing of the chat with the bot becomes a chat or is kept: its codes never, its reports on a number are taken',
  { timeout: 30_000 },
  async () => {
    const { at, numbers } = await begin()
    const account = await at.link(ours, 'sales')
    const { events, dead, deferred } = at.inbox
    await at.phone('+380502220002', 'messages', { to: ours, type: 'text', text: 'Добрий день' })
    await at.until('a message', () => events.find((event) => event.type === 'message'))
    expect(new Set(events.flatMap((event) => (event.type === 'message' ? [event.id] : []))).size).toBe(1)
    expect(new Set(events.flatMap((event) => (event.type === 'conversation' ? [event.conversation] : []))).size).toBe(1)
    expect([...dead, ...deferred]).toEqual([])
    expect(at.inbox.taken.join('\n')).not.toMatch(/2@|linked_devices|<code>/)
    await at.phone(ours, 'trouble', { error: 'wa-temporary-ban' })
    const banned = () => events.find((event) => event.type === 'channel' && event.status === 'banned')
    expect(await at.until('the report', banned)).toMatchObject({ channel: '380501110001' })
    expect(await numbers.list(account)).toMatchObject([{ external: '380501110001', status: 'banned' }])
  },
)

async function matrix(at: Road, token: string, method: string, place: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${at.sandbox.homeserverUrl}/_matrix/client/v3/${place}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return (await response.json()) as Record<string, unknown>
}

/** The code that waits to be typed on a phone. */
async function waiting(at: Road): Promise<string> {
  return until(async () => {
    const state = (await (await fetch(`${at.sandbox.controlUrl}/sandbox/v1/state`)).json()) as { waiting: { value: string }[] }
    return state.waiting[0]?.value
  })
}
