import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ChannelId, ContactId, ConversationId, ExternalId, MessageId } from '../../../contract/ids.ts'
import { createDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { defer, insertBatchOnce } from '../../db/inbound.ts'
import { openDatabase } from '../../db/open.ts'
import type { Db } from '../../db/schema.ts'
import { listSuspicions, raiseSuspicion } from '../../db/watches.ts'
import { silentLog } from '../../lib/log.ts'
import type { Json, Provider, Watch } from '../../providers/provider.ts'
import { type Guard, startGuard } from './guard.ts'

let database: TestDatabase
let db: Db
let guard: Guard
let now: number
/** What the guard has done, in order. */
let deeds: string[]
/** What the network does when it is made to push. */
let onSing: () => Promise<void>
let onAudit: () => Promise<void>
let pushes = 0

const times = { quietMs: 15_000, lateMs: 5_000, sweepRestMs: 15_000 }
const watch: Watch = {
  stream: 'push',
  onSign: () => () => {},
  listen: (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
  async sing(place) {
    deeds.push(`sing in ${JSON.stringify(place)}`)
    await onSing()
    return { room: 'here' }
  },
  async nudge() {
    deeds.push('nudge')
  },
  isMissed: (waitsFor) => waitsFor.startsWith('room:'),
  lookUp: (account, { conversation, message }) => ({ kind: 'look_up', key: message, account, payload: { conversation } }),
}
const provider = { name: 'matrix' } as Provider

beforeEach(async () => {
  database = await createDatabase()
  db = openDatabase(database.connection)
  now = Date.parse('2026-11-22T10:00:00Z')
  deeds = []
  onSing = pushed
  onAudit = () => Promise.resolve()
  guard = begin()
  await step(0)
  await step(1_000)
  // The first push makes a sweep of its own; both are looked at by themselves below.
  await pushed()
  await step(1_000)
  await step(14_000)
  await pushed()
  await step(0)
  if ((await open()).length > 0) throw new Error('the first suspicions were not answered')
  deeds.splice(2)
})
afterEach(async () => {
  await guard.stop()
  await db.destroy()
  await database[Symbol.asyncDispose]()
})

function begin(): Guard {
  const audit = async (accounts?: readonly string[]) => {
    deeds.push(`audit ${accounts?.join() ?? 'all'}`)
    await onAudit()
  }
  return startGuard({ db, clock: () => now, log: silentLog, times, audit }, provider, watch)
}

/** Time passes, and the guard looks; a sweep that it has begun has a while to come to its end. */
async function step(ms: number): Promise<void> {
  now += ms
  await guard.look(AbortSignal.timeout(10_000))
  for (const until = performance.now() + 500; performance.now() < until && (await open()).length > 0;)
    await new Promise((resolve) => setTimeout(resolve, 5))
}

async function pushed(): Promise<void> {
  pushes += 1
  await insertBatchOnce(db, 'matrix', { stream: 'push', key: `push ${pushes}`, body: '{}' }, new Date(now))
}

const open = async () => (await listSuspicions(db, 'matrix')).map(({ reason }) => reason)
const sweeps = () => deeds.filter((deed) => deed === 'audit all').length

test('who begins to guard asks for everything once, and then the network pushes when it is asked to', async () => {
  expect(deeds).toEqual(['nudge', 'audit all'])
  for (let seconds = 0; seconds < 60; seconds += 3) await step(3_000)
  // A push was seen only when it was asked for, so one is asked for again and again, at the same place.
  expect(deeds.slice(2)).toEqual(['sing in null', 'sing in {"room":"here"}', 'sing in {"room":"here"}'])
  await pushed()
  await step(14_000)
  expect(deeds).toHaveLength(5)
})

test('the first push makes one more sweep: until then the homeserver may have dropped what it tells only once', async () => {
  await guard.stop()
  deeds = []
  guard = begin()
  await step(0)
  expect(sweeps()).toBe(1)
  await pushed()
  await step(1_000)
  expect(await open()).toEqual(['Pushes have come again'])
  await step(14_000)
  expect([sweeps(), await open()]).toEqual([2, []])
  await pushed()
  await step(14_000)
  expect(sweeps()).toBe(2)
})

test('what is not pushed in time is suspected, and everything is asked for again and again until something is pushed', async () => {
  onSing = () => Promise.resolve()
  await step(15_000)
  await step(4_000)
  expect(await open()).toEqual([])
  await step(1_000)
  expect([sweeps(), await open()]).toEqual([2, ['What the homeserver was asked to push has not come']])
  await step(14_000)
  expect(sweeps()).toBe(2)
  await step(1_000)
  expect(sweeps()).toBe(3)
  onSing = pushed
  await step(15_000)
  expect((await open()).length).toBe(1)
  await step(15_000)
  expect(await open()).toEqual([])
  const enough = sweeps()
  for (let rounds = 0; rounds < 5; rounds += 1) await step(14_000)
  expect(sweeps()).toBe(enough)
})

test('a network that cannot be made to push is suspected at once, in words', async () => {
  onSing = () => Promise.reject(new Error('M_UNKNOWN_TOKEN'))
  await step(15_000)
  expect(await open()).toEqual(['The homeserver could not be made to push anything: M_UNKNOWN_TOKEN'])
  expect(sweeps()).toBe(2)
})

test('a swarm of signs is one sweep; what is raised while it runs makes one more, after a rest', async () => {
  const audits: (() => void)[] = []
  onAudit = () => new Promise((resolve) => audits.push(resolve))
  await step(15_000)
  for (let times = 0; times < 5; times += 1) await raiseSuspicion(db, 'matrix', 'a sign', new Date(now))
  await step(1_000)
  expect(sweeps()).toBe(2)
  await raiseSuspicion(db, 'matrix', 'a sign meanwhile', new Date(now))
  await step(10_000)
  expect(await open()).toEqual(['a sign'])
  audits[0]?.()
  await step(0)
  await step(20_000)
  // It took 10 seconds, so the next one waits for four times as long.
  expect([sweeps(), (await open()).length]).toEqual([2, 1])
  await step(20_000)
  expect(sweeps()).toBe(3)
  audits[1]?.()
  await step(0)
  expect(await open()).toEqual([])
})

test('a sweep that fails is made again', async () => {
  await step(15_000)
  onAudit = () => Promise.reject(new Error('away'))
  await raiseSuspicion(db, 'matrix', 'a sign', new Date(now))
  await step(1_000)
  expect(await open()).toEqual(['a sign'])
  onAudit = () => Promise.resolve()
  await step(16_000)
  expect([sweeps(), await open()]).toEqual([3, []])
})

test('something of a chat that is not known for a while makes a sweep, once; a number that waits to be linked does not', async () => {
  const wait = (waitsFor: string, raw: Json) => defer(db as never, 'matrix', [{ waitsFor, raw }], new Date(now))
  await step(60_000)
  await wait('login:380501112233', {})
  for (let rounds = 0; rounds < 4; rounds += 1) await step(31_000)
  expect(sweeps()).toBe(1)
  await wait('room:unknown', {})
  for (let rounds = 0; rounds < 8; rounds += 1) await step(31_000)
  expect(sweeps()).toBe(2)
})

test('a tick for a message that is not here makes an audit of its account; what was sent without a word is looked up after a sweep', async () => {
  await linkNumber()
  await step(60_000)
  const pending = { channel_id: 'chn_1' as ChannelId, target: '$missed' as ExternalId, event: '{}', received_at: new Date(now) }
  await db.insertInto('pending_relations').values(pending).execute()
  for (let rounds = 0; rounds < 4; rounds += 1) await step(31_000)
  expect(deeds.filter((deed) => deed.startsWith('audit'))).toEqual(['audit all', 'audit acc_1'])

  await send('msg_1', '$sent', 'sending', 60_000)
  await send('msg_2', '$proven', 'sent', 60_000)
  await send('msg_3', null, 'sending', 60_000)
  await send('msg_4', '$fresh', 'sending', 1_000)
  await raiseSuspicion(db, 'matrix', 'a sign', new Date(now))
  await step(1_000)
  expect(await db.selectFrom('jobs').select(['kind', 'key', 'payload']).execute()).toEqual([
    { kind: 'matrix.look_up', key: '$sent', payload: { account: '@me', payload: { conversation: '!chat' } } },
  ])
})

async function linkNumber(): Promise<void> {
  const at = new Date(now)
  await db
    .insertInto('accounts')
    .values({
      id: 'acc_1',
      provider: 'matrix',
      owner_type: 'channel',
      owner_id: 'chn_1',
      name: 'one',
      external_id: '@me' as ExternalId,
      sealed: '{}',
      created_at: at,
    })
    .execute()
  const channel = { id: 'chn_1' as ChannelId, external_id: '380501112233' as ExternalId, phone: '+380501112233', name: 'Sales' }
  const state = { status: 'connected', status_since: at, created_at: at } as const
  await db
    .insertInto('channels')
    .values({ ...channel, provider: 'matrix', account_id: 'acc_1', access: 'shared', owner_id: null, ...state })
    .execute()
  const contact = { id: 'con_1' as ContactId, name: 'Olena', metadata: '{}', created_at: at, updated_at: at }
  await db.insertInto('contacts').values(contact).execute()
  const chat = {
    id: 'cnv_1' as ConversationId,
    channel_id: 'chn_1' as ChannelId,
    external_id: '!chat' as ExternalId,
    type: 'direct',
  } as const
  await db
    .insertInto('conversations')
    .values({ ...chat, name: '', metadata: '{}', created_at: at, updated_at: at })
    .execute()
}

async function send(id: string, external: string | null, status: 'sending' | 'sent', agoMs: number): Promise<void> {
  const at = new Date(now - agoMs)
  const message = { id: id as MessageId, conversation_id: 'cnv_1' as ConversationId, channel_id: 'chn_1' as ChannelId }
  const what = { direction: 'outbound', origin: 'inbox', type: 'text', content: '{}', metadata: '{}', status } as const
  await db
    .insertInto('messages')
    .values({ ...message, ...what, text: '', sent_at: at, received_at: at })
    .execute()
  const attempt = { id: `attempt of ${id}`, message_id: id as MessageId, channel_id: 'chn_1' as ChannelId, number: 1, status }
  await db
    .insertInto('send_attempts')
    .values({ ...attempt, external_id: external as ExternalId | null, unconfirmed_since: null, created_at: at })
    .execute()
}
