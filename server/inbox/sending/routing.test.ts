import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ChannelId, ContactId, ConversationId, UserId } from '../../../contract/ids.ts'
import type { Mode } from '../../../contract/settings.ts'
import { createDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { addChannel, addChat } from '../../../tests/support/http.ts'
import { openDatabase } from '../../db/open.ts'
import type { Db } from '../../db/schema.ts'
import { insertUser } from '../../db/users.ts'
import type { Actor } from '../people/access.ts'
import { findStart, type RoutingDeps } from './routing.ts'

let database: TestDatabase
let db: Db
let channels: Record<'linked' | 'cloud' | 'mine' | 'theirs' | 'closed', ChannelId>
const me = 'usr_1' as UserId
const them = 'usr_2' as UserId
const agent: Actor = { kind: 'user', id: me, name: 'Me', role: 'agent' }
const boss: Actor = { kind: 'user', id: 'usr_3' as UserId, name: 'Boss', role: 'admin' }

beforeAll(async () => {
  database = await createDatabase()
  db = openDatabase(database.connection)
  for (const id of [me, them]) {
    const person = { id, name: id, external_id: null, email: `${id}@example.org`, role: 'agent', password_hash: '' } as const
    await insertUser(db, person, new Date())
  }
})
beforeEach(async () => {
  await db.deleteFrom('messages').execute()
  await db.deleteFrom('conversations').execute()
  await db.deleteFrom('channel_members').execute()
  await db.deleteFrom('channels').execute()
  channels = {
    linked: await addChannel(db),
    cloud: await addChannel(db, { provider: 'cloud' }),
    mine: await addChannel(db, { access: 'personal', owner: me }),
    theirs: await addChannel(db, { access: 'personal', owner: them }),
    closed: await addChannel(db, { members: [them] }),
  }
  await db.updateTable('channels').set({ is_default: true }).where('id', 'in', [channels.linked, channels.cloud]).execute()
})
afterAll(async () => {
  await db.destroy()
  await database.drop()
})

const depsOf = (mode: Mode): RoutingDeps => ({
  db,
  clock: Date.now,
  findLine: async () => undefined,
  mode: async () => mode,
  rerouting: async () => 'confirm',
})
const chosen = async (who: Actor, mode: Mode, wanted: { contactId?: ContactId; channelId?: ChannelId } = {}) => {
  const { contactId, channelId } = wanted
  const whom = { addresses: [{ type: 'phone', value: '+380671110001' }] as const, ...(contactId === undefined ? {} : { contactId }) }
  const { channel } = await findStart(depsOf(mode), who, whom, { named: channelId })
  return Object.entries(channels).find(([, one]) => one === channel)?.[0]
}

test.each<[string, Actor, Mode, string]>([
  ['one’s own number comes before the default of its road', agent, 'matrix', 'mine'],
  ['who has none takes the default', boss, 'matrix', 'linked'],
  ['the mode names the road', agent, 'classical', 'cloud'],
  ['with both roads the default of the classical one', agent, 'both', 'cloud'],
])('%s', async (_, who, mode, number) => {
  expect(await chosen(who, mode)).toBe(number)
})

test('a mode whose road has no number has no effect', async () => {
  await db.deleteFrom('channels').where('provider', '=', 'cloud').execute()
  expect([await chosen(boss, 'classical'), await chosen(boss, 'both')]).toEqual(['linked', 'linked'])
})

test('the number on which we last talked goes on, unless it fell or is not ours to use', async () => {
  const { contact } = await addChat(db, channels.linked, { texts: ['hello'] })
  expect(await chosen(agent, 'matrix', { contactId: contact })).toBe('linked')
  await db.updateTable('conversations').set({ channel_id: channels.theirs }).where('contact_id', '=', contact).execute()
  for (const who of [agent, boss]) expect(await chosen(who, 'matrix', { contactId: contact })).not.toBe('theirs')
  await db.updateTable('conversations').set({ channel_id: channels.linked }).where('contact_id', '=', contact).execute()
  await db.updateTable('channels').set({ status: 'logged_out' }).where('id', '=', channels.linked).execute()
  expect(await chosen(agent, 'matrix', { contactId: contact })).toBe('mine')
})

test('a number that is named is taken, and one that may not be used is not there', async () => {
  expect(await chosen(agent, 'matrix', { channelId: channels.cloud })).toBe('cloud')
  for (const channelId of [channels.theirs, channels.closed, 'chn_0' as ChannelId])
    await expect(chosen(agent, 'matrix', { channelId })).rejects.toMatchObject({
      code: 'invalid_request',
      fields: [{ pointer: '/channel_id' }],
    })
})

test('without any number of theirs a person is told so', async () => {
  await db.updateTable('channels').set({ is_default: false }).execute()
  await expect(chosen(boss, 'matrix')).rejects.toMatchObject({ code: 'route_unavailable', fields: [{ code: 'no_channel' }] })
})

/** The same contact's chat on another of our numbers, with the time at which something was said there, and at which the contact spoke. */
async function alsoOn(contact: ContactId, channel: ChannelId, said: number | null, heard: number | null): Promise<ConversationId> {
  const { id } = await addChat(db, channel)
  const times = { last_message_at: said === null ? null : new Date(said), last_inbound_at: heard === null ? null : new Date(heard) }
  await db
    .updateTable('conversations')
    .set({ contact_id: contact, ...times })
    .where('id', '=', id)
    .execute()
  return id
}

test('they talked to us last where they wrote last, not where we did', async () => {
  const { contact } = await addChat(db, channels.cloud, { texts: ['hello'] })
  await alsoOn(contact, channels.linked, 2_000, 1_500)
  await alsoOn(contact, channels.mine, 3_000, 1_000)
  expect(await chosen(agent, 'matrix', { contactId: contact })).toBe('linked')
})

test('a chat that the phone has no more is none, and one that its owner keeps to themselves bars its number', async () => {
  const { contact } = await addChat(db, channels.cloud, { texts: ['hello'] })
  const chat = await alsoOn(contact, channels.linked, 2_000, 2_000)
  const way = async () => {
    const found = await findStart(
      depsOf('matrix'),
      boss,
      { addresses: [{ type: 'phone', value: '+380671110001' }], contactId: contact },
      { named: undefined },
    )
    return { channel: found.channel, chat: found.chat?.id }
  }
  expect(await way()).toEqual({ channel: channels.linked, chat })
  await db
    .updateTable('conversations')
    .set({ gone: JSON.stringify({ why: 'left', at: new Date().toISOString() }) })
    .where('id', '=', chat)
    .execute()
  expect(await way()).toEqual({ channel: channels.linked, chat: undefined })
  await sql`update conversations set gone = null, excluded_at = now() where id = ${chat}`.execute(db)
  await expect(way()).rejects.toMatchObject({ code: 'route_unavailable', more: { reason: 'no_channel' } })
})
