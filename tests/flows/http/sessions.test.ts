import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Session } from '../../../contract/user.ts'
import { openTestHttp, origin, password, type TestHttp } from '../../support/http.ts'

let http: TestHttp
beforeEach(async () => {
  http = await openTestHttp()
})
afterEach(() => http.close())

const hour = 3_600_000
const call = (method: 'GET' | 'DELETE', url: string, headers: Record<string, string>) =>
  http.app.inject({ method, url: `/api/v1${url}`, headers })

async function signIn(name: string, remember?: boolean, userAgent = 'Test/1') {
  const payload = { email: `${name}@example.org`, password, ...(remember === undefined ? {} : { remember }) }
  const answer = await http.app.inject({ method: 'POST', url: '/api/v1/auth/login', payload, headers: { 'user-agent': userAgent } })
  const [cookie] = answer.cookies
  return { cookie, headers: { cookie: `mistok_session=${cookie?.value}`, origin } }
}
const lives = async (headers: Record<string, string>) => (await call('GET', '/auth/me', headers)).statusCode === 200
const sessionsOf = async (headers: Record<string, string>) =>
  (await call('GET', '/auth/sessions', headers)).json<{ items: Session[] }>().items

test('who is not remembered has a cookie for the window and a session for a day of rest', async () => {
  await http.people.create({ email: 'olga@example.org', name: 'Olga', password })
  const [remembered, passing] = [await signIn('olga'), await signIn('olga', false)]
  expect([remembered.cookie?.maxAge, passing.cookie?.maxAge]).toEqual([30 * 24 * 3600, undefined])
  for (const _ of [1, 2]) {
    http.advance(23 * hour)
    expect(await lives(passing.headers)).toBe(true)
  }
  http.advance(25 * hour)
  expect([await lives(passing.headers), await lives(remembered.headers)]).toEqual([false, true])
})

test('one sees where one is signed in, and ends one session or all the others; nobody else’s', async () => {
  await http.people.create({ email: 'olga@example.org', name: 'Olga', password })
  await http.people.create({ email: 'petro@example.org', name: 'Petro', password })
  const desk = await signIn('olga', true, 'Desk')
  const phone = await signIn('olga', false, 'P'.repeat(2_000))
  const petro = await signIn('petro')
  http.advance(hour)
  const seen = await sessionsOf(desk.headers)
  expect(seen).toMatchObject([
    { user_agent: 'Desk', is_current: true, remembered: true, address: '127.0.0.1' },
    { user_agent: 'P'.repeat(256), is_current: false, remembered: false },
  ])
  // The list itself was a use of the one that asked.
  expect(Date.parse(seen[0]!.last_used_at) - Date.parse(seen[1]!.last_used_at)).toBeGreaterThanOrEqual(hour)
  expect(JSON.stringify(seen)).not.toMatch(/token|hash/)

  const [, other] = seen
  expect((await call('DELETE', `/auth/sessions/${other!.id}`, petro.headers)).json().code).toBe('not_found')
  expect((await call('DELETE', `/auth/sessions/${other!.id}`, desk.headers)).statusCode).toBe(204)
  expect([await lives(phone.headers), await lives(desk.headers)]).toEqual([false, true])

  const [second, third] = [await signIn('olga'), await signIn('olga')]
  expect((await call('DELETE', '/auth/sessions', desk.headers)).statusCode).toBe(204)
  expect([await lives(second.headers), await lives(third.headers), await lives(desk.headers)]).toEqual([false, false, true])
  expect(await lives(petro.headers)).toBe(true)
})

test('an admin ends all sessions of a person, and it is written down; an agent may not', async () => {
  const admin = await http.signedIn('admin', 'admin')
  const agent = await http.signedIn('agent', 'agent')
  expect((await call('DELETE', `/users/${admin.id}/sessions`, agent.headers)).statusCode).toBe(403)
  expect((await call('DELETE', `/users/${agent.id}/sessions`, admin.headers)).statusCode).toBe(204)
  expect([await lives(agent.headers), await lives(admin.headers)]).toEqual([false, true])
  const audited = await http.db.selectFrom('audit').select(['action', 'target_id', 'outcome']).where('action', '=', 'session.end').execute()
  expect(audited).toContainEqual({ action: 'session.end', target_id: agent.id, outcome: 'done' })
})
