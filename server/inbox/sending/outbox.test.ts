import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ChannelId, ConversationId, ExternalId, MessageId, UserId } from '../../../contract/ids.ts'
import { createDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { plainLimits } from '../../../tests/support/fake-provider.ts'
import { openDatabase } from '../../db/open.ts'
import type { Db } from '../../db/schema.ts'
import { newAttemptId, newId } from '../../lib/clock.ts'
import { SendError } from '../../lib/errors.ts'
import { silentLog } from '../../lib/log.ts'
import type { Worker } from '../../lib/worker.ts'
import type { Connection, OutboundMessage, Provider, Receipt, Sent } from '../../providers/provider.ts'
import type { UserActor } from '../people/access.ts'
import { applyEvents } from '../apply/apply.ts'
import type { FindLine } from '../channels/connections.ts'
import { unmoved } from '../fixtures/routing.ts'
import { startOutbox } from './outbox.ts'
import { enqueue, retry, type SendDeps } from './send.ts'

let database: TestDatabase
let db: Db
let now = Date.parse('2026-11-22T10:00:00Z')
let send: (message: OutboundMessage) => Promise<Sent>
let sent: OutboundMessage[]
let workers: Worker[]
const channelId = 'chn_1' as ChannelId
const channel = '380501112233' as ExternalId
const room = '!room' as ExternalId
const conversation = 'cnv_1' as ConversationId
const agent: UserActor = { kind: 'user', id: 'usr_1' as UserId, name: 'Ірина', role: 'agent' }

const connection: Connection = {
  send: async (message) => {
    sent.push(message)
    return send(message)
  },
  fetchMedia: () => Promise.reject(new Error('no media here')),
  limitsKey: (id) => `room:${id}`,
  limits: () => plainLimits,
}
const findLine: FindLine = async () => ({
  channel: { id: channelId, external_id: channel, provider: 'matrix', account_id: 'a', account: '@a:x.org' as never, isOpen: true },
  connection,
  provider: {} as Provider,
})
const voiceNotes = {
  canConvert: async () => false,
  isReady: async () => false,
  prepare: () => Promise.reject(new Error('no recordings here')),
}
const deps = (): SendDeps => ({
  ...unmoved,
  db,
  clock: () => now,
  newId,
  newAttemptId,
  findLine,
  voiceNotes,
  fetchUpload: () => Promise.reject(new Error('no uploads here')),
})

beforeEach(async () => {
  database = await createDatabase()
  db = openDatabase(database.connection)
  sent = []
  workers = []
  send = async (message) => ({ id: `$${message.attempt}` as ExternalId, state: 'sending', proofMs: 90_000 })
  const time = new Date(now)
  await db
    .insertInto('users')
    .values({ id: agent.id, email: 'a@b.c', name: agent.name, role: 'agent', external_id: null, password_hash: '', created_at: time })
    .execute()
  await db
    .insertInto('channels')
    .values({
      id: channelId,
      provider: 'matrix',
      external_id: channel,
      account_id: null,
      phone: '+380',
      name: 'S',
      access: 'shared',
      owner_id: null,
      status: 'connected',
      status_since: time,
      status_detail: null,
      last_inbound_at: null,
      phone_last_seen_at: null,
      deleted_at: null,
      created_at: time,
    })
    .execute()
  for (const [id, external] of [
    [conversation, room],
    ['cnv_2', '!other'],
  ] as const) {
    await db
      .insertInto('conversations')
      .values({
        id: id as ConversationId,
        channel_id: channelId,
        external_id: external as ExternalId,
        type: 'direct',
        name: '',
        contact_id: null,
        snoozed_until: null,
        assignee_id: null,
        read_up_to: null,
        last_message_id: null,
        last_message_at: null,
        last_inbound_at: null,
        metadata: '{}',
        created_at: time,
        updated_at: time,
      })
      .execute()
  }
})
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()))
  await db.destroy()
  await database.drop()
})

function start(): Worker {
  const worker = startOutbox({
    db,
    clock: () => now,
    newId,
    log: silentLog,
    findLine,
    openFile: () => {
      throw new Error('no files here')
    },
    voiceNotes,
  })
  workers.push(worker)
  return worker
}
const write = (text: string, to = conversation): Promise<MessageId> => enqueue(deps(), agent, to, { text })
const rows = () =>
  db.selectFrom('messages').select(['text', 'status', 'attempt', 'unconfirmed_since', 'external_id', 'error']).orderBy('id').execute()
async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (await condition()) return
    for (const worker of workers) worker.wake()
    await sleep(25)
  }
  throw new Error(`waited in vain; rows: ${JSON.stringify(await rows())}`)
}
async function hear(receipt: Partial<Receipt> & Pick<Receipt, 'target' | 'state'>): Promise<void> {
  const event: Receipt = { type: 'receipt', channel, conversation: room, at: new Date(now).toISOString(), upTo: false, ...receipt }
  await db
    .transaction()
    .execute((tx) =>
      applyEvents({ newId, applyChannelStatus: () => Promise.resolve(), applyPhone: async () => [] }, tx, 'matrix', [event], new Date(now)),
    )
}
const idOf = (index: number) => `$${sent[index]?.attempt}` as ExternalId

test('a conversation sends in order, one at a time, and waits for no other conversation', async () => {
  for (const text of ['1', '2', '3']) await write(text)
  await write('other', 'cnv_2' as ConversationId)
  start()
  await until(() => sent.length === 2)
  await sleep(100)
  const inLane = () => sent.filter((message) => message.conversation === room)
  const texts = () => inLane().map((message) => message.text)
  const heard = (index: number) => `$${inLane()[index]?.attempt}` as ExternalId
  expect(texts()).toEqual(['1'])
  await hear({ target: heard(0), state: 'sent' })
  await until(() => sent.length === 3)
  await hear({ target: heard(1), state: 'delivered' })
  await until(() => sent.length === 4)
  expect(texts()).toEqual(['1', '2', '3'])
})

test('a receipt that comes before the answer to the send is not lost', async () => {
  send = async (message) => {
    const id = `$${message.attempt}` as ExternalId
    await hear({ target: id, state: 'delivered' })
    await hear({ target: id, state: 'read', upTo: true, from: { id: '@ghost' as ExternalId, isUs: false } })
    return { id, state: 'sending', proofMs: 90_000 }
  }
  await write('hello')
  start()
  await until(async () => (await rows())[0]?.status === 'read')
  expect(await db.selectFrom('outbox').selectAll().execute()).toEqual([])
})

test('a receipt that is being put down while the answer to the send is, too, is not lost', async () => {
  const answered = Promise.withResolvers<void>()
  send = async (message) => {
    await answered.promise
    return { id: `$${message.attempt}` as ExternalId, state: 'sending', proofMs: 90_000 }
  }
  await write('hello')
  start()
  await until(() => sent.length === 1)
  await db.transaction().execute(async (tx) => {
    const event: Receipt = {
      type: 'receipt',
      channel,
      conversation: room,
      at: new Date(now).toISOString(),
      upTo: false,
      target: idOf(0),
      state: 'delivered',
    }
    await applyEvents(
      { newId, applyChannelStatus: () => Promise.resolve(), applyPhone: async () => [] },
      tx,
      'matrix',
      [event],
      new Date(now),
    )
    answered.resolve()
    await sleep(200)
  })
  await until(async () => (await rows())[0]?.status !== 'sending')
  expect(await rows()).toMatchObject([{ text: 'hello', status: 'delivered' }])
})

test('read comes before sent is told: the later word still ends as read', async () => {
  await write('1')
  await write('2')
  start()
  await until(() => sent.length === 1)
  await until(async () => (await rows())[0]?.external_id !== null)
  await hear({ target: idOf(0), state: 'sent' })
  await until(async () => (await rows())[1]?.external_id !== null)
  await hear({ target: idOf(1), state: 'read', upTo: true })
  await hear({ target: idOf(1), state: 'sent' })
  expect((await rows()).map((row) => row.status)).toEqual(['read', 'read'])
})

test('the same attempt is made again after a passing failure, and only then', async () => {
  let failures = 2
  send = async (message) => {
    if (failures-- > 0) throw new SendError('provider_unavailable', 'away', { certain: true, retryAfterMs: 0 })
    return { id: `$${message.attempt}` as ExternalId, state: 'sent', proofMs: 0 }
  }
  await write('hello')
  start()
  await until(async () => (await rows())[0]?.status === 'sent')
  expect(new Set(sent.map((message) => message.attempt)).size).toBe(1)
  expect(sent).toHaveLength(3)
})

test('a certain failure fails with its reason and lets the next go; a person sends it again as a new attempt', async () => {
  send = async () => {
    throw new SendError('provider_rejected', 'refused', { certain: true, retryAfterMs: null })
  }
  const id = await write('hello')
  start()
  await until(async () => (await rows())[0]?.status === 'failed')
  expect((await rows())[0]?.error).toMatchObject({ code: 'provider_rejected', detail: 'refused' })
  send = async (message) => ({ id: `$${message.attempt}` as ExternalId, state: 'sent', proofMs: 0 })
  await retry(deps(), agent, id)
  await until(async () => (await rows())[0]?.status === 'sent')
  expect((await rows())[0]).toMatchObject({ attempt: 2, error: null })
  expect(sent[0]?.attempt).not.toBe(sent[1]?.attempt)
  await expect(retry(deps(), agent, id)).rejects.toMatchObject({ code: 'conflict' })
  await hear({ target: idOf(1), state: 'failed', error: { code: 'provider_rejected', detail: 'late', retryable: true, certain: true } })
  expect((await rows())[0]).toMatchObject({ status: 'failed', error: { detail: 'late' } })
})

test('doubt is said, never resent, and the lane goes on; proof ends it', async () => {
  send = async (message) => {
    if (message.text === 'doubtful') throw new SendError('outcome_unknown', 'lost the answer', { certain: false, retryAfterMs: null })
    return { id: `$${message.attempt}` as ExternalId, state: 'sending', proofMs: 1_000 }
  }
  await write('doubtful')
  await write('silent')
  await write('after')
  start()
  await until(() => sent.length === 2)
  expect((await rows())[0]).toMatchObject({ status: 'sending' })
  expect((await rows())[0]?.unconfirmed_since).not.toBeNull()
  await until(async () => (await rows())[1]?.external_id !== null)
  now += 2_000
  await until(() => sent.length === 3)
  expect((await rows())[1]?.unconfirmed_since).not.toBeNull()
  await hear({ target: idOf(1), state: 'delivered' })
  expect((await rows())[1]).toMatchObject({ status: 'delivered', unconfirmed_since: null })
  await sleep(100)
  expect(sent).toHaveLength(3)
})

test('what a dead process had in hand is sent again by the next, with the same attempt', async () => {
  let hang = true
  send = (message) =>
    hang ? new Promise(() => {}) : Promise.resolve({ id: `$${message.attempt}` as ExternalId, state: 'sent', proofMs: 0 })
  await write('hello')
  const dead = startOutbox({
    db,
    clock: () => now,
    newId,
    log: silentLog,
    findLine,
    openFile: () => {
      throw new Error('no files here')
    },
    voiceNotes,
  })
  await until(() => sent.length === 1)
  hang = false
  now += 30_000
  start()
  await until(async () => (await rows())[0]?.status === 'sent')
  expect(sent.map((message) => message.attempt)).toEqual([sent[0]?.attempt, sent[0]?.attempt])
  void dead
})

test.each([
  [{ text: '' }, 'invalid_request'],
  [{ text: 'x'.repeat(101) }, 'unsupported'],
  [{ type: 'poll' as const, poll: { question: 'q', options: ['a', 'b'], max_choices: 1 } }, 'unsupported'],
  [{ type: 'image' as const }, 'invalid_request'],
  [{ text: 'x', reply_to_id: 'msg_0' as MessageId }, 'invalid_request'],
])('%j is refused with %s and nothing is stored', async (input, code) => {
  await expect(enqueue(deps(), agent, conversation, input)).rejects.toMatchObject({ code })
  expect(await rows()).toEqual([])
})
