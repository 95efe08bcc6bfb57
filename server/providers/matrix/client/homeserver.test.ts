import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createHttpClient } from '../../../lib/http-client.ts'
import { silentLog } from '../../../lib/log.ts'
import type { Json, LoginStep } from '../../provider.ts'
import { createAccounts } from '../linking/accounts.ts'
import { createBridge } from './bridge.ts'
import { createHomeserver } from './homeserver.ts'
import { createLinking } from '../linking/login.ts'
import { probeMatrix } from '../setup/probe.ts'
import type { SetupInput } from '../../matrix-setup.ts'
import { createSigns } from '../listening/signs.ts'
import { config } from '../testing.ts'
import { createWatch } from '../listening/watch.ts'

interface Seen {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly token: string | undefined
  readonly body: Record<string, unknown>
}
type Answer = { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: unknown; readonly text?: string }
type Respond = (seen: Seen) => Answer

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function serve(respond: Respond): Promise<{ url: string; seen: Seen[]; http: ReturnType<typeof createHttpClient> }> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    void readBody(request).then((text) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x')
      const token = request.headers.authorization?.replace('Bearer ', '')
      const body = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {}
      const one = { method: request.method ?? '', path: decodeURIComponent(pathname), query: searchParams, token, body }
      seen.push(one)
      const answer = respond(one)
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers })
      response.end(answer.text ?? JSON.stringify(answer.body ?? {}))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const http = createHttpClient({ purpose: 'matrix', allowPrivate: true, timeoutMs: 5_000 })
  closing.push(async () => {
    await http.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, http }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString()
}

const refusal = (status: number, errcode: string, more: object = {}): Answer => ({ status, body: { errcode, error: 'no', ...more } })
const clock = () => Date.now()
const signal = () => AbortSignal.timeout(10_000)
const limits = { random: () => 0 }
const renewAdmin = () => Promise.reject(new Error('the admin is not signed in again here'))

test('a short limit is waited out, a long one is told, and only the one who met it waits', async () => {
  let calls = 0
  const { url, http } = await serve(({ token }) =>
    token === 'a' && calls++ === 0 ? refusal(429, 'M_LIMIT_EXCEEDED', { retry_after_ms: 30 }) : { body: { ok: true } },
  )
  const homeserver = createHomeserver({ config: { homeserverUrl: url }, http, clock, ...limits })
  expect(await homeserver.call({ method: 'GET', path: '/x', as: { token: 'a' } })).toEqual({ ok: true })
  expect(calls).toBe(2)

  const strict = await serve(({ path }) =>
    path === '/login' ? { ...refusal(429, 'M_LIMIT_EXCEEDED'), headers: { 'retry-after': '332' } } : { body: { ok: true } },
  )
  const other = createHomeserver({ config: { homeserverUrl: strict.url }, http: strict.http, clock, ...limits })
  for (const _ of [1, 2]) await expect(other.call({ method: 'POST', path: '/login', body: {} })).rejects.toMatchObject({ status: 429 })
  expect(strict.seen).toHaveLength(1)
  expect(await other.call({ method: 'GET', path: '/elsewhere' })).toEqual({ ok: true })
})

test('an account acts through the application service with its user and device; ids are escaped', async () => {
  const { url, seen, http } = await serve(() => ({ body: { event_id: '$e' } }))
  const homeserver = createHomeserver({ config: { homeserverUrl: `${url}/` }, http, clock })
  await homeserver.call({
    method: 'GET',
    path: '/_matrix/client/v3/rooms/!a%2Fb/state',
    as: { token: 'as', userId: '@crm_7:x.org', deviceId: 'DEV' },
  })
  expect(seen[0]).toMatchObject({ path: '/_matrix/client/v3/rooms/!a/b/state', token: 'as' })
  expect(Object.fromEntries(seen[0]!.query)).toEqual({ user_id: '@crm_7:x.org', device_id: 'DEV' })
})

test('a page of a proxy is an error by its status', async () => {
  const { url, http } = await serve(() => ({ status: 502, text: '<html>Bad gateway</html>' }))
  const homeserver = createHomeserver({ config: { homeserverUrl: url }, http, clock })
  await expect(homeserver.call({ method: 'GET', path: '/x' })).rejects.toMatchObject({ status: 502, errcode: 'M_UNKNOWN' })
})

test('media: the old path where the new one is unknown, other places without our token, never inside our network', async () => {
  const old = await serve(({ path }) => (path.includes('/client/v1/') ? refusal(404, 'M_UNRECOGNIZED') : { text: 'bytes' }))
  const there = createHomeserver({ config: { homeserverUrl: old.url }, http: old.http, clock })
  const pieces: Uint8Array[] = []
  for await (const piece of await there.download({ token: 't' }, 'mxc://x.org/abc', signal())) pieces.push(piece)
  expect(Buffer.concat(pieces).toString()).toBe('bytes')

  const elsewhere = await serve(() => ({ text: 'inside' }))
  const sending = await serve(({ path }) =>
    path.startsWith('/_matrix')
      ? { status: 307, headers: { location: path.endsWith('/own') ? '/cdn' : elsewhere.url } }
      : { text: 'from the cdn' },
  )
  const homeserver = createHomeserver({ config: { homeserverUrl: sending.url }, http: sending.http, clock })
  await expect(homeserver.download({ token: 't' }, 'mxc://x.org/other', signal())).rejects.toMatchObject({ reason: 'forbidden_address' })
  expect(elsewhere.seen).toEqual([])
  for await (const piece of await homeserver.download({ token: 't' }, 'mxc://x.org/own', signal()))
    expect(Buffer.from(piece).toString()).toBe('from the cdn')
  expect(sending.seen.at(-1)).toMatchObject({ path: '/cdn', token: undefined })
})

test('an admin makes an account that somebody else is making, and signs in for it when sign-ins are limited', async () => {
  const { url, seen, http } = await serve(({ method, path }) => {
    if (path.startsWith('/_synapse/admin/v2/users/')) return method === 'GET' ? refusal(404, 'M_NOT_FOUND') : refusal(400, 'M_USER_IN_USE')
    if (path === '/_matrix/client/v3/login') return { ...refusal(429, 'M_LIMIT_EXCEEDED'), headers: { 'retry-after': '332' } }
    if (path === '/_synapse/admin/v1/users/@crm_user-1:x.org/login') return { body: { access_token: 'made' } }
    return refusal(404, 'M_UNRECOGNIZED')
  })
  const known = { ...config, homeserverUrl: url, adminToken: 'admin' }
  const accounts = createAccounts({ config: known, homeserver: createHomeserver({ config: known, http, clock }), renewAdmin })
  const account = await accounts.ensure({ name: 'user-1', displayName: 'Ihor', password: 'secret' }, null, signal())
  expect(account).toEqual({ external: '@crm_user-1:x.org', secrets: { access_token: 'made', device_id: 'MISTOKINBOX', by: 'admin' } })
  expect(seen.find((one) => one.path.endsWith('/login') && one.path.startsWith('/_synapse'))?.token).toBe('admin')
})

test('the watch: a nudge is a ping, and only a homeserver that is away throws; what goes wrong is a sign', async () => {
  const answers = [
    { body: { duration_ms: 1 } },
    refusal(502, 'M_CONNECTION_FAILED'),
    refusal(404, 'M_UNRECOGNIZED'),
    refusal(503, 'M_UNKNOWN'),
  ]
  const { url, seen, http } = await serve(() => answers[seen.length - 1] ?? {})
  const { watch, heard } = watchOn(url, http)
  for (let times = 0; times < 3; times += 1) await watch?.nudge(signal())
  expect(seen[0]).toMatchObject({ method: 'POST', path: '/_matrix/client/v1/appservice/mistok/ping', token: 'as' })
  expect(heard).toEqual([])
  await expect(watch?.nudge(signal())).rejects.toMatchObject({ status: 503 })
  expect(heard).toEqual(['The homeserver answered with error 503'])
})

test('the watch: the sentinel sings in a room of its own, in a new one after a month or when it is put out', async () => {
  let rooms = 0
  let isOut = false
  const { url, seen, http } = await serve(({ path }) => {
    if (path.endsWith('/register')) return refusal(400, 'M_USER_IN_USE')
    if (path.endsWith('/createRoom')) return { body: { room_id: `!room${(rooms += 1)}` } }
    if (!isOut || !path.includes('/send/')) return { body: { event_id: '$e' } }
    isOut = false
    return refusal(403, 'M_FORBIDDEN')
  })
  let now = 1_000
  const { watch } = watchOn(url, http, () => now)
  const sung = async (place: Json | null) => {
    seen.length = 0
    const next = (await watch?.sing(place, signal())) ?? null
    return [next, seen.map(({ path }) => path.replace(/(canary)\/.*/, '$1').replace('/_matrix/client/v3', ''))] as const
  }
  const [first, asked] = await sung(null)
  expect(first).toEqual({ room: '!room1', made_at: 1_000 })
  expect(asked).toEqual(['/register', '/createRoom', '/rooms/!room1/send/org.mistok.canary'])
  expect(seen.at(-1)?.query.get('user_id')).toBe('@crm__sentinel:x.org')
  expect(await sung(first)).toEqual([first, ['/rooms/!room1/send/org.mistok.canary']])

  now += 31 * 86_400_000
  const [second, moved] = await sung(first)
  expect(second).toEqual({ room: '!room2', made_at: now })
  expect(moved).toEqual(['/register', '/createRoom', '/rooms/!room2/send/org.mistok.canary', '/rooms/!room1/leave', '/rooms/!room1/forget'])

  isOut = true
  expect((await sung(second))[0]).toEqual({ room: '!room3', made_at: now })
})

test('the watch: a connection that breaks ends the listening, and is a sign', async () => {
  const { url, http } = await serve(({ query }) => (query.has('since') ? refusal(502, 'M_UNKNOWN') : { body: { next_batch: 's1' } }))
  const { watch, heard } = watchOn(url, http)
  await expect(watch?.listen(signal())).rejects.toMatchObject({ status: 502 })
  expect(heard).toEqual(['The homeserver answered with error 502'])
})

const pushing = { ...config, asToken: 'as', hsToken: 'hs', registrationId: 'mistok', intake: 'push_and_sync' } as const

function watchOn(url: string, http: ReturnType<typeof createHttpClient>, now = clock) {
  const signs = createSigns()
  const heard: string[] = []
  signs.on((sign) => heard.push(sign))
  const on = { ...pushing, homeserverUrl: url }
  const homeserver = createHomeserver({ config: on, http, clock: now, onTrouble: signs.raise })
  return { watch: createWatch({ config: on, homeserver, clock: now, signs }), heard }
}

test('an application service makes an account once more without harm, and names it before it joins anything', async () => {
  const { url, seen, http } = await serve(({ path, method }) => {
    if (path.endsWith('/register')) return refusal(400, 'M_USER_IN_USE')
    if (path.includes('/profile/') && method === 'GET') return refusal(404, 'M_NOT_FOUND')
    return { body: {} }
  })
  const known = { ...config, homeserverUrl: url, asToken: 'as' }
  const accounts = createAccounts({ config: known, homeserver: createHomeserver({ config: known, http, clock }), renewAdmin })
  const account = await accounts.ensure({ name: 'user-1', displayName: 'Ihor', password: 'secret' }, null, signal())
  expect(account.secrets).toEqual({ device_id: 'MISTOKINBOX', by: 'appservice' })
  expect(seen.map((one) => `${one.method} ${one.path}`)).toEqual([
    'POST /_matrix/client/v3/register',
    'PUT /_matrix/client/v3/devices/MISTOKINBOX',
    'GET /_matrix/client/v3/profile/@crm_user-1:x.org/displayname',
    'PUT /_matrix/client/v3/profile/@crm_user-1:x.org/displayname',
  ])
  expect(seen[0]?.body).toMatchObject({ inhibit_login: true, username: 'crm_user-1' })
  expect(seen.every((one) => one.token === 'as')).toBe(true)
})

test('a bridge that gives no transaction ids: each code is shown once, by what it says', async () => {
  const codes = ['one', 'one', 'two']
  const step = (data: string) => ({
    body: { login_id: 'p', type: 'display_and_wait', step_id: 'qr', display_and_wait: { type: 'qr', data } },
  })
  const bridge = await serve(({ path, query }) => {
    if (path.endsWith('/whoami')) return { body: { login_flows: [{ id: 'qr' }], logins: [] } }
    if (path.endsWith('/login/start/qr')) return step('one')
    expect(query.has('txn_id')).toBe(false)
    const next = codes.shift()
    return next === undefined ? refusal(400, 'FI.MAU.WHATSAPP.LOGIN_TIMEOUT') : step(next)
  })
  const { login } = createLinking({
    config: { ...config, bridgeUrl: bridge.url },
    homeserver: createHomeserver({ config: { homeserverUrl: bridge.url }, http: bridge.http, clock }),
    bridge: createBridge({ config: { bridgeUrl: bridge.url, bridgeSecret: 's' }, http: bridge.http }),
    clock,
    log: silentLog,
  })
  const account = { external: '@crm_7:x.org' as never, secrets: {} }
  const shown: LoginStep[] = [await login.start(account, { method: 'qr' }, signal())]
  for (let step = shown[0]; step !== undefined && 'handle' in step; step = shown.at(-1))
    shown.push(await login.wait(account, step.handle, signal()))
  expect(shown).toMatchObject([
    { type: 'qr', data: 'one', number: 1 },
    { type: 'qr', data: 'two', number: 2 },
    { type: 'failed', code: 'code_expired' },
  ])
  expect(bridge.seen.every((one) => one.query.get('user_id') === '@crm_7:x.org' && one.token === 's')).toBe(true)
})

const input: SetupInput = {
  homeserverUrl: '',
  serverName: 'x.org',
  adminLogin: 'admin',
  adminPassword: 'p',
  bridgeUrl: '',
  bridgeSecret: 'secret',
}
const registration = { id: 'mistok', userPrefix: 'crm_', asToken: 'as', hsToken: 'hs' }

/** A homeserver and a bridge on which all is well, but for what a test says. */
const healthy: Respond = ({ path, token, method }) => {
  if (path === '/_matrix/client/versions') return { body: { versions: ['v1.12'] } }
  if (path === '/_synapse/admin/v1/server_version') return { body: { server_version: '1.160.0' } }
  if (path === '/_matrix/client/v3/login') return { body: { access_token: 'adm', device_id: 'D', user_id: '@admin:x.org' } }
  if (path === '/_matrix/client/v3/account/whoami') {
    return token === 'secret' || token === 'unknown' ? refusal(401, 'M_UNKNOWN_TOKEN') : { body: { user_id: '@admin:x.org' } }
  }
  if (path === '/_matrix/provision/v3/whoami') {
    return {
      body: {
        network: { network_id: 'whatsapp' },
        homeserver: 'x.org',
        bridge_bot: '@whatsappbot:x.org',
        command_prefix: '!w4',
        login_flows: [{ id: 'qr' }, { id: 'phone' }],
      },
    }
  }
  return method === 'PUT' ? refusal(404, 'M_UNRECOGNIZED') : { body: {} }
}

async function probe(broken: (seen: Seen) => Answer | undefined, change: Partial<SetupInput> = {}) {
  const { url, http } = await serve((seen) => broken(seen) ?? healthy(seen))
  const outcome = await probeMatrix(
    { http, clock },
    { ...input, homeserverUrl: url, bridgeUrl: url, ...change },
    {},
    registration,
    signal(),
  )
  return { ...outcome, wrong: outcome.checks.filter((check) => check.status !== 'ok' && check.status !== 'skipped') }
}

test('a healthy set-up has nothing wrong, and its command prefix is known', async () => {
  const outcome = await probe(() => undefined)
  expect(outcome.wrong).toEqual([])
  expect(outcome.config).toMatchObject({ commandPrefix: '!w4', adminToken: 'adm', asToken: 'as' })
})

const on = (place: string, answer: Answer) => (seen: Seen) => (seen.path === place ? answer : undefined)
const ping = '/_matrix/client/v1/appservice/mistok/ping'
const cancel = '/_matrix/provision/v3/login/cancel/of-nobody'
const provision = '/_matrix/provision/v3/whoami'

test.each<[what: string, broken: (seen: Seen) => Answer | undefined, id: string, words: RegExp]>([
  [
    'no homeserver but a hint',
    (seen) =>
      seen.path === '/.well-known/matrix/client'
        ? { body: { 'm.homeserver': { base_url: 'https://real.x.org' } } }
        : seen.path === '/_matrix/client/versions'
          ? { status: 404, text: 'nginx' }
          : undefined,
    'homeserver',
    /https:\/\/real\.x\.org/,
  ],
  [
    'too many sign-ins',
    on('/_matrix/client/v3/login', refusal(429, 'M_LIMIT_EXCEEDED', { retry_after_ms: 332_000 })),
    'admin',
    /for 3\d\d seconds/,
  ],
  ['an admin who is none', on('/_synapse/admin/v2/users/@admin:x.org', refusal(403, 'M_FORBIDDEN')), 'admin_rights', /no server admin/],
  [
    'a server of another kind',
    on('/_synapse/admin/v1/server_version', refusal(404, 'M_UNRECOGNIZED')),
    'homeserver_version',
    /not Synapse/,
  ],
  ['a push that cannot connect', on(ping, refusal(502, 'M_CONNECTION_FAILED')), 'appservice_push', /cannot connect/],
  ['a push that is refused', on(ping, refusal(502, 'M_BAD_STATUS')), 'appservice_push', /hs_token/],
  ['a push without address', on(ping, refusal(400, 'M_URL_NOT_SET')), 'appservice_push', /no url/],
  [
    'a bot that is not there',
    on('/_matrix/client/v3/profile/@whatsappbot:x.org', refusal(404, 'M_NOT_FOUND')),
    'bridge_bot',
    /Start the bridge once/,
  ],
  ['a bridge that starts', on('/_matrix/mau/ready', { status: 500 }), 'bridge', /not ready/],
  [
    'a closed control API',
    on(provision, { status: 403, body: { errcode: 'M_FORBIDDEN', error: 'Provisioning API is disabled' } }),
    'bridge_secret',
    /at least 16/,
  ],
  [
    'no permission to link',
    on(provision, { status: 403, body: { errcode: 'M_FORBIDDEN', error: 'User does not have login permissions' } }),
    'bridge_permissions',
    /bridge\.permissions/,
  ],
  ['an old bridge', on(provision, refusal(404, 'M_UNRECOGNIZED')), 'bridge_version', /update/],
  ['a bridge from before v26.06', on(cancel, refusal(404, 'M_UNRECOGNIZED')), 'bridge_version', /older than v26\.06.*Update/],
  [
    'a bridge to somewhere else',
    on(provision, { body: { network: { network_id: 'telegram' }, homeserver: 'x.org', login_flows: [{ id: 'qr' }, { id: 'phone' }] } }),
    'bridge_network',
    /telegram/,
  ],
  [
    'a bridge of another homeserver',
    on(provision, { body: { network: { network_id: 'whatsapp' }, homeserver: 'other.org', login_flows: [{ id: 'qr' }, { id: 'phone' }] } }),
    'bridge_homeserver',
    /other\.org/,
  ],
  [
    'a bridge without codes',
    on(provision, { body: { network: { network_id: 'whatsapp' }, homeserver: 'x.org', login_flows: [{ id: 'qr' }] } }),
    'bridge_flows',
    /phone/,
  ],
])('%s', async (_, broken, id, words) => {
  const { wrong } = await probe(broken)
  expect(wrong.map((check) => check.id)).toContain(id)
  expect(wrong.map((check) => `${check.detail} ${check.fix}`).join('\n')).toMatch(words)
})

test('the bridge’s own name of its bot counts, unless another one was entered', async () => {
  const named = on(provision, {
    body: {
      network: { network_id: 'whatsapp' },
      homeserver: 'x.org',
      bridge_bot: '@wa:x.org',
      login_flows: [{ id: 'qr' }, { id: 'phone' }],
    },
  })
  const found = await probe(named)
  expect([found.wrong, found.config?.botUserId]).toEqual([[], '@wa:x.org'])
  const entered = await probe(named, { botUserId: '@whatsappbot:x.org' })
  expect(entered.wrong).toMatchObject([{ id: 'bridge_bot_name', status: 'error' }])
})
