import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ChannelId, ExternalId, MediaId, NoteId } from '../../../contract/ids.ts'
import { createDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { addChannel, addChat, addFile, addMessage } from '../../../tests/support/http.ts'
import type { Job } from '../../db/jobs.ts'
import { openDatabase } from '../../db/open.ts'
import type { Db } from '../../db/schema.ts'
import type { Json } from '../../lib/json.ts'
import type { Provider } from '../../providers/provider.ts'
import type { Actor } from '../people/access.ts'
import { createEraseRest, eraseContact } from './erase.ts'

let database: TestDatabase
let db: Db
let channel: ChannelId
const removed: MediaId[] = []
const files = { remove: async (id: MediaId) => void removed.push(id) }
const admin = { kind: 'user', id: 'usr_admin', name: 'Admin', role: 'admin' } as unknown as Actor
const matrix = { name: 'matrix', intake: { personKeys: (person: string) => [`ghost:${person}`] } } as unknown as Provider
const secret = 'таємниця'

beforeAll(async () => {
  database = await createDatabase()
  db = openDatabase(database.connection)
  channel = await addChannel(db)
})
afterAll(async () => {
  await db.destroy()
  await database.drop()
})

/** Everything that is stored, but for what says which chats there are, as one text. */
async function everything(): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`select relname as name from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'jobs'`.execute(db)
  const parts = []
  for (const { name } of tables) {
    const { rows } = await sql<{
      rows: string | null
    }>`select string_agg(to_jsonb(t)::text, ' ') as rows from ${sql.table(name)} t`.execute(db)
    parts.push(rows[0]?.rows ?? '')
  }
  return parts.join('\n')
}

async function runJob(signal = new AbortController().signal): Promise<void> {
  const job = await db.selectFrom('jobs').selectAll().where('kind', '=', 'erase_contact').executeTakeFirstOrThrow()
  await createEraseRest({ db, files })({ ...job, payload: job.payload as Json } as Job, signal)
}

test('no word, file or name of an erased person is left, and others keep theirs', async () => {
  const now = new Date()
  const ghost = '@whatsapp_380671234567:x'
  const chat = await addChat(db, channel, { name: `Name ${secret}`, texts: Array.from({ length: 650 }, (_, n) => `${secret} ${n}`) })
  await db
    .updateTable('conversations')
    .set({ name: secret, metadata: JSON.stringify({ note: secret }) })
    .where('id', '=', chat.id)
    .execute()
  for (const [type, value] of [
    ['matrix', ghost],
    ['phone', '+380671234567'],
  ] as const)
    await db.insertInto('contact_addresses').values({ type, value, contact_id: chat.contact, created_at: now }).execute()
  const answer = await addMessage(db, { channel, conversation: chat.id, contact: null, text: `to ${secret}`, sentAt: now })
  const file = await addFile(db, { message: chat.messages[3]!, channel }, 9, { fileName: `${secret}.png` })

  const group = await addChat(db, channel, { name: 'Somebody else' })
  await db.updateTable('conversations').set({ type: 'group' }).where('id', '=', group.id).execute()
  const inGroup = await addMessage(db, { channel, conversation: group.id, contact: chat.contact, text: `group ${secret}`, sentAt: now })
  const others = await addMessage(db, { channel, conversation: group.id, contact: group.contact, text: 'mine stays', sentAt: now })
  await db.insertInto('participants').values({ contact_id: chat.contact, conversation_id: group.id }).execute()
  const reaction = {
    message_id: others,
    sender: chat.contact,
    contact_id: chat.contact,
    user_id: null,
    emoji: '🙈',
    external_id: '$r' as ExternalId,
    at: now,
  }
  await db.insertInto('reactions').values(reaction).execute()
  await db
    .insertInto('message_versions')
    .values({ message_id: inGroup, written_at: now, text: `before ${secret}` })
    .execute()
  await db
    .insertInto('message_receipts')
    .values({ message_id: others, contact_id: chat.contact, delivered_at: now, read_at: now })
    .execute()

  await db
    .updateTable('messages')
    .set({ reply_to_external_id: `$${inGroup}` as ExternalId, reply_preview: secret })
    .where('id', '=', others)
    .execute()

  const picture = await addFile(db, { uploadedBy: 'nobody' }, 3, { fileName: secret })
  await db.updateTable('contacts').set({ picture_id: picture }).where('id', '=', chat.contact).execute()
  await db
    .insertInto('conversation_members')
    .values({ conversation_id: group.id, external_id: ghost as ExternalId, contact_id: chat.contact })
    .execute()

  await sql`insert into deeds (id, message_id, channel_id, conversation_id, kind, content, before, status, created_at)
    values ('deed', ${answer}, ${channel}, ${chat.id}, 'edit', ${JSON.stringify({ text: secret })}::jsonb, '{}', 'done', ${now})`.execute(
    db,
  )

  const raw = JSON.stringify([{ sender: ghost, body: secret }])
  const batch = { provider: 'matrix', stream: 'push', received_at: now, done_at: now }
  await db
    .insertInto('inbound_batches')
    .values([
      { ...batch, key: 'theirs', body: raw },
      { ...batch, key: 'others', body: '[1]' },
    ])
    .execute()
  await db.insertInto('dead_letters').values({ provider: 'matrix', raw, error: 'unknown', created_at: now }).execute()
  await db
    .insertInto('facts')
    .values({ provider: 'matrix', key: `ghost:${ghost}`, value: JSON.stringify({ name: secret }) })
    .execute()
  const row = { author_id: 'key_1', edited_at: null, deleted_at: null, created_at: now }
  await db
    .insertInto('notes')
    .values([
      { ...row, id: 'nte_1' as NoteId, conversation_id: chat.id, text: secret, mentions: '[]' },
      { ...row, id: 'nte_2' as NoteId, conversation_id: group.id, text: 'a note stays', mentions: '[]' },
    ])
    .execute()
  await sql`insert into users (id, email, name, role, password_hash, created_at) values ('usr_1', 'o@example.org', 'O', 'agent', '', ${now})`.execute(
    db,
  )
  await sql`insert into drafts (user_id, conversation_id, mode, text, updated_at) values ('usr_1', ${chat.id}, 'reply', ${secret}, ${now})`.execute(
    db,
  )
  expect((await everything()).includes(secret)).toBe(true)

  // The 650 are a millisecond apart, and may have been stored in less.
  await eraseContact({ db, clock: () => Date.now() + 1_000, providers: () => [matrix] }, admin, chat.contact)
  // What is written after that is somebody else's.
  const later = await addMessage(db, { channel, conversation: chat.id, contact: group.contact, text: 'after', sentAt: new Date() })
  await db
    .updateTable('messages')
    .set({ received_at: new Date(Date.now() + 5_000) })
    .where('id', '=', later)
    .execute()
  // A process that dies in between leaves nothing that the next one does not find.
  await expect(runJob(AbortSignal.abort(new Error('died')))).rejects.toThrow('died')
  await runJob()
  await runJob()

  const left = await everything()
  for (const trace of [secret, '380671234567', '🙈', ghost]) expect([trace, left.includes(trace)]).toEqual([trace, false])
  for (const kept of ['mine stays', 'a note stays', 'after', '[1]']) expect([kept, left.includes(kept)]).toEqual([kept, true])
  expect(new Set(removed)).toEqual(new Set([file, picture]))
  // The marks stay: what was erased is not taken in again.
  const rows = await db.selectFrom('messages').select(['id', 'type', 'external_id']).where('id', 'in', [answer, inGroup]).execute()
  expect(rows.every((row) => row.type === 'deleted' && row.external_id !== null)).toBe(true)
  const told = await db.selectFrom('events').select('object_id').where('type', '=', 'message.updated').execute()
  expect(told.length).toBe(652)
  const beside = await db
    .selectFrom('events')
    .select(['type', 'object_id'])
    .where('type', 'in', ['note.updated', 'draft.updated'])
    .execute()
  expect(beside).toEqual([
    { type: 'draft.updated', object_id: `usr_1 ${chat.id} reply` },
    { type: 'note.updated', object_id: 'nte_1' },
  ])
})
