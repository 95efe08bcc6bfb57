import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { routes } from '../../../contract/routes.ts'
import { followEvents } from '../../support/event-stream.ts'
import { addChannel, addChat, addFile, addMessage, openTestHttp, type Person, type TestHttp } from '../../support/http.ts'

let http: TestHttp
let admin: Person

beforeEach(async () => {
  http = await openTestHttp()
  admin = await http.signedIn('Admin', 'admin')
})
afterEach(() => http.close())

const get = async (name: 'getHealth' | 'listDeadLetters', query: Record<string, string> = {}) =>
  (await http.app.inject({ url: routes[name].path, headers: admin.headers, query })).json()

test('health tells at one look what is there, what waits and what failed', async () => {
  const url = await http.app.listen({ host: '127.0.0.1', port: 0 })
  const channel = await addChannel(http.db)
  const down = await addChannel(http.db, { access: 'personal', owner: (await http.signedIn('Olha', 'agent')).id })
  await http.db
    .updateTable('channels')
    .set({ status: 'logged_out', status_detail: 'Unlinked on the phone' })
    .where('id', '=', down)
    .execute()
  const chat = await addChat(http.db, channel)
  const say = (age: number) =>
    addMessage(http.db, { channel, conversation: chat.id, contact: null, text: 'secret', sentAt: new Date(Date.now() - age) })
  const hour = 3_600_000
  for (const [age, code] of [
    [hour, 'recipient_unreachable'],
    [2 * hour, 'recipient_unreachable'],
    [hour, 'window_closed'],
    [25 * hour, 'window_closed'],
  ] as const)
    await http.db
      .updateTable('messages')
      .set({ status: 'failed', error: JSON.stringify({ code, detail: '', retryable: false }) })
      .where('id', '=', await say(age))
      .execute()
  await addFile(http.db, { message: await say(0), channel }, 1_234)
  const batch = { provider: 'matrix', stream: 'push', key: '1', body: '[]', received_at: new Date(Date.now() - 60_000), done_at: null }
  await http.db.insertInto('inbound_batches').values(batch).execute()
  const stream = await followEvents(url, admin.headers)

  const health = await get('getHealth')
  expect(health).toMatchObject({
    state: 'attention',
    reasons: [
      { code: 'channel_down', count: 1 },
      { code: 'inbound_late', count: 1 },
    ],
    channels: [
      { id: down, status: 'logged_out', status_detail: 'Unlinked on the phone' },
      { id: channel, status: 'connected' },
    ],
    inbound: { waiting: 1, oldest_seconds: expect.any(Number) },
    outbox: { queued: 0, held: 0, sending: 0, unconfirmed: 0, oldest_seconds: 0 },
    failed_24h: [
      { code: 'recipient_unreachable', count: 2 },
      { code: 'window_closed', count: 1 },
    ],
    dead_letters: 0,
    media: { files: 1, bytes: 1_234 },
    stream_clients: 1,
    endpoints: [],
  })
  expect(health.inbound.oldest_seconds).toBeGreaterThan(59)
  expect(Math.min(health.database_bytes, health.disk.free_bytes, health.disk.total_bytes)).toBeGreaterThan(1e6)
  expect(JSON.stringify(health)).not.toContain('secret')
  stream.close()
  await expect.poll(async () => (await get('getHealth')).stream_clients, { timeout: 10_000 }).toBe(0)
})

test('dead letters say what they are and why, and nothing of what was said', async () => {
  const letters = [
    ['matrix', { raw: { type: 'm.room.message', content: { body: 'secret' } } }],
    ['matrix', { event: { type: 'message', content: { text: 'secret' } } }],
    ['cloud', { batch: { stream: 'push', body: 'secret' } }],
  ] as const
  for (const [provider, raw] of letters)
    await sql`insert into dead_letters (provider, raw, error, created_at) values (${provider}, ${JSON.stringify(raw)}::jsonb, 'broken', now())`.execute(
      http.db,
    )
  const first = await get('listDeadLetters', { limit: '2' })
  const rest = await get('listDeadLetters', { cursor: first.next_cursor })
  const common = { id: expect.stringMatching(/^\d+$/), error: 'broken', created_at: expect.any(String) }
  expect([...first.items, ...rest.items]).toEqual([
    { ...common, road: 'classical', kind: 'batch' },
    { ...common, road: 'matrix', kind: 'event', type: 'message' },
    { ...common, road: 'matrix', kind: 'raw', type: 'm.room.message' },
  ])
  expect((await get('getHealth')).reasons).toMatchObject([{ code: 'dead_letters', count: 3 }])
})
