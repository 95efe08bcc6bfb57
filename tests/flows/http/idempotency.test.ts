import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConversationId, MessageId } from '../../../contract/ids.ts'
import { AppError } from '../../../server/lib/errors.ts'
import { waitFor } from '../../e2e/wait.ts'
import { addChannel, addChat, addMessage, openTestHttp, type Person, type TestHttp } from '../../support/http.ts'

let http: TestHttp
let admin: Person
let agent: Person
let chat: ConversationId
let sent = 0
/** What the next sends do, before they send. */
let hurdle: () => Promise<void> = async () => {}

beforeAll(async () => {
  http = await openTestHttp((parts) => ({
    messages: {
      ...parts.messages,
      retry: async () => 'msg_0' as MessageId,
      sendTo: async () => 'msg_0' as MessageId,
      async enqueue(_actor, conversation, input) {
        sent += 1
        await hurdle()
        return addMessage(http.db, { channel, conversation, contact: null, text: input.text ?? '', sentAt: new Date() })
      },
    },
  }))
  const channel = await addChannel(http.db)
  admin = await http.signedIn('admin', 'admin')
  agent = await http.signedIn('agent', 'agent')
  chat = (await addChat(http.db, channel)).id
})
afterAll(() => http.close())

const send = (key: string, text: string, who = agent) =>
  http.app.inject({
    method: 'POST',
    url: `/api/v1/communications/conversations/${chat}/messages`,
    headers: { ...who.headers, 'idempotency-key': key },
    payload: { text },
  })

test('a repeat gets the first answer and does nothing', async () => {
  const before = sent
  const [one, two] = [await send('k1', 'hello'), await send('k1', 'hello')]
  expect([one.statusCode, two.statusCode, two.body]).toEqual([202, 202, one.body])
  expect([one.headers['idempotency-replayed'], two.headers['idempotency-replayed']]).toEqual([undefined, 'true'])
  expect(two.headers['content-type']).toBe(one.headers['content-type'])
  expect(sent - before).toBe(1)
  // The key is this person's alone.
  expect((await send('k1', 'hello', admin)).headers['idempotency-replayed']).toBeUndefined()
})

test('another request under the same key is refused', async () => {
  await send('k2', 'hello')
  const before = sent
  expect((await send('k2', 'something else')).json().code).toBe('idempotency_conflict')
  const elsewhere = await http.app.inject({
    method: 'POST',
    url: '/api/v1/auth/logout',
    headers: { ...agent.headers, 'idempotency-key': 'k2' },
  })
  expect(elsewhere.json().code).toBe('idempotency_conflict')
  expect(sent).toBe(before)
})

test('of many at the same moment one is done', async () => {
  const before = sent
  const gate = Promise.withResolvers<void>()
  hurdle = () => gate.promise
  const racing = Array.from({ length: 12 }, () => send('k3', 'once'))
  const early = await Promise.race(racing)
  expect(early.json().code).toBe('idempotency_in_progress')
  expect(early.headers['retry-after']).toBe('1')
  gate.resolve()
  hurdle = async () => {}
  const answers = await Promise.all(racing)
  // Whoever came late enough got the one answer; whoever came before it was told to wait.
  const done = answers.filter((answer) => answer.statusCode === 202)
  expect(new Set(done.map((answer) => answer.body)).size).toBe(1)
  expect(answers.filter((answer) => answer.statusCode === 409).length).toBe(answers.length - done.length)
  expect(sent - before).toBe(1)
  expect((await send('k3', 'once')).headers['idempotency-replayed']).toBe('true')
})

test('a refusal is kept, our own failure is not', async () => {
  hurdle = async () => {
    throw new AppError('window_closed', 'Too late.')
  }
  const refused = await send('k4', 'late')
  hurdle = async () => {
    throw new Error('the database is away')
  }
  const again = await send('k4', 'late')
  expect([again.statusCode, again.body, again.headers['content-type']]).toEqual([422, refused.body, 'application/problem+json'])
  const failed = await send('k5', 'hello')
  expect([failed.statusCode, failed.json().code]).toEqual([500, 'internal'])
  expect(failed.body).not.toContain('away')
  hurdle = async () => {}
  expect((await send('k5', 'hello')).statusCode).toBe(202)
})

test('a request whose hold on its key broke is taken over at once, and cannot answer any more', async () => {
  const gate = Promise.withResolvers<void>()
  const started = Promise.withResolvers<void>()
  hurdle = () => {
    started.resolve()
    return gate.promise
  }
  const dead = send('k6', 'lost')
  await started.promise
  hurdle = async () => {}
  expect((await send('k6', 'lost')).json().code).toBe('idempotency_in_progress')
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'mistok-locks'`.execute(
    http.db,
  )
  const second = await waitFor(() => send('k6', 'lost').then((answer) => answer.statusCode === 202 && answer), { what: 'the key' })
  gate.resolve()
  await dead
  expect((await send('k6', 'lost')).body).toBe(second.body)
})

test('a key is free again after 48 hours', async () => {
  const first = await send('k7', 'one')
  http.advance(48 * 3_600_000 + 1)
  const second = await send('k7', 'another')
  expect([first.statusCode, second.statusCode]).toEqual([202, 202])
  expect(second.json().text).toBe('another')
})

test('an answer that holds a secret is sealed', async () => {
  const create = () =>
    http.app.inject({
      method: 'POST',
      url: '/api/v1/api-keys',
      headers: { ...admin.headers, 'idempotency-key': 'k8' },
      payload: { name: 'CRM', scopes: ['settings'] },
    })
  const { key } = (await create()).json()
  expect((await create()).json().key).toBe(key)
  const stored = await http.db.selectFrom('idempotency_keys').selectAll().execute()
  expect(JSON.stringify(stored)).not.toContain(key)
})

test.each(['', 'x'.repeat(256), 'two words', 'ключ'])('%j is no key', async (key) => {
  const answer = await http.app.inject({
    method: 'POST',
    url: '/api/v1/auth/logout',
    headers: { ...agent.headers, 'idempotency-key': key },
  })
  expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, '/headers/idempotency-key'])
})
