import { sql } from 'kysely'
import { expect, test } from 'vitest'
import type { ExternalId, UserId } from '../../../contract/ids.ts'
import { presentConversations } from '../../db/read/conversations.ts'
import { listDrafts } from '../../db/read/drafts.ts'
import { listMembers } from '../../db/read/members.ts'
import { listNotes } from '../../db/read/notes.ts'
import type { InboundEvent, Sender } from '../../providers/provider.ts'
import { at, channel, channelId, type Inbound, message, openInbound, room } from '../fixtures/inbound.ts'

const viewer = { id: 'usr_1' as UserId, isAdmin: true, channels: [channelId] }
const person = (n: number) => ({ id: `@whatsapp_${n}:x` as ExternalId, isUs: false, phone: `+38067000000${n}`, displayName: `Person ${n}` })
const told = (more: Partial<Extract<InboundEvent, { type: 'conversation' }>> = {}): InboundEvent => ({
  type: 'conversation',
  channel,
  conversation: room,
  at: at(0),
  kind: 'group',
  name: 'Delivery',
  ...more,
})
const moved = (n: number, joined: boolean): InboundEvent => ({
  type: 'member',
  channel,
  conversation: room,
  at: at(n),
  person: person(n),
  joined,
})

async function conversations({ db }: Inbound) {
  const rows = await db.selectFrom('conversations').select('id').orderBy('created_at').orderBy('id').execute()
  const found = await presentConversations(
    db,
    viewer,
    rows.map((row) => row.id),
  )
  return rows.flatMap((row) => found.get(row.id) ?? [])
}
const names = async ({ db }: Inbound) => {
  const { id } = await db.selectFrom('conversations').select('id').executeTakeFirstOrThrow()
  return (await listMembers(db, id, {})).items.map((member) => member.name)
}
const eventCount = async ({ db }: Inbound) => (await db.selectFrom('events').selectAll().execute()).length

test('a group knows its people: coming and going are facts, not messages', async () => {
  await using inbound = await openInbound()
  await inbound.take({ items: [told({ members: [person(1), person(2)] })] })
  expect(await names(inbound)).toEqual(['Person 1', 'Person 2'])
  await inbound.take({ items: [moved(3, true), moved(1, false), moved(7, false)] })
  expect(await names(inbound)).toEqual(['Person 2', 'Person 3'])
  expect(await conversations(inbound)).toMatchObject([{ type: 'group', member_count: 2, unread_count: 0 }])
  const before = await eventCount(inbound)
  await inbound.take({ items: [moved(3, true), told({ members: [person(2), person(3)] })] })
  expect(await eventCount(inbound)).toBe(before)
  await inbound.take({ items: [told({ members: [person(4)] })] })
  expect(await names(inbound)).toEqual(['Person 4'])
  expect(await inbound.db.selectFrom('messages').selectAll().execute()).toEqual([])
})

test('somebody who comes into a group that is not known makes no conversation', async () => {
  await using inbound = await openInbound()
  await inbound.take({ items: [moved(1, true), told({ gone: { why: 'left', at: at(1) } })] })
  expect(await conversations(inbound)).toEqual([])
})

test('a chat that the phone has no more stays with what was said, and is here again when it comes back', async () => {
  await using inbound = await openInbound()
  await inbound.take({ items: [told(), message(1)] })
  await inbound.take({ items: [told({ gone: { why: 'deleted_on_phone', at: at(2) } })] })
  expect(await conversations(inbound)).toMatchObject([
    { gone: { why: 'deleted_on_phone', at: at(2) }, last_message: { preview: 'text 1' } },
  ])
  const next = '!next' as ExternalId
  await inbound.take({ items: [told({ conversation: next, replaces: room }), message(3, { conversation: next })] })
  const [back, ...others] = await conversations(inbound)
  expect(others).toEqual([])
  expect(back).toMatchObject({ external_id: next, last_message: { preview: 'text 3' } })
  expect(back).not.toHaveProperty('gone')
})

test('the timer of a chat is told, and ends', async () => {
  await using inbound = await openInbound()
  await inbound.take({ items: [told({ disappearingSeconds: 86_400 })] })
  expect(await conversations(inbound)).toMatchObject([{ disappearing_seconds: 86_400 }])
  await inbound.take({ items: [told()] })
  expect(await conversations(inbound)).toMatchObject([{ disappearing_seconds: 86_400 }])
  await inbound.take({ items: [told({ disappearingSeconds: 0 })] })
  expect((await conversations(inbound))[0]).not.toHaveProperty('disappearing_seconds')
})

test('two rooms that are one chat become one conversation with all that was said, and what comes late in the old room too', async () => {
  await using inbound = await openInbound()
  const [old, next] = ['!old' as ExternalId, '!next' as ExternalId]
  const byPhone: Sender = { id: '@whatsapp_380671234567:x' as ExternalId, isUs: false, phone: '+380671234567', displayName: 'Олена' }
  const byHiddenId: Sender = { id: '@whatsapp_lid-1:x' as ExternalId, isUs: false, hiddenId: '1@lid', displayName: 'Олена К.' }
  const chat = (conversation: ExternalId, contact: Sender) => told({ kind: 'direct', conversation, contact })
  await inbound.take({ items: [chat(old, byPhone), message(1, { conversation: old, sender: byPhone })] })
  await inbound.take({ items: [message(2, { conversation: next, sender: byHiddenId })] })
  const [first, second] = await conversations(inbound)
  expect(second).toBeDefined()
  await sql`insert into notes (id, conversation_id, author_id, text, created_at) values ('nte_1', ${second?.id}, 'key_1', 'a note', now())`.execute(
    inbound.db,
  )
  await sql`insert into users (id, email, name, role, password_hash, created_at) values ('usr_1', 'o@example.org', 'O', 'agent', '', now())`.execute(
    inbound.db,
  )
  for (const [chat, mode] of [
    [first, 'reply'],
    [second, 'reply'],
    [second, 'note'],
  ] as const)
    await sql`insert into drafts (user_id, conversation_id, mode, text, updated_at) values ('usr_1', ${chat?.id}, ${mode}, ${chat?.external_id}, now())`.execute(
      inbound.db,
    )
  const merged = told({ kind: 'direct', conversation: next, contact: { ...byHiddenId, formerly: byPhone.id }, replaces: old })
  await inbound.take({ items: [merged] })
  await inbound.take({
    items: [merged, message(3, { conversation: old, sender: byPhone }), message(4, { conversation: next, sender: byPhone })],
  })
  const all = await conversations(inbound)
  expect(all).toMatchObject([
    { id: first?.id, external_id: next, unread_count: 4, merged_ids: [second?.id], last_message: { preview: 'text 4' } },
  ])
  expect((await listNotes(inbound.db, viewer, first!.id, {})).items).toMatchObject([{ id: 'nte_1', text: 'a note' }])
  expect((await listDrafts(inbound.db, viewer, {})).items).toMatchObject([
    { conversation_id: first?.id, mode: 'reply', text: old },
    { conversation_id: first?.id, mode: 'note', text: next },
  ])
  const messages = await inbound.db.selectFrom('messages').select(['text', 'conversation_id']).orderBy('sent_at').execute()
  expect(messages).toEqual([1, 2, 3, 4].map((n) => ({ text: `text ${n}`, conversation_id: first?.id })))
})

test('two long conversations become one in pieces: no transaction moves more than 300 messages', async () => {
  await using inbound = await openInbound()
  const next = '!next' as ExternalId
  await inbound.take({ items: [told({ kind: 'direct' }), message(1), message(2, { conversation: next })] })
  const [first, second] = await conversations(inbound)
  await sql`insert into messages select (jsonb_populate_record(m, jsonb_build_object('id', m.id || n, 'external_id', m.external_id || '-' || n,
    'sent_at', m.sent_at - n * interval '1 second'))).* from messages m, generate_series(1, 1200) n`.execute(inbound.db)
  await inbound.take({ items: [told({ kind: 'direct', conversation: next, replaces: room }), message(3, { conversation: next })] })
  expect(await conversations(inbound)).toMatchObject([{ id: first?.id, external_id: next, unread_count: 3, merged_ids: [second?.id] }])
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from messages
    where conversation_id = ${first?.id} and external_id ~ '^.2' group by xmin::text order by 1`.execute(inbound.db)
  expect(rows.map(({ count }) => count)).toEqual([1, 300, 300, 300, 300])
})
