import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiKeyId, ChannelId, ConversationId, UserId } from '../../../contract/ids.ts'
import type { Scope } from '../../../contract/user.ts'
import { createDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { createFakeNetwork } from '../../../tests/support/fake-provider.ts'
import { addChannel, addChat } from '../../../tests/support/http.ts'
import { openDatabase } from '../../db/open.ts'
import type { Db } from '../../db/schema.ts'
import { insertUser } from '../../db/users.ts'
import { newAttemptId, newId } from '../../lib/clock.ts'
import type { Provider } from '../../providers/provider.ts'
import type { Actor, KeyActor } from '../people/access.ts'
import { unmoved } from '../fixtures/routing.ts'
import type { Line } from '../channels/connections.ts'
import { enqueue, type SendDeps } from './send.ts'

let database: TestDatabase
let db: Db
let deps: SendDeps
let shared: ConversationId
let others: ConversationId
const olena = { id: 'usr_1' as UserId, name: 'Olena', external_id: 'crm-17' }
const gone = { id: 'usr_2' as UserId, name: 'Gone', external_id: 'crm-18' }
const keyId = 'key_1' as ApiKeyId

beforeAll(async () => {
  database = await createDatabase()
  db = openDatabase(database.connection)
  for (const { id, name, external_id } of [olena, gone])
    await insertUser(db, { id, name, external_id, email: `${id}@example.org`, role: 'agent', password_hash: '' }, new Date())
  await db.updateTable('users').set({ active: false }).where('id', '=', gone.id).execute()
  await db
    .insertInto('api_keys')
    .values({ id: keyId, name: 'CRM', prefix: 'mk_', secret_hash: Buffer.from('x'), scopes: [], created_at: new Date() })
    .execute()
  const provider = createFakeNetwork().provider()
  const line = (id: ChannelId): Line => ({
    channel: { id, external_id: 'x' as never, provider: 'matrix', account_id: 'a', account: '@a:x.org' as never, isOpen: true },
    provider,
    connection: provider.connect({} as Parameters<Provider['connect']>[0]),
  })
  deps = {
    ...unmoved,
    db,
    clock: Date.now,
    newId,
    newAttemptId,
    findLine: async (id) => line(id),
    fetchUpload: () => Promise.reject(new Error('nothing is fetched')),
    voiceNotes: { canConvert: async () => false, isReady: async () => false },
  }
  shared = (await addChat(db, await addChannel(db))).id
  others = (await addChat(db, await addChannel(db, { access: 'personal', owner: gone.id }))).id
})
afterAll(async () => {
  await db.destroy()
  await database.drop()
})

const key = (scopes: readonly Scope[], channelIds: readonly ChannelId[] | null = null): KeyActor => ({
  kind: 'key',
  id: keyId,
  name: 'CRM',
  scopes,
  channelIds,
})
const send = async (actor: Actor, on_behalf_of?: string, conversation = shared) => {
  const id = await enqueue(deps, actor, conversation, { text: 'hello', ...(on_behalf_of === undefined ? {} : { on_behalf_of }) })
  return db.selectFrom('messages').select(['origin', 'sender_user_id', 'sender_key_id']).where('id', '=', id).executeTakeFirstOrThrow()
}

test.each([olena.id, `ext:${olena.external_id}`])('a key that may act for people sends as %s', async (name) => {
  expect(await send(key(['messages:send', 'act_as']), name)).toEqual({ origin: 'api', sender_user_id: olena.id, sender_key_id: null })
})

test('without a name a key sends as itself, and a person may name themselves', async () => {
  expect(await send(key(['messages:send']))).toEqual({ origin: 'api', sender_user_id: null, sender_key_id: keyId })
  const person: Actor = { kind: 'user', id: olena.id, name: 'Olena', role: 'agent' }
  expect(await send(person, olena.id)).toEqual({ origin: 'inbox', sender_user_id: olena.id, sender_key_id: null })
})

test.each([
  ['a key without act_as', () => key(['messages:send']), olena.id, 'forbidden'],
  ['a person for somebody else', (): Actor => ({ kind: 'user', id: olena.id, name: 'Olena', role: 'admin' }), gone.id, 'forbidden'],
  ['for whom is not there', () => key(['act_as']), 'usr_0', 'invalid_request'],
  ['for whom the CRM never had', () => key(['act_as']), 'ext:crm-0', 'invalid_request'],
  ['for whom is deactivated', () => key(['act_as']), gone.id, 'invalid_request'],
])('%s is refused with the field', async (_, actor, name, code) => {
  await expect(send(actor(), name)).rejects.toMatchObject({ code, fields: [{ pointer: '/on_behalf_of' }] })
})

test('it has that person’s rights, and no more than the key has itself', async () => {
  await expect(send(key(['act_as']), olena.id, others)).rejects.toMatchObject({ code: 'not_found' })
  const elsewhere = await addChannel(db)
  await expect(send(key(['act_as'], [elsewhere]), olena.id)).rejects.toMatchObject({ code: 'not_found' })
})

test('from a number that is named it goes to the contact’s chat there; one that may not be used is not there', async () => {
  const asked = (conversation: ConversationId, channel_id: ChannelId) =>
    enqueue(deps, key(['messages:send']), conversation, { text: 'from elsewhere', channel_id })
  const own = await addChannel(db)
  const { id: chat, contact } = await addChat(db, own)
  const another = await addChannel(db)
  const there = (await addChat(db, another)).id
  const personal = await addChannel(db, { access: 'personal', owner: gone.id })
  const fields = (code: string) => [{ pointer: '/channel_id', code, detail: expect.any(String) }]
  const stored = () => db.selectFrom('messages').select(['conversation_id', 'channel_id']).where('text', '=', 'from elsewhere').execute()
  await expect(asked(chat, another)).rejects.toMatchObject({
    code: 'route_unavailable',
    more: { reason: 'no_address' },
    fields: fields('no_address'),
  })
  await expect(asked(chat, personal)).rejects.toMatchObject({ code: 'invalid_request', fields: fields('not_found') })
  await db.updateTable('conversations').set({ type: 'group' }).where('id', '=', chat).execute()
  await expect(asked(chat, another)).rejects.toMatchObject({
    code: 'route_unavailable',
    more: { reason: 'group' },
    fields: fields('group'),
  })
  expect(await stored()).toEqual([])
  await db.updateTable('conversations').set({ type: 'direct' }).where('id', '=', chat).execute()
  await db.updateTable('conversations').set({ contact_id: contact }).where('id', '=', there).execute()
  await asked(chat, another)
  await asked(chat, own)
  expect(await stored()).toEqual([
    { conversation_id: there, channel_id: another },
    { conversation_id: chat, channel_id: own },
  ])
})
