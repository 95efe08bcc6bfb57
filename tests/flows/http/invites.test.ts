import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTestHttp, type Person, password, type TestHttp } from '../../support/http.ts'

let http: TestHttp
let admin: Person
beforeEach(async () => {
  http = await openTestHttp()
  admin = await http.signedIn('admin', 'admin')
})
afterEach(() => http.close())

const post = (url: string, payload: object, headers: Record<string, string> = {}) =>
  http.app.inject({ method: 'POST', url: `/api/v1${url}`, payload, headers })
const add = async (name: string) => {
  const { id } = (await post('/users', { email: `${name}@example.org`, name }, admin.headers)).json<{ id: string }>()
  return id
}
async function invite(id: string): Promise<string> {
  const answer = await post(`/users/${id}/invite`, {}, admin.headers)
  expect(answer.statusCode).toBe(201)
  const { url } = answer.json<{ url: string }>()
  expect(url).toMatch(/\/invite#[\w-]{43}$/)
  return url.split('#')[1]!
}
const look = (token: string) => post('/auth/invite/look', { token })
const accept = (token: string, input: object = {}) => post('/auth/invite', { token, password, ...input })
const signIn = (name: string, tried = password) => post('/auth/login', { email: `${name}@example.org`, password: tried })

test('who was added without a password comes in by a link, once, and from then on by the password', async () => {
  const id = await add('olga')
  expect((await signIn('olga')).json().code).toBe('invalid_credentials')
  const token = await invite(id)
  expect((await look(token)).json()).toEqual({ email: 'olga@example.org', name: 'olga' })
  expect((await accept(token, { password: 'short' })).statusCode).toBe(400)

  const race = await Promise.all([1, 2, 3].map(() => accept(token, { name: 'Ольга' })))
  expect(race.map((answer) => answer.statusCode).toSorted((a, b) => a - b)).toEqual([200, 401, 401])
  const joined = race.find((answer) => answer.statusCode === 200)
  expect(joined?.json()).toMatchObject({ id, name: 'Ольга' })
  expect(joined?.cookies[0]).toMatchObject({ name: 'mistok_session', httpOnly: true })
  expect((await look(token)).json().code).toBe('invalid_credentials')
  expect((await signIn('olga')).statusCode).toBe(200)
})

test('a link ends by a newer one, by time and by deactivation; it is kept hashed and written nowhere', async () => {
  const id = await add('olga')
  const [first, second] = [await invite(id), await invite(id)]
  expect((await look(first)).statusCode).toBe(401)
  const kept = JSON.stringify([
    await http.db.selectFrom('invites').selectAll().execute(),
    await http.db.selectFrom('audit').selectAll().execute(),
  ])
  expect(kept).not.toContain(second)
  const deactivate = { method: 'PATCH', url: `/api/v1/users/${id}`, headers: admin.headers, payload: { active: false } } as const
  expect((await http.app.inject(deactivate)).statusCode).toBe(200)
  expect((await accept(second)).json().code).toBe('invalid_credentials')
  expect((await post(`/users/${id}/invite`, {}, admin.headers)).json().code).toBe('conflict')

  const late = await invite(await add('petro'))
  http.advance(8 * 24 * 3_600_000)
  expect((await accept(late)).statusCode).toBe(401)
})

test('a new password by a link ends the sessions of before; an agent makes no links, and who has none yet is not the last admin', async () => {
  const agent = await http.signedIn('agent', 'agent')
  expect((await post(`/users/${agent.id}/invite`, {}, agent.headers)).statusCode).toBe(403)
  expect((await accept(await invite(agent.id), { password: 'another good password' })).statusCode).toBe(200)
  expect((await http.app.inject({ url: '/api/v1/auth/me', headers: agent.headers })).statusCode).toBe(401)
  expect((await signIn('agent', 'another good password')).statusCode).toBe(200)

  await post('/users', { email: 'second@example.org', name: 'second', role: 'admin' }, admin.headers)
  const step = { method: 'PATCH', url: '/api/v1/users/me', headers: admin.headers, payload: { role: 'agent' } } as const
  expect((await http.app.inject(step)).json().code).toBe('conflict')
})
