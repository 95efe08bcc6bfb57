import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ConversationId, MessageId } from '../../../contract/ids.ts'
import { countReceipts } from '../../db/receipts.ts'
import { openOutgoing, type Outgoing } from '../fixtures/outgoing.ts'
import { enqueue } from '../sending/send.ts'

let out: Outgoing
let group: ConversationId

const person = (n: number) => ({ id: `@whatsapp_38067000000${n}:x.org`, isUs: false, displayName: `Person ${n}` })

beforeEach(async () => {
  out = await openOutgoing()
  group = (await out.chat()).id
  await out.db.updateTable('conversations').set({ type: 'group', contact_id: null }).where('id', '=', group).execute()
  await out.hear(group, { type: 'conversation', kind: 'group', members: [1, 2, 3].map(person) })
  out.start()
})
afterEach(() => out[Symbol.asyncDispose]())

const find = (id: MessageId) =>
  out.db.selectFrom('messages').select(['status', 'receipts', 'external_id']).where('id', '=', id).executeTakeFirstOrThrow()

async function say(text: string): Promise<MessageId> {
  out.now += 1_000
  const id = await enqueue(out.deps, out.agent, group, { text })
  await out.until(text, async () => (await find(id)).status === 'sent')
  out.now += 1_000
  return id
}

async function readBy(n: number, target: MessageId): Promise<void> {
  const { external_id } = await find(target)
  await out.hear(group, { type: 'receipt', target: external_id, upTo: true, state: 'read', from: person(n) })
}

async function count(): Promise<void> {
  while (await countReceipts(out.db, new Date(out.now + 60_000)));
}

const told = () => out.db.selectFrom('events').select('object_id').where('type', '=', 'message.updated').execute()

test('a message of a group is read when all have read it, and who has is known before', async () => {
  const [first, second] = [await say('one'), await say('two')]
  await readBy(1, second)
  await count()
  expect(await find(first)).toMatchObject({ status: 'sent', receipts: { delivered: 1, read: 1, of: 3 } })
  await readBy(2, first)
  await readBy(3, first)
  await count()
  expect(await find(first)).toMatchObject({ status: 'read', receipts: { delivered: 3, read: 3, of: 3 } })
  expect(await find(second)).toMatchObject({ status: 'sent', receipts: { delivered: 1, read: 1, of: 3 } })
})

test('many receipts of a moment are one line of the feed for each message, and the same receipt again is none', async () => {
  const id = await say('to all')
  await count()
  const before = (await told()).length
  for (const n of [1, 2, 1, 2]) await readBy(n, id)
  await count()
  expect((await told()).length).toBe(before + 1)
  await readBy(1, id)
  await count()
  expect((await told()).length).toBe(before + 1)
})

test('who goes without having read is waited for no more; who comes later is not counted', async () => {
  const id = await say('to those who are here')
  await readBy(1, id)
  await out.hear(group, { type: 'member', person: person(4), joined: true })
  await readBy(2, id)
  await count()
  expect(await find(id)).toMatchObject({ status: 'sent', receipts: { read: 2, of: 3 } })
  await out.hear(group, { type: 'member', person: person(3), joined: false })
  await count()
  expect(await find(id)).toMatchObject({ status: 'read', receipts: { read: 2, of: 2 } })
})

test('what the network takes only after it was read is read by those who had read', async () => {
  const id = await say('first')
  const late = await enqueue(out.deps, out.agent, group, { text: 'late' })
  await out.until('late', async () => (await find(late)).status === 'sent')
  await out.db.updateTable('messages').set({ status: 'sending' }).where('id', '=', late).execute()
  await out.db.updateTable('send_attempts').set({ status: 'sending' }).where('message_id', '=', late).execute()
  await out.db
    .updateTable('conversation_members')
    .set({ read_up_to: new Date(out.now + 1_000), read_at: new Date(out.now + 1_000) })
    .where('external_id', '=', person(1).id as never)
    .execute()
  const { external_id } = await find(late)
  await out.hear(group, { type: 'receipt', target: external_id, upTo: false, state: 'sent' })
  await count()
  expect(await find(late)).toMatchObject({ status: 'sent', receipts: { read: 1, of: 3 } })
  expect((await find(id)).receipts).toBeNull()
})

test('where it is not known who is in a group, those are counted who are told of', async () => {
  await out.db.deleteFrom('conversation_members').execute()
  const id = await say('to whomever')
  const { external_id } = await find(id)
  const receipt = { type: 'receipt', target: external_id, upTo: false, from: person(1) }
  await out.hear(group, { ...receipt, state: 'delivered' })
  await out.hear(group, { ...receipt, state: 'read' })
  await out.hear(group, { ...receipt, state: 'delivered', from: person(2) })
  await count()
  expect(await find(id)).toMatchObject({ status: 'sent', receipts: { delivered: 2, read: 1 } })
  expect((await find(id)).receipts).not.toHaveProperty('of')
})
