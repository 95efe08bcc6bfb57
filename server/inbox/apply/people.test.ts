import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChannelId, ContactId, ExternalId } from '../../../contract/ids.ts'
import { createDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { addChannel, addChat } from '../../../tests/support/http.ts'
import { joinContacts, partContacts } from '../../db/contact-merges.ts'
import { openDatabase } from '../../db/open.ts'
import type { Db } from '../../db/schema.ts'
import { newId } from '../../lib/clock.ts'
import type { Network } from '../../lib/roads.ts'
import type { InboundEvent, InboundMessage, Sender } from '../../providers/provider.ts'
import { applyEvents } from './apply.ts'

let database: TestDatabase
let db: Db
let channel: ChannelId
const now = new Date('2026-11-22T10:00:00Z')

beforeAll(async () => {
  database = await createDatabase()
  db = openDatabase(database.connection)
  channel = await addChannel(db)
})
afterAll(async () => {
  await db.destroy()
  await database.drop()
})

let count = 0
const says = (sender: Omit<Sender, 'isUs'>, room: string): InboundMessage => ({
  type: 'message',
  channel: channel as unknown as ExternalId,
  conversation: room as ExternalId,
  at: now.toISOString(),
  id: `$${(count += 1)}` as ExternalId,
  sender: { ...sender, isUs: false },
  content: { type: 'text', text: 'hello' },
  forwarded: false,
  history: false,
})
const apply = (...events: InboundEvent[]) => applyFrom('matrix', ...events)
const applyFrom = (road: Network, ...events: InboundEvent[]) =>
  db
    .transaction()
    .execute((tx) => applyEvents({ newId, applyChannelStatus: () => Promise.resolve(), applyPhone: async () => [] }, tx, road, events, now))
const contactIn = async (room: string) =>
  (
    await db
      .selectFrom('conversations')
      .select('contact_id')
      .where('external_id', '=', room as ExternalId)
      .executeTakeFirst()
  )?.contact_id
const people = async (...ids: (ContactId | null | undefined)[]) =>
  db
    .selectFrom('contacts')
    .select(['id', 'name', 'phone', 'merged_into'])
    .where('id', 'in', ids as ContactId[])
    .orderBy('id')
    .execute()

const ghost = (n: number) => `@whatsapp_lid-${n}:x` as ExternalId

test('a phone that is learnt later joins the two that it was until then', async () => {
  const { contact } = await addChat(db, channel, { name: 'From the CRM' })
  await db.insertInto('contact_addresses').values({ type: 'phone', value: '+380671110001', contact_id: contact, created_at: now }).execute()
  await apply(says({ id: ghost(1), hiddenId: '1@lid', displayName: 'Олена' }, '!one'))
  const hidden = await contactIn('!one')
  expect(hidden).not.toBe(contact)
  await apply(says({ id: ghost(1), hiddenId: '1@lid', phone: '+380671110001', displayName: 'Олена' }, '!one'))
  expect(await contactIn('!one')).toBe(contact)
  expect(await people(contact, hidden)).toMatchObject([
    { id: contact, phone: '+380671110001', merged_into: null },
    { merged_into: contact },
  ])
  const merged = await db.selectFrom('events').select('object_id').where('type', '=', 'contact.merged').execute()
  expect(merged.map((event) => event.object_id)).toEqual([contact])
  // Its own words may still be changed by it: it is the same person.
  const edit = { ...says({ id: ghost(1) }, '!one'), type: 'edit', target: '$1' as ExternalId, silent: false } as const
  await apply({ ...edit, content: { type: 'text', text: 'mended' } } as unknown as InboundEvent)
  expect(
    await db
      .selectFrom('messages')
      .select('text')
      .where('external_id', '=', '$1' as ExternalId)
      .executeTakeFirst(),
  ).toEqual({ text: 'mended' })
})

test('whom people took apart stays apart, whatever the network says', async () => {
  await apply(says({ id: ghost(2), hiddenId: '2@lid', displayName: 'Ivan' }, '!two'))
  const one = await contactIn('!two')
  const { contact: two } = await addChat(db, channel, { name: 'Petro' })
  await db.insertInto('contact_addresses').values({ type: 'phone', value: '+380671110002', contact_id: two, created_at: now }).execute()
  await db.transaction().execute(async (tx) => {
    await joinContacts(tx, { kept: one as ContactId, merged: two, by: 'usr_1', now })
    await partContacts(tx, { from: one as ContactId, merged: two, now })
  })
  await apply(says({ id: ghost(2), hiddenId: '2@lid', phone: '+380671110002', displayName: 'Ivan' }, '!two'))
  expect(await contactIn('!two')).toBe(one)
  expect((await people(one, two)).map((row) => row.merged_into)).toEqual([null, null])
})

test('a name that was given here is kept, and a new phone is still learnt', async () => {
  await apply(says({ id: ghost(3), displayName: 'Network' }, '!three'))
  const contact = await contactIn('!three')
  await db
    .updateTable('contacts')
    .set({ name: 'Ours', is_named: true })
    .where('id', '=', contact as ContactId)
    .execute()
  await apply(says({ id: ghost(3), displayName: 'Network again', phone: '+380671110003' }, '!three'))
  expect(await people(contact)).toMatchObject([{ name: 'Ours', phone: '+380671110003' }])
})

test('who writes in a group is noted once', async () => {
  const group = {
    type: 'conversation',
    kind: 'group',
    channel,
    conversation: '!group',
    at: now.toISOString(),
    name: 'Team',
  } as unknown as InboundEvent
  await apply(group, says({ id: ghost(4) }, '!group'), says({ id: ghost(5) }, '!group'))
  await apply(says({ id: ghost(4) }, '!group'))
  const { participants } = await db
    .selectFrom('participants')
    .select((e) => e.fn.countAll<string>().as('participants'))
    .executeTakeFirstOrThrow()
  expect([participants, await contactIn('!group')]).toEqual(['2', null])
})

describe('on the business’s own road', () => {
  let business: ChannelId
  beforeAll(async () => {
    business = await addChannel(db, { provider: 'cloud' })
  })
  const on = (event: InboundMessage): InboundMessage => ({ ...event, channel: business as unknown as ExternalId })
  const writes = (id: string, chat: string, more: Partial<Sender> = {}) =>
    applyFrom('cloud', on(says({ id: id as ExternalId, businessIds: [{ id, scope: 'waba' }], ...more }, chat)))
  const addressesOf = async (contact: ContactId | null | undefined) =>
    (
      await db
        .selectFrom('contact_addresses')
        .select(['type', 'value', 'scope'])
        .where('contact_id', '=', contact as ContactId)
        .orderBy('type')
        .orderBy('value')
        .execute()
    ).map(({ type, value, scope }) => [type, value, scope].join(' ').trim())

  test('the same person over both roads is one contact, by the phone', async () => {
    await apply(says({ id: ghost(21), phone: '+380671110021', displayName: 'Olena' }, '!twenty-one'))
    await writes('UA.21', 'UA.21', { phone: '+380671110021', username: 'olena', displayName: 'Olena Sh.' })
    const contact = await contactIn('UA.21')
    expect(contact).toBe(await contactIn('!twenty-one'))
    expect(await addressesOf(contact)).toEqual(['business UA.21 waba', `matrix ${ghost(21)}`, 'phone +380671110021'])
    expect(
      await db
        .selectFrom('contacts')
        .select('username')
        .where('id', '=', contact as ContactId)
        .executeTakeFirst(),
    ).toEqual({
      username: 'olena',
    })
  })

  test('somebody without a phone is found by the id alone, and only within its business', async () => {
    await writes('UA.22', 'UA.22')
    await writes('UA.22', 'UA.22', { phone: '+380671110022' })
    await applyFrom('cloud', on(says({ id: 'UA.22' as ExternalId, businessIds: [{ id: 'UA.22', scope: 'other' }] }, 'other')))
    expect(await contactIn('other')).not.toBe(await contactIn('UA.22'))
    expect(await addressesOf(await contactIn('UA.22'))).toEqual(['business UA.22 waba', 'phone +380671110022'])
  })

  test('a new id of a known person comes with the old one, and joins what it had begun', async () => {
    await writes('UA.23', 'UA.23', { displayName: 'Ivan' })
    await writes('UA.24', 'UA.24', { displayName: 'Ivan' })
    const ids = ['UA.23', 'UA.24'].map((id) => ({ id, scope: 'waba' }))
    // Who was told of with both ids goes on to be told of with the new one alone.
    const first = on(says({ id: 'UA.24' as ExternalId, businessIds: ids }, 'UA.24'))
    await applyFrom('cloud', first, on(says({ id: 'UA.24' as ExternalId, businessIds: ids.slice(1) }, 'UA.24')))
    expect(await contactIn('UA.24')).toBe(await contactIn('UA.23'))
  })

  test('a number that is written in two ways finds its one contact, and stays as it was written', async () => {
    const { contact } = await addChat(db, channel, { name: 'João' })
    const address = { type: 'phone', value: '+551187654321', contact_id: contact, created_at: now } as const
    await db.insertInto('contact_addresses').values(address).execute()
    await writes('BR.1', 'BR.1', { phone: '+5511987654321' })
    expect(await contactIn('BR.1')).toBe(contact)
    expect(await addressesOf(contact)).toEqual(['business BR.1 waba', 'phone +551187654321', 'phone +5511987654321'])
  })
})
