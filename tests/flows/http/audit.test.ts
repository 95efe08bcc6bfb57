import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAudit } from '../../../server/inbox/audit.ts'
import { newId } from '../../../server/lib/clock.ts'
import { pathTo, type RouteName, routes } from '../../../contract/routes.ts'
import { addChannel, addChat, openTestHttp, password, type Person, type TestHttp } from '../../support/http.ts'

let http: TestHttp
let admin: Person

beforeEach(async () => {
  http = await openTestHttp()
  admin = await http.signedIn('Admin', 'admin')
})
afterEach(() => http.close())

async function ask(name: RouteName, headers: Person['headers'], params: Record<string, string> = {}, payload?: object) {
  const answer = await http.app.inject({
    method: routes[name].method,
    url: pathTo(name, params),
    headers,
    ...(payload === undefined ? {} : { payload }),
  })
  return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() }
}
const book = async (query: Record<string, string> = {}) =>
  (await http.app.inject({ url: routes.listAudit.path, headers: admin.headers, query })).json()
const login = (email: string, guess: string) => ask('login', { origin: 'http://127.0.0.1:8080' }, {}, { email, password: guess })

test('signing in is written down, also where it fails, but not each try of one who hammers at the door', async () => {
  await login('Admin@example.org', 'a guess')
  const { items } = await book()
  const common = { fields: ['email', 'password'], values: { email: 'Admin@example.org' }, address: '127.0.0.1', at: expect.any(String) }
  expect(items).toEqual([
    { id: expect.stringMatching(/^aud_/), action: 'sign_in', ...common, outcome: 'refused', code: 'invalid_credentials' },
    {
      id: expect.stringMatching(/^aud_/),
      action: 'sign_in',
      ...common,
      target_id: admin.id,
      actor: { id: admin.id, name: 'Admin' },
      outcome: 'done',
    },
  ])
  for (let tries = 0; tries < 10; tries++) await login('Admin@example.org', 'a guess')
  expect((await book()).items.length).toBeLessThan(6)
})

test('what people and keys change is written down with who, what and how it ended, and no secret', async () => {
  const olha = { email: 'olha@example.org', name: 'Olha', password: 'a secret of hers', role: 'agent' }
  const { id } = (await ask('createUser', admin.headers, {}, olha)).body
  await ask('updateUser', admin.headers, { user_id: 'me' }, { active: false })
  const key = (await ask('createApiKey', admin.headers, {}, { name: 'CRM', scopes: ['settings', 'messages:read'] })).body
  const chat = await addChat(http.db, await addChannel(http.db))
  const asKey = { authorization: `Bearer ${key.key}` }
  expect((await ask('eraseContact', asKey, { contact_id: chat.contact })).status).toBe(204)
  await ask('setRetention', asKey, {}, { messages_days: null, media_days: 30, audit_days: 90 })
  expect((await ask('getRetention', asKey)).body).toEqual({ messages_days: null, media_days: 30, audit_days: 90 })
  await ask('revokeApiKey', admin.headers, { api_key_id: key.id })

  const { items } = await book()
  expect(items).toMatchObject([
    { action: 'api_key.revoke', target_id: key.id, actor: { id: admin.id, name: 'Admin' }, fields: [], outcome: 'done' },
    { action: 'settings.retention', actor: { id: key.id, name: 'CRM' }, values: { messages_days: null, media_days: 30, audit_days: 90 } },
    { action: 'contact.erase', actor: { id: key.id }, target_id: chat.contact, outcome: 'done' },
    { action: 'api_key.create', target_id: key.id, values: { name: 'CRM', scopes: ['settings', 'messages:read'] } },
    { action: 'user.update', target_id: 'me', values: { active: false }, outcome: 'refused', code: 'conflict' },
    { action: 'user.create', target_id: id, fields: ['email', 'name', 'password', 'role'], outcome: 'done' },
    { action: 'sign_in' },
  ])
  const kept = JSON.stringify(await http.db.selectFrom('audit').selectAll().execute())
  for (const secret of [olha.password, password, key.key]) expect(kept).not.toContain(secret)

  expect((await book({ action: 'contact.erase' })).items).toHaveLength(1)
  const first = await book({ actor: admin.id, limit: '3' })
  const rest = await book({ actor: admin.id, cursor: first.next_cursor })
  expect([...first.items, ...rest.items].map((entry: { action: string }) => entry.action)).toEqual([
    'api_key.revoke',
    'api_key.create',
    'user.update',
    'user.create',
    'sign_in',
  ])
})

test('reading, what is refused at the door, and a repeat are no deeds', async () => {
  const agent = await http.signedIn('Agent', 'agent')
  const label = { name: 'VIP', colour: 'red' }
  const headers = { ...admin.headers, 'idempotency-key': 'once' }
  const before = (await book()).items.length
  await ask('listUsers', admin.headers)
  expect((await ask('createLabel', agent.headers, {}, label)).status).toBe(403)
  expect((await ask('createLabel', admin.headers, {}, { ...label, colour: 'pink' })).status).toBe(400)
  for (let times = 0; times < 2; times++) expect((await ask('createLabel', headers, {}, label)).status).toBe(201)
  expect((await book()).items).toHaveLength(before + 1)
})

test('a deed in whose middle the server died is there, and nobody knows how it ended', async () => {
  const audit = createAudit({ db: http.db, clock: Date.now, newId })
  await audit.begin({ action: 'contact.merge', actor: null, targetId: 'con_1', body: { contact_id: 'con_2' }, address: '::1' })
  expect((await book()).items[0]).toMatchObject({ action: 'contact.merge', outcome: 'unknown', values: { contact_id: 'con_2' } })
})
