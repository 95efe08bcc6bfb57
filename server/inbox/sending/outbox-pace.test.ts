import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ConversationId, MessageId } from '../../../contract/ids.ts'
import type { Message } from '../../../contract/message.ts'
import { presentChannels } from '../../db/read/channels.ts'
import { getMessage } from '../../db/read/messages.ts'
import { transact } from '../../db/transact.ts'
import { updateChannel } from '../../db/channels.ts'
import { releaseHeld } from '../../db/outbox.ts'
import { viewerOf } from '../people/access.ts'
import { react } from './deeds.ts'
import { openOutgoing, type Outgoing } from '../fixtures/outgoing.ts'
import { enqueue } from './send.ts'

let out: Outgoing
beforeEach(async () => {
  out = await openOutgoing()
})
afterEach(() => out[Symbol.asyncDispose]())

const minute = 60_000
const hour = 60 * minute
const shown = async (id: MessageId): Promise<Message> => getMessage(out.db, await viewerOf(out.db, out.agent), id)
const channel = async () => (await presentChannels(out.db, await viewerOf(out.db, out.agent), [out.channel]))[0]!
const texts = () => out.sent.map((said) => ('text' in said ? said.text : said.type))
const write = (to: ConversationId, text: string) => enqueue(out.deps, out.agent, to, { text })
async function pace(limits: { messages_per_minute?: number; new_chats_per_day?: number }): Promise<void> {
  await transact(out.db, async (tx) => {
    await updateChannel(tx, out.channel, limits)
    await releaseHeld(tx, out.channel, new Date(out.now))
  })
}

test('20 a minute by itself: what is above waits, says why and until when, and goes then', async () => {
  const { id } = await out.chat()
  const other = await out.chat()
  for (let index = 1; index <= 22; index += 1) await write(id, `${index}`)
  await write(other.id, 'elsewhere')
  out.start()
  await out.until('the first 20', () => out.sent.length === 20)
  const waiting = await Promise.all(
    (await out.db.selectFrom('messages').select('id').where('status', '=', 'queued').orderBy('id').execute()).map((row) => shown(row.id)),
  )
  await out.until('the rest to wait', async () =>
    (await Promise.all(waiting.map((one) => shown(one.id)))).every((one) => one.held !== undefined),
  )
  expect(await channel()).toMatchObject({ queued_count: 3, pace: { messages_per_minute: 20, new_chats_per_day: 30 } })
  for (const { id: waits } of waiting) {
    const message = await shown(waits)
    expect(message).toMatchObject({
      status: 'queued',
      held: { reason: 'messages_per_minute', detail: expect.stringContaining('20 messages a minute') },
    })
    expect(Date.parse(message.held!.until) - out.now).toBeGreaterThan(0)
    expect(Date.parse(message.held!.until) - out.now).toBeLessThanOrEqual(minute)
  }
  out.now += minute + 1_000
  await out.until('the rest', () => out.sent.length === 23)
  expect(texts().filter((text) => text !== 'elsewhere')).toEqual(Array.from({ length: 22 }, (_, index) => `${index + 1}`))
  expect(await channel()).toMatchObject({ queued_count: 0 })
})

test('the count survives a restart, and two processes keep the pace together', async () => {
  await pace({ messages_per_minute: 3 })
  const chats = await Promise.all(Array.from({ length: 8 }, () => out.chat()))
  for (const { id } of chats) await write(id, 'hello')
  const first = out.start()
  await out.until('the first three', () => out.sent.length === 3)
  await first.stop()
  out.start()
  out.start()
  await out.until(
    'the others to wait',
    async () => (await out.db.selectFrom('outbox').select('held_for').execute()).filter((row) => row.held_for !== null).length === 5,
  )
  expect(out.sent).toHaveLength(3)
  out.now += minute + 1_000
  await out.until('three more', () => out.sent.length === 6)
  await out.until('the last two to wait again', async () =>
    (await out.db.selectFrom('outbox').selectAll().execute()).every((row) => row.state === 'queued' && row.held_for !== null),
  )
  expect(out.sent).toHaveLength(6)
})

test('after a long sleep what was promised does not go all at once', async () => {
  await pace({ messages_per_minute: 2 })
  const chats = await Promise.all(Array.from({ length: 6 }, () => out.chat()))
  for (const { id } of chats) await write(id, 'hello')
  const worker = out.start()
  await out.until('the first two', () => out.sent.length === 2)
  await out.until(
    'the others to wait',
    async () => (await out.db.selectFrom('outbox').selectAll().execute()).filter((row) => row.held_for !== null).length === 4,
  )
  await worker.stop()
  out.now += hour
  out.start()
  await out.until('two more', () => out.sent.length === 4)
  await out.until('the rest to wait', async () =>
    (await out.db.selectFrom('outbox').selectAll().execute()).every((row) => row.held_for !== null && row.not_before.getTime() > out.now),
  )
  expect(out.sent).toHaveLength(4)
})

test('new chats are counted by the day; chats that are there go on, and deeds wait for nothing', async () => {
  await pace({ messages_per_minute: 600, new_chats_per_day: 2 })
  const chats = await Promise.all(Array.from({ length: 3 }, () => out.chat({ silent: true })))
  const ids: MessageId[] = []
  for (const { id } of chats) ids.push(await write(id, 'Добрий день'))
  const old = await out.chat()
  out.start()
  await out.until('the third to wait', async () => (await shown(ids[2]!)).held !== undefined)
  expect((await shown(ids[2]!)).held).toMatchObject({ reason: 'new_chats_per_day', detail: expect.stringContaining('2 new chats a day') })
  expect(Date.parse((await shown(ids[2]!)).held!.until) - out.now).toBeGreaterThan(23 * hour)
  await write(chats[0]!.id, 'ще одне')
  await write(old.id, 'у старому')
  await react(out.deps, out.agent, old.messages[0]!, '👍')
  await out.until('what begins nothing', () => out.sent.length === 5)
  expect(texts()).not.toContain(undefined)
  out.now += 24 * hour + 1_000
  await out.until('the third', async () => (await shown(ids[2]!)).status === 'sent')
})

test('an admin’s other pace holds at once for what waits', async () => {
  await pace({ messages_per_minute: 1 })
  const chats = await Promise.all(Array.from({ length: 4 }, () => out.chat()))
  for (const { id } of chats) await write(id, 'hello')
  out.start()
  await out.until('one', () => out.sent.length === 1)
  await out.until(
    'three to wait',
    async () => (await out.db.selectFrom('outbox').selectAll().execute()).filter((row) => row.held_for !== null).length === 3,
  )
  await pace({ messages_per_minute: 60 })
  await out.until('all', () => out.sent.length === 4)
  expect(await channel()).toMatchObject({ queued_count: 0, pace: { messages_per_minute: 60 } })
})
