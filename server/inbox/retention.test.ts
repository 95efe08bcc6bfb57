import { sql } from 'kysely'
import { expect, test } from 'vitest'
import type { MediaId } from '../../contract/ids.ts'
import type { Retention } from '../../contract/retention.ts'
import { addChannel, addChat, addFile, addMessage } from '../../tests/support/http.ts'
import { type Log, type LogFields, silentLog } from '../lib/log.ts'
import type { MediaFiles } from '../lib/media-files.ts'
import { openInbound } from './fixtures/inbound.ts'
import { until } from './fixtures/linking.ts'
import { readOperations } from './operations.ts'
import { startRetention } from './retention.ts'

const hour = 3_600_000

test('what waits for a number that nobody connects is told of after an hour, and forgotten after thirty days', async () => {
  await using inbound = await openInbound()
  const { db } = inbound
  const ages = [0, 2 * hour, 29 * 24 * hour, 31 * 24 * hour]
  const rows = ages.map((age) => ({
    provider: 'cloud',
    waits_for: 'number:1',
    raw: JSON.stringify({ age }),
    received_at: new Date(Date.now() - age),
  }))
  await db.insertInto('deferred_events').values(rows).execute()
  expect((await readOperations(db)).warnings).toEqual([expect.stringMatching(/^3 events .*30 days/)])
  const said: LogFields[] = []
  const log: Log = { ...silentLog, warn: (fields) => said.push(fields) }
  const retention = startRetention({ db, clock: Date.now, log, files: {} as MediaFiles })
  try {
    const left = await until(async () => {
      const found = await db.selectFrom('deferred_events').select('raw').orderBy('id').execute()
      return found.length < ages.length && found
    })
    expect(left.map(({ raw }) => raw)).toEqual(ages.slice(0, 3).map((age) => ({ age })))
  } finally {
    await retention.stop()
  }
  expect(said).toEqual([{ events: 1, waited_for: 'number:1' }])
})

const day = 24 * hour

test('messages, files and the audit log go when they are too old, in pieces; contacts and conversations stay', async () => {
  await using inbound = await openInbound()
  const { db } = inbound
  const removed: MediaId[] = []
  const files = { remove: async (id: MediaId) => void removed.push(id) }
  const channel = await addChannel(db)
  const [old, young] = [await addChat(db, channel), await addChat(db, channel)]
  const say = (chat: typeof old, text: string, age: number) =>
    addMessage(db, { channel, conversation: chat.id, contact: chat.contact, text, sentAt: new Date(Date.now() - age) })
  const first = await say(old, 'first', 40 * day)
  await sql`insert into messages select (jsonb_populate_record(m, jsonb_build_object('id', m.id || n, 'external_id', m.external_id || n))).*
    from messages m, generate_series(1, 700) n where m.id = ${first}`.execute(db)
  const queued = await say(old, 'on its way', 50 * day)
  await say(old, 'last', 31 * day)
  await sql`with attempt as (
      insert into send_attempts (id, message_id, channel_id, number, status, created_at) values ('a', ${queued}, ${channel}, 1, 'queued', now()) returning id
    ) insert into outbox (attempt_id, message_id, conversation_id, channel_id, state, not_before)
      select id, ${queued}, ${old.id}, ${channel}, 'queued', now() from attempt`.execute(db)
  const [before, after] = [await say(young, 'before', 31 * day), await say(young, 'after', 29 * day)]
  const fileOf = async (message: typeof first, age: number) => {
    const id = await addFile(db, { message, channel }, 3)
    await db
      .updateTable('media')
      .set({ created_at: new Date(Date.now() - age) })
      .where('id', '=', id)
      .execute()
    return id
  }
  const gone = [await fileOf(first, 40 * day), await fileOf(before, 5 * day)]
  const expired = await fileOf(after, 11 * day)
  const kept = await fileOf(after, 9 * day)
  await db.updateTable('conversations').set({ unread_count: 3 }).execute()
  await sql`insert into audit (id, at, action, outcome) values ('aud_1', ${new Date(Date.now() - 91 * day)}, 'sign_in', 'done'), ('aud_2', now(), 'sign_in', 'done')`.execute(
    db,
  )
  const put = (value: Retention) =>
    sql`insert into settings (key, value, updated_at) values ('retention', ${JSON.stringify(value)}::jsonb, now())
      on conflict (key) do update set value = excluded.value`.execute(db)
  const counted = async (table: 'messages' | 'media' | 'audit') =>
    Number(
      (
        await db
          .selectFrom(table)
          .select((e) => e.fn.countAll<string>().as('count'))
          .executeTakeFirstOrThrow()
      ).count,
    )
  const run = async (isDone: () => Promise<boolean>) => {
    const retention = startRetention({ db, clock: Date.now, log: silentLog, files })
    await until(isDone)
    await retention.stop()
  }

  // Unless somebody says so nothing goes, but what was done more than a year ago.
  await sql`insert into audit (id, at, action, outcome) values ('aud_0', ${new Date(Date.now() - 366 * day)}, 'sign_in', 'done')`.execute(
    db,
  )
  await run(async () => (await counted('audit')) === 2)
  expect([await counted('messages'), await counted('media'), removed]).toEqual([705, 4, []])

  await put({ messages_days: 30, media_days: 10, audit_days: 90 })
  await run(async () => (await counted('messages')) === 2)
  expect(await counted('audit')).toBe(1)
  expect((await db.selectFrom('messages').select('id').orderBy('sent_at').execute()).map((row) => row.id)).toEqual([queued, after])
  expect(await db.selectFrom('media').select(['id', 'status']).orderBy('created_at').execute()).toEqual([
    { id: expired, status: 'expired' },
    { id: kept, status: 'ready' },
  ])
  expect(removed.toSorted()).toEqual([...gone, expired].toSorted())
  const chats = await db.selectFrom('conversations').select(['id', 'contact_id', 'last_message_id', 'unread_count']).orderBy('id').execute()
  expect(chats).toEqual([
    { id: old.id, contact_id: old.contact, last_message_id: null, unread_count: 0 },
    { id: young.id, contact_id: young.contact, last_message_id: after, unread_count: 3 },
  ])
  const { rows } = await sql<{ type: string; object_id: string }>`select type, object_id from events order by type`.execute(db)
  expect(rows).toEqual([
    { type: 'conversation.updated', object_id: old.id },
    { type: 'message.updated', object_id: after },
  ])
})
