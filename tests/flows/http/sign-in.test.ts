import { afterEach, beforeEach, expect, test } from 'vitest'
import { waitFor } from '../../e2e/wait.ts'
import { addChannel, addChat, openTestHttp, origin, password, type TestHttp } from '../../support/http.ts'

let http: TestHttp
beforeEach(async () => {
  http = await openTestHttp()
})
afterEach(() => http.close())

const post = (url: string, payload: object, headers: Record<string, string> = {}, remoteAddress = '203.0.113.5') =>
  http.app.inject({ method: 'POST', url: `/api/v1/auth/${url}`, payload, headers, remoteAddress })
const me = (headers: Record<string, string>) => http.app.inject({ url: '/api/v1/auth/me', headers })
const first = { email: 'Olga@Example.org', name: 'Olga', password }

test('the first admin is made once, by the token that the server printed', async () => {
  expect((await http.app.inject({ url: '/api/v1/auth/setup' })).json()).toEqual({ needed: true })
  const old = await http.signIn.issueSetupToken()
  const token = await http.signIn.issueSetupToken()
  for (const setup_token of ['guess', String(old)])
    expect((await post('setup', { ...first, setup_token })).json().code).toBe('invalid_credentials')
  // Kept hashed: what is stored is not what was printed.
  const kept = await http.db.selectFrom('settings').selectAll().where('key', '=', 'setup_token').executeTakeFirstOrThrow()
  expect(JSON.stringify(kept)).not.toContain(token)

  const race = await Promise.all(
    [1, 2, 3].map((n) => post('setup', { ...first, email: `${n}@example.org`, setup_token: String(token) }, {}, `203.0.113.${n}`)),
  )
  expect(race.filter((answer) => answer.statusCode === 201).length).toBe(1)
  expect(await http.db.selectFrom('users').select('role').execute()).toEqual([{ role: 'admin' }])
  expect((await post('setup', { ...first, setup_token: String(token) })).json().code).toBe('conflict')
  expect(await http.signIn.issueSetupToken()).toBeNull()
  expect((await http.app.inject({ url: '/api/v1/auth/setup' })).json()).toEqual({ needed: false })

  const made = race.find((answer) => answer.statusCode === 201)
  const [cookie] = made?.cookies ?? []
  expect(cookie).toMatchObject({ name: 'mistok_session', httpOnly: true, sameSite: 'Lax', path: '/' })
  expect((await me({ cookie: `mistok_session=${cookie?.value}` })).json()).toMatchObject({ role: 'admin', active: true })
})

test('signing in tells nothing of who is there', async () => {
  await http.people.create({ ...first, role: 'agent' })
  const gone = await http.people.create({ email: 'gone@example.org', name: 'Gone', password })
  await http.people.update(gone, { active: false })
  const wrong = [
    { email: 'nobody@example.org', password },
    { email: first.email, password: 'another password' },
    { email: 'gone@example.org', password },
  ]
  const answers = await Promise.all(wrong.map((input, n) => post('login', input, {}, `198.51.100.${n}`)))
  const bodies = answers.map((answer) => ({ ...answer.json(), request_id: '' }))
  expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1)
  expect(bodies[0]).toMatchObject({ status: 401, code: 'invalid_credentials' })
  // Letter case of the address does not matter, that of the password does.
  expect((await post('login', { email: 'olga@EXAMPLE.org', password })).statusCode).toBe(200)
})

test('guessing is slowed down for who guesses, and for nobody else', async () => {
  await http.people.create(first)
  const guess = (n: number, address: string) => post('login', { email: first.email, password: `guess number ${n}` }, {}, address)
  // At the same moment, so that counting only afterwards would let all of them through.
  const burst = await Promise.all(Array.from({ length: 20 }, (_, n) => guess(n, '203.0.113.9')))
  const codes = burst.map((answer) => answer.json().code)
  expect(codes.filter((code) => code === 'invalid_credentials').length).toBe(3)
  expect(codes.filter((code) => code === 'rate_limited').length).toBe(17)
  expect(Number(burst.find((answer) => answer.statusCode === 429)?.headers['retry-after'])).toBeGreaterThan(0)

  let tries = 3
  for (let second = 0; second < 15 * 60; second += 5) {
    http.advance(5000)
    if ((await guess(second, '203.0.113.9')).statusCode === 401) tries += 1
  }
  expect(tries).toBeLessThanOrEqual(10)
  expect((await post('login', { email: first.email, password }, {}, '192.0.2.1')).statusCode).toBe(200)

  // A whole office may sign in from one address.
  for (let n = 0; n < 40; n++) expect((await post('login', { email: first.email, password }, {}, '192.0.2.7')).statusCode).toBe(200)

  // Many addresses against one account: the address from which its owner signed in before still gets in.
  for (let n = 0; n < 200; n++) await guess(n, `2001:db8:${n}::1`)
  expect((await post('login', { email: first.email, password }, {}, '192.0.2.2')).statusCode).toBe(429)
  expect((await post('login', { email: first.email, password }, {}, '192.0.2.1')).statusCode).toBe(200)
})

test('behind a reverse proxy that is trusted it is the guesser who waits; nobody else may say who they are', async () => {
  await http.people.create(first)
  const from = (address: string, forwarded: string, tried: string) =>
    post('login', { email: first.email, password: tried }, { 'x-forwarded-for': forwarded }, address)
  for (let n = 0; n < 4; n++) await from('10.1.2.3', '203.0.113.9', `guess number ${n}`)
  expect((await from('10.1.2.3', '203.0.113.9', password)).statusCode).toBe(429)
  // What the guesser has put in front of it himself counts for nothing.
  expect((await from('10.1.2.3', '192.0.2.1, 203.0.113.9', password)).statusCode).toBe(429)
  expect((await from('10.1.2.3', '192.0.2.1', password)).statusCode).toBe(200)

  for (let n = 0; n < 4; n++) await from('203.0.113.77', `198.51.100.${n}`, `guess number ${n}`)
  expect((await from('203.0.113.77', '198.51.100.9', password)).statusCode).toBe(429)
})

test('a session ends by signing out, by time, by a new password and by deactivation', async () => {
  const { headers } = await http.signedIn('olga', 'agent')
  const { id } = (await me(headers)).json()
  const again = async () => {
    const answer = await post('login', { email: 'olga@example.org', password })
    return { cookie: `mistok_session=${answer.cookies[0]?.value}`, origin }
  }
  const stored = await http.db.selectFrom('sessions').selectAll().execute()
  expect(stored[0]?.token_hash.toString('base64url')).not.toBe(headers.cookie?.split('=')[1])

  const out = await post('logout', {}, headers)
  expect([out.statusCode, (await me(headers)).statusCode]).toEqual([204, 401])

  const aged = await again()
  http.advance(20 * 24 * 3_600_000)
  expect((await me(aged)).statusCode).toBe(200)
  http.advance(20 * 24 * 3_600_000)
  expect((await me(aged)).statusCode).toBe(200)
  http.advance(31 * 24 * 3_600_000)
  expect((await me(aged)).statusCode).toBe(401)

  const before = await again()
  await http.people.update(id, { password: 'a new and better password' })
  expect((await me(before)).statusCode).toBe(401)
})

test('deactivating ends sessions and keys at once and frees what was assigned; the last admin stays', async () => {
  const admin = await http.signedIn('admin', 'admin')
  const other = await http.signedIn('other', 'admin')
  const patch = (id: string, payload: object, headers = admin.headers) =>
    http.app.inject({ method: 'PATCH', url: `/api/v1/users/${id}`, headers, payload })
  const key = (
    await http.app.inject({
      method: 'POST',
      url: '/api/v1/api-keys',
      headers: other.headers,
      payload: { name: 'CRM', scopes: ['messages:read'] },
    })
  ).json()
  const chat = await addChat(http.db, await addChannel(http.db))
  await http.app.inject({
    method: 'PATCH',
    url: `/api/v1/communications/conversations/${chat.id}`,
    headers: admin.headers,
    payload: { assignee_id: other.id },
  })
  const start = await http.feed.now()
  const list = (headers: Record<string, string>) => http.app.inject({ url: '/api/v1/communications/conversations', headers })
  expect((await list({ authorization: `Bearer ${key.key}` })).statusCode).toBe(200)

  expect((await patch(other.id, { active: false })).json()).toMatchObject({ active: false })
  expect((await me(other.headers)).statusCode).toBe(401)
  expect((await list({ authorization: `Bearer ${key.key}` })).statusCode).toBe(401)
  const [freed] = (await list(admin.headers)).json().items
  expect(freed.assignee_id).toBeUndefined()
  // Other tests write in the same cluster, and their transactions hold the feed back for a moment.
  const told = async () => {
    const { items } = (await http.app.inject({ url: `/api/v1/events?after=${start}`, headers: admin.headers })).json()
    return items.at(-1)?.data.assignee_id === undefined && items.at(-1)
  }
  const last = await waitFor(told, { what: 'what was freed, on the feed' })
  expect(last).toMatchObject({ type: 'conversation.updated', data: { id: chat.id } })

  for (const payload of [{ active: false }, { role: 'agent' }]) expect((await patch('me', payload)).json().code).toBe('conflict')
  expect((await patch('me', { name: 'Still here' })).json()).toMatchObject({ name: 'Still here', role: 'admin' })
  // Two admins who remove each other at the same moment: one of them stays.
  await patch(other.id, { active: true })
  const ids = [admin.id, other.id]
  await Promise.allSettled(ids.map((id) => http.people.update(id, { role: 'agent' })))
  expect((await http.db.selectFrom('users').select('id').where('role', '=', 'admin').where('active', '=', true).execute()).length).toBe(1)
})

test('a person is found by id, as me, and by the CRM’s own id; what is taken is said by field', async () => {
  const admin = await http.signedIn('admin', 'admin')
  const create = (payload: object) => http.app.inject({ method: 'POST', url: '/api/v1/users', headers: admin.headers, payload })
  const made = (await create({ email: 'a@example.org', name: 'A', password, external_id: 'crm 1/ä' })).json()
  expect(made).toEqual({
    id: made.id,
    email: 'a@example.org',
    name: 'A',
    role: 'agent',
    external_id: 'crm 1/ä',
    active: true,
    created_at: expect.any(String),
  })
  const get = (who: string) => http.app.inject({ url: `/api/v1/users/${encodeURIComponent(who)}`, headers: admin.headers })
  expect((await get('me')).json().id).toBe(admin.id)
  expect((await get('ext:crm 1/ä')).json().id).toBe(made.id)
  expect((await get('ext:crm 2')).statusCode).toBe(404)
  const taken = [
    await create({ email: 'A@EXAMPLE.org', name: 'B', password }),
    await create({ email: 'b@example.org', name: 'B', password, external_id: 'crm 1/ä' }),
  ]
  expect(taken.map((answer) => [answer.statusCode, answer.json().errors[0].pointer])).toEqual([
    [409, '/email'],
    [409, '/external_id'],
  ])
  // Nobody raises themselves by a field that is not theirs to send.
  const agent = await http.signedIn('agent', 'agent')
  expect(
    (await http.app.inject({ method: 'PATCH', url: '/api/v1/users/me', headers: agent.headers, payload: { role: 'admin' } })).statusCode,
  ).toBe(403)
})

test('a key is shown once, dies when revoked or expired, and its use is noted', async () => {
  const admin = await http.signedIn('admin', 'admin')
  const create = (payload: object) => http.app.inject({ method: 'POST', url: '/api/v1/api-keys', headers: admin.headers, payload })
  const expires_at = new Date(Date.now() + 3_600_000).toISOString()
  const { id, key, prefix } = (await create({ name: 'CRM', scopes: ['channels:read'], expires_at })).json()
  expect(key).toMatch(/^mk_[\w-]{43}$/)
  expect(key.startsWith(prefix)).toBe(true)
  const list = await http.app.inject({ url: '/api/v1/api-keys', headers: admin.headers })
  expect(list.body).not.toContain(key)
  const use = () => http.app.inject({ url: '/api/v1/channels', headers: { authorization: `Bearer ${key}` } })
  expect((await use()).statusCode).toBe(200)
  const [noted] = (await http.app.inject({ url: '/api/v1/api-keys', headers: admin.headers })).json().items
  expect(noted).toMatchObject({ id, last_used_at: expect.any(String), expires_at })
  http.advance(3_600_001)
  expect((await use()).statusCode).toBe(401)
  http.advance(-3_600_001)
  expect((await http.app.inject({ method: 'DELETE', url: `/api/v1/api-keys/${id}`, headers: admin.headers })).statusCode).toBe(204)
  expect((await use()).statusCode).toBe(401)
  expect((await create({ name: 'CRM', scopes: ['channels:read'], channel_ids: ['chn_0'] })).json().errors[0].pointer).toBe('/channel_ids')
  expect((await create({ name: 'CRM', scopes: ['channels:read'], expires_at: '2001-01-01T00:00:00Z' })).json().errors[0].pointer).toBe(
    '/expires_at',
  )
})

test('the CLI’s admin is made once and then left alone', async () => {
  const input = { email: 'root@example.org', password, name: 'Root' }
  const made = await http.people.ensureAdmin(input)
  expect(await http.people.ensureAdmin(input)).toEqual({ id: made.id, signsIn: true })
  expect(await http.people.ensureAdmin({ ...input, password: 'something else entirely' })).toEqual({ id: made.id, signsIn: false })
  expect((await post('login', { email: input.email, password })).statusCode).toBe(200)
})

test('nothing of a password or token stands in any answer', async () => {
  const admin = await http.signedIn('admin', 'admin')
  for (const url of ['/api/v1/users', '/api/v1/users/me', '/api/v1/auth/me']) {
    expect((await http.app.inject({ url, headers: admin.headers })).body).not.toMatch(/argon2|password|token/)
  }
})
