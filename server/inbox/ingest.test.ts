import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ChannelId, ExternalId } from '../../contract/ids.ts'
import { createDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { openDatabase } from '../db/open.ts'
import type { Db } from '../db/schema.ts'
import { transact } from '../db/transact.ts'
import { newId } from '../lib/clock.ts'
import { silentLog } from '../lib/log.ts'
import type { InboundEvent, InboundMessage, Parsed, Provider } from '../providers/provider.ts'
import { createChannels } from './channels/channels.ts'
import { drain, type IngestDeps } from './ingest.ts'
import { createKeep } from './intake.ts'
import { redriveDeadLetter, redriveDeadLetters } from './operations.ts'
import { noNumbers } from '../../tests/support/fake-provider.ts'

let database: TestDatabase
let db: Db
let deps: IngestDeps
let batches = 0
const channelId = 'chn_1' as ChannelId
const channel = '380501112233' as ExternalId
const room = '!room' as ExternalId
const start = Date.parse('2026-11-22T10:00:00Z')

/** A provider whose batches already say what they mean: a `Parsed` as JSON, or the raws that were deferred. */
const provider: Provider = {
  name: 'matrix',
  numbers: noNumbers,
  intake: {
    factKeys: (batch) => (batch.stream === 'deferred' ? ['room:late'] : []),
    parse(batch, facts) {
      const body: unknown = JSON.parse(batch.body)
      const nothing: Parsed = { items: [], facts: [], tasks: [], resolved: [] }
      if (!Array.isArray(body)) return { ...nothing, ...(body as Partial<Parsed>) }
      return { ...nothing, items: facts.has('room:late') ? (body as InboundEvent[]) : [] }
    },
  },
  connect: () => {
    throw new Error('nothing is sent here')
  },
  run: () => Promise.reject(new Error('no task runs here')),
}

beforeEach(async () => {
  database = await createDatabase()
  db = openDatabase(database.connection)
  deps = { db, clock: () => start, newId, log: silentLog, applyChannelStatus: () => Promise.resolve(), applyPhone: async () => [] }
  const now = new Date(start)
  await db
    .insertInto('channels')
    .values({
      id: channelId,
      provider: 'matrix',
      external_id: channel,
      account_id: null,
      phone: '+380501112233',
      name: 'Sales',
      access: 'shared',
      owner_id: null,
      status: 'connected',
      status_since: now,
      status_detail: null,
      last_inbound_at: null,
      phone_last_seen_at: null,
      deleted_at: null,
      created_at: now,
    })
    .execute()
})
afterEach(async () => {
  await db.destroy()
  await database.drop()
})

const at = (second: number) => new Date(start - 3_600_000 + second * 1_000).toISOString()
const customer = { id: '@whatsapp_lid-1:x' as ExternalId, isUs: false, phone: '+380671234567', displayName: 'Олена' }
const message = (n: number, more: Partial<InboundMessage> = {}): InboundMessage => ({
  type: 'message',
  channel,
  conversation: room,
  at: at(n),
  id: `$${n}` as ExternalId,
  sender: customer,
  content: { type: 'text', text: `text ${n}` },
  forwarded: false,
  history: false,
  ...more,
})

async function keep(parsed: Partial<Parsed>): Promise<void> {
  await createKeep({ db, clock: () => start, wake: () => {} })('matrix', {
    stream: 'push',
    key: `k${(batches += 1)}`,
    body: JSON.stringify(parsed),
  })
}
async function drainAll(): Promise<void> {
  while (await drain(deps, provider));
}
const texts = async () => (await db.selectFrom('messages').select('text').orderBy('sent_at').orderBy('id').execute()).map((row) => row.text)

test('a message makes its contact, its conversation and its lines on the feed, in one go', async () => {
  await keep({ items: [message(1), message(2)] })
  await drainAll()
  expect(await texts()).toEqual(['text 1', 'text 2'])
  const conversation = await db.selectFrom('conversations').selectAll().executeTakeFirstOrThrow()
  expect(conversation).toMatchObject({ unread_count: 2, name: '', type: 'direct', status: 'open' })
  const contact = await db.selectFrom('contacts').selectAll().executeTakeFirstOrThrow()
  expect(contact).toMatchObject({ name: 'Олена', phone: '+380671234567' })
  const events = await db.selectFrom('events').select('type').orderBy('xid').orderBy('id').execute()
  expect(events.map((event) => event.type)).toEqual([
    'contact.created',
    'conversation.created',
    'message.created',
    'conversation.updated',
    'message.created',
    // How far the import has come.
    'channel.updated',
  ])
})

test('whatever is delivered twice, shuffled and split, is there once, in order', async () => {
  const events = Array.from({ length: 12 }, (_, index) => message(index))
  await fc.assert(
    fc
      .asyncProperty(fc.array(fc.shuffledSubarray(events, { minLength: 1 }), { minLength: 1, maxLength: 4 }), async (deliveries) => {
        for (const items of [...deliveries, events]) await keep({ items })
        await drainAll()
        expect(await texts()).toEqual(events.map((_, index) => `text ${index}`))
      })
      .afterEach(async () => {
        await db.deleteFrom('messages').execute()
      }),
    { numRuns: 10 },
  )
})

test('messages of one second stand in the order that the network tells, whatever of them came first', async () => {
  const second = { at: at(0) }
  const events = Array.from({ length: 12 }, (_, index) => message(index, second))
  const told = (some: readonly InboundMessage[], last?: InboundMessage) =>
    some.map((one, index) => ({ ...one, ...present(some[index + 1] ?? last) }))
  const present = (next: InboundMessage | undefined) => (next === undefined ? {} : { next: next.id })
  await fc.assert(
    fc
      .asyncProperty(fc.subarray(events), fc.integer({ min: 1, max: 12 }), fc.boolean(), async (pushed, page, isTogether) => {
        await keep({ items: told(pushed) })
        await drainAll()
        // What was missed comes backwards, page by page, and several pages may be read at once.
        for (let end = events.length; end > 0; end -= page) {
          await keep({ items: told(events.slice(Math.max(0, end - page), end), events[end]) })
          if (!isTogether) await drainAll()
        }
        await drainAll()
        expect(await texts()).toEqual(events.map((_, index) => `text ${index}`))
        const conversation = await db.selectFrom('conversations').select(['unread_count', 'last_message_id']).executeTakeFirstOrThrow()
        const last = await db.selectFrom('messages').select('id').orderBy('sent_at', 'desc').orderBy('id', 'desc').executeTakeFirstOrThrow()
        expect(conversation).toEqual({ unread_count: 12, last_message_id: last.id })
      })
      .afterEach(async () => {
        await db.deleteFrom('messages').execute()
        await db.deleteFrom('conversations').execute()
      }),
    { numRuns: 20 },
  )
})

test('a message is not drawn to one of another second that follows it, such as one of ours that had to wait', async () => {
  await keep({ items: [message(3)] })
  await keep({ items: [message(1, { at: at(5) }), message(2, { at: at(5), next: '$3' as ExternalId })] })
  await drainAll()
  expect(await texts()).toEqual(['text 3', 'text 1', 'text 2'])
})

test('what comes late and was answered already is not unread, and what was said after our words stays so', async () => {
  const typed = (n: number) => message(n, { sender: { ...customer, isUs: true } })
  const unread = async () => (await db.selectFrom('conversations').select('unread_count').executeTakeFirstOrThrow()).unread_count
  await keep({ items: [message(5), typed(6), message(7)] })
  await drainAll()
  expect(await unread()).toBe(1)
  await keep({ items: [message(1), typed(2), message(3)] })
  await drainAll()
  expect(await unread()).toBe(1)
  await keep({ items: [message(8), message(9)] })
  await drainAll()
  expect(await unread()).toBe(3)
})

test('who writes into a closed conversation opens it, and that is written down once', async () => {
  await keep({ items: [message(1)] })
  await drainAll()
  await db.updateTable('conversations').set({ status: 'closed' }).execute()
  await keep({ items: [message(2), message(3)] })
  await drainAll()
  expect(await db.selectFrom('activities').select(['kind', 'actor_id']).execute()).toEqual([{ kind: 'reopened', actor_id: null }])
})

test('history is not unread, an answer from the phone reads what was before it', async () => {
  await keep({ items: [message(1, { history: true }), message(2), message(3, { sender: { ...customer, isUs: true } }), message(4)] })
  await drainAll()
  const rows = await db.selectFrom('messages').select(['direction', 'origin', 'status']).orderBy('sent_at').execute()
  expect(rows).toEqual([
    { direction: 'inbound', origin: 'history', status: null },
    { direction: 'inbound', origin: 'contact', status: null },
    { direction: 'outbound', origin: 'phone', status: 'sent' },
    { direction: 'inbound', origin: 'contact', status: null },
  ])
  expect(await db.selectFrom('conversations').select('unread_count').executeTakeFirstOrThrow()).toEqual({ unread_count: 1 })
})

test('edits, reactions and deletions find their message even when they come first', async () => {
  const base = { channel, conversation: room, target: '$1' as ExternalId }
  const edit: InboundEvent = {
    ...base,
    type: 'edit',
    id: '$e' as ExternalId,
    at: at(5),
    sender: customer,
    content: { type: 'text', text: 'mended' },
    silent: false,
  }
  const reaction: InboundEvent = { ...base, type: 'reaction', id: '$r' as ExternalId, at: at(6), sender: customer, emoji: '👍' }
  await keep({ items: [edit, reaction] })
  await drainAll()
  await keep({ items: [message(1)] })
  await drainAll()
  expect(await texts()).toEqual(['mended'])
  expect(await db.selectFrom('reactions').select('emoji').execute()).toEqual([{ emoji: '👍' }])

  const stranger = { ...customer, id: '@whatsapp_lid-2:x' as ExternalId, phone: '+380670000000' }
  await keep({ items: [{ ...edit, id: '$f' as ExternalId, at: at(7), sender: stranger, content: { type: 'text', text: 'forged' } }] })
  await keep({ items: [{ ...base, type: 'delete', id: '$d1' as ExternalId, target: '$r' as ExternalId, at: at(8), by: customer }] })
  await drainAll()
  expect(await texts()).toEqual(['mended'])
  expect(await db.selectFrom('reactions').select('emoji').execute()).toEqual([])

  await keep({ items: [{ ...base, type: 'delete', id: '$d2' as ExternalId, at: at(9), by: customer }] })
  await drainAll()
  expect(await db.selectFrom('messages').select(['type', 'text']).execute()).toEqual([{ type: 'deleted', text: '' }])
})

test('an event that the database refuses becomes a dead letter and its neighbours stand', async () => {
  await keep({ items: [message(1), message(2, { at: '1 is no time' }), message(3, { content: { type: 'text', text: 'nul \0 byte' } })] })
  await drainAll()
  expect(await texts()).toEqual(['text 1', 'nul \u{FFFD} byte'])
  expect(await db.selectFrom('dead_letters').select('error').execute()).toHaveLength(1)
  expect(await redriveDeadLetters({ ...deps, wakeIngest: () => {} })).toEqual({ redriven: 0, left: 1, reread: 0 })
  const { id } = await db.selectFrom('dead_letters').select('id').executeTakeFirstOrThrow()
  expect(await redriveDeadLetter({ ...deps, wakeIngest: () => {} }, id)).toBe(false)
})

test('a batch on which the reading itself breaks is put aside whole, holds nobody up, and is redriven when it can be read', async () => {
  await keep({ items: [message(1)] })
  await createKeep({ db, clock: deps.clock, wake: () => {} })('matrix', { stream: 'push', key: 'broken', body: '{"items":' })
  await keep({ items: [message(2)] })
  await drainAll()
  expect(await texts()).toEqual(['text 1', 'text 2'])
  expect(await db.selectFrom('dead_letters').select('raw').execute()).toEqual([{ raw: { batch: { stream: 'push', body: '{"items":' } } }])

  const mended = JSON.stringify({ items: [message(3)] })
  await db
    .updateTable('dead_letters')
    .set({ raw: JSON.stringify({ batch: { stream: 'push', body: mended } }) })
    .execute()
  expect(await redriveDeadLetters({ ...deps, wakeIngest: () => {} })).toEqual({ redriven: 1, left: 0, reread: 0 })
  await drainAll()
  expect(await texts()).toEqual(['text 1', 'text 2', 'text 3'])
})

test('what cannot be read yet waits for its fact, what cannot be read at all is kept and redriven', async () => {
  await keep({ items: [{ type: 'deferred', waitsFor: 'room:late', raw: message(1) as never }] })
  await keep({ items: [{ type: 'dead', error: 'broken', raw: message(2) as never }] })
  await drainAll()
  expect(await texts()).toEqual([])
  await keep({ facts: [{ key: 'room:late', value: {} }], resolved: ['room:late'] })
  await drainAll()
  expect(await texts()).toEqual(['text 1'])
  const { id } = await db.selectFrom('dead_letters').select('id').executeTakeFirstOrThrow()
  expect(await redriveDeadLetter({ ...deps, wakeIngest: () => {} }, id)).toBe(true)
  await expect(redriveDeadLetter({ ...deps, wakeIngest: () => {} }, id)).rejects.toMatchObject({ code: 'not_found' })
  await drainAll()
  expect(await texts()).toEqual(['text 1', 'text 2'])
})

test('a number that is linked while its events are being put aside still brings them back', async () => {
  await db
    .insertInto('accounts')
    .values({
      id: 'acc_1',
      provider: 'matrix',
      owner_type: 'channel',
      owner_id: channelId,
      name: 'x',
      external_id: null,
      sealed: '{}',
      created_at: new Date(start),
    })
    .execute()
  const attached = () => ({ facts: [{ key: 'room:late', value: {} }], resolved: ['room:late'] })
  const linking = {
    provider: { ...provider, numbers: { ...noNumbers, attached } },
    account: { id: 'acc_1', owner: { type: 'channel' as const, id: channelId }, link: { external: '@x:x' as ExternalId, secrets: {} } },
    phone: { external: channel, phone: '+380501112233', name: 'Sales', status: 'connected' as const },
  }
  const channels = createChannels({
    db,
    clock: () => start,
    newId,
    findProvider: () => undefined,
    accounts: { find: () => Promise.resolve(undefined) },
    forget: () => Promise.resolve(),
  })
  let linked: Promise<unknown> = Promise.resolve()
  const meanwhile: IngestDeps = {
    ...deps,
    async applyChannelStatus() {
      linked = transact(db, (tx) => channels.attach(tx, linking))
      await Promise.race([linked, sleep(300)])
    },
  }
  await keep({
    items: [
      { type: 'deferred', waitsFor: 'room:late', raw: message(1) as never },
      { type: 'channel', channel, at: at(0), status: 'connected' },
    ],
  })
  await drain(meanwhile, provider)
  await linked
  await drainAll()
  expect(await texts()).toEqual(['text 1'])
})

test('a batch longer than one transaction is applied whole, also when the process dies in between', async () => {
  const events = Array.from({ length: 1_200 }, (_, index) => message(index))
  await keep({ items: events })
  let transactions = 0
  const dying: IngestDeps = {
    ...deps,
    clock: () => {
      transactions += 1
      if (transactions === 2) throw Object.assign(new Error('the connection is gone'), { code: '57P01' })
      return start
    },
  }
  await expect(drain(dying, provider)).rejects.toThrow('gone')
  expect(await texts()).toHaveLength(500)
  await drainAll()
  expect(await texts()).toHaveLength(1_200)
})

test('two processes that drain at once apply everything once', async () => {
  for (let n = 0; n < 30; n++) await keep({ items: [message(n)] })
  const other = openDatabase(database.connection)
  await Promise.all([
    drainAll(),
    (async () => {
      while (await drain({ ...deps, db: other }, provider));
    })(),
  ])
  await drainAll()
  await other.destroy()
  expect(await texts()).toHaveLength(30)
})
