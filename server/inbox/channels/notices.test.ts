import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ChannelStatus } from '../../../contract/channel.ts'
import { createDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import type { ChannelId, ContactId, ConversationId, ExternalId, MessageId, UserId } from '../../../contract/ids.ts'
import { insertChannelOnce, updateChannel } from '../../db/channels.ts'
import { openDatabase } from '../../db/open.ts'
import type { Db } from '../../db/schema.ts'
import { newId } from '../../lib/clock.ts'
import { createChannels } from './channels.ts'
import { tellOfNumbers } from './notices.ts'
import { judgeTraffic } from './silence.ts'

let database: TestDatabase
let db: Db
let now: number
const id = 'chn_1' as ChannelId
const owner = 'usr_1' as UserId
const external = '380501112233' as ExternalId
const minute = 60_000
const week = 7 * 86_400_000

beforeEach(async () => {
  database = await createDatabase()
  db = openDatabase(database.connection)
  now = Date.parse('2026-11-22T15:00:00Z')
  const user = { id: owner, email: 'o@example.org', name: 'Олена', role: 'agent', external_id: null, password_hash: '' } as const
  await db
    .insertInto('users')
    .values({ ...user, created_at: new Date(now) })
    .execute()
  const who = { id, provider: 'matrix', external_id: external, account_id: null, phone: '+380501112233', name: 'Продажі' }
  const state = {
    status: 'connected',
    status_since: new Date(now),
    status_detail: null,
    phone_last_seen_at: null,
    deleted_at: null,
    copy: 'everything',
    copy_since: null,
    linked_at: null,
  } as const
  await db
    .transaction()
    .execute((tx) =>
      insertChannelOnce(tx, { ...who, ...state, access: 'personal', owner_id: owner, is_default: false }, new Date(now - 10 * week)),
    )
})
afterEach(async () => {
  await db.destroy()
  await database[Symbol.asyncDispose]()
})

/** What has been told, after whatever there is to tell was told by two processes at once. */
async function told() {
  const deps = { db, clock: () => now, newId }
  await Promise.all([tellOfNumbers(deps), tellOfNumbers(deps)])
  const rows = await db.selectFrom('notices').select(['type', 'status', 'since']).orderBy('id').execute()
  return rows.map(({ type, status, since }) => `${type} ${status} ${since?.toISOString().slice(11, 16)}`)
}

async function become(status: ChannelStatus): Promise<void> {
  await db.transaction().execute((tx) => updateChannel(tx, id, { status, status_since: new Date(now), status_detail: null }))
}

const channel = () => db.selectFrom('channels').select(['status', 'status_detail', 'status_since']).executeTakeFirstOrThrow()

test('a number that is not connected for five minutes is told of once, whatever it is meanwhile, and once when it is back', async () => {
  await become('degraded')
  now += 4 * minute
  await become('logged_out')
  expect(await told()).toEqual([])
  now += minute
  const fall = 'channel_down logged_out 15:00'
  expect(await told()).toEqual([fall])
  now += 60 * minute
  await become('connecting')
  expect(await told()).toEqual([fall])
  await become('connected')
  expect(await told()).toEqual([fall, 'channel_back connected 15:00'])

  now += minute
  await become('silent')
  now += minute
  await become('connected')
  now += 10 * minute
  expect(await told()).toHaveLength(2)
  await become('banned')
  now += 6 * minute
  expect((await told()).slice(2)).toEqual(['channel_down banned 16:17'])
  const events = await db.selectFrom('events').select(['type', 'channel_id', 'user_id']).execute()
  expect(events).toEqual(Array.from({ length: 3 }, () => ({ type: 'notice.created', channel_id: id, user_id: owner })))
})

test('what nobody has of a number any more is not told', async () => {
  await become('logged_out')
  await db
    .updateTable('channels')
    .set({ deleted_at: new Date(now) })
    .execute()
  now += 10 * minute
  expect(await told()).toEqual([])
})

test.each([
  { what: 'something always came at this time of the week', weeks: [1, 2, 3], status: 'silent' },
  { what: 'it came last week only', weeks: [1], status: 'connected' },
  { what: 'last week was as quiet', weeks: [2, 3], status: 'connected' },
])('nothing has come for hours, and $what: $status', async ({ weeks, status }) => {
  await chat()
  await db
    .updateTable('channels')
    .set({ last_inbound_at: new Date(now - 3 * 60 * minute), created_at: new Date(now - 3.5 * week) })
    .execute()
  for (const ago of weeks) for (const minutes of [150, 120, 90, 60, 30]) await inbound(now - ago * week - minutes * minute)
  await judge()
  expect((await channel()).status).toBe(status)
})

test('a number is not silent within two hours, and not any more when something comes', async () => {
  await chat()
  for (const ago of [1, 2, 3, 4]) for (let minutes = 5; minutes < 300; minutes += 10) await inbound(now - ago * week - minutes * minute)
  await db
    .updateTable('channels')
    .set({ last_inbound_at: new Date(now - 100 * minute) })
    .execute()
  await judge()
  expect((await channel()).status).toBe('connected')
  await db
    .updateTable('channels')
    .set({ last_inbound_at: new Date(now - 130 * minute) })
    .execute()
  await judge()
  expect(await channel()).toEqual({
    status: 'silent',
    status_detail: 'Nothing has come since 2026-11-22 12:50 UTC, and at this time of the week something always did',
    status_since: new Date(now),
  })

  // That the bridge goes on calling it connected proves nothing.
  const channels = createChannels({ db, clock: () => now, newId } as Parameters<typeof createChannels>[0])
  const says = (word: ChannelStatus) => ({ type: 'channel', channel: external, at: new Date(now).toISOString(), status: word }) as const
  now += minute
  await db.transaction().execute((tx) => channels.applyStatus(tx, 'matrix', says('connected'), new Date(now)))
  expect((await channel()).status).toBe('silent')
  await db
    .updateTable('channels')
    .set({ last_inbound_at: new Date(now) })
    .execute()
  await judge()
  expect(await channel()).toEqual({ status: 'connected', status_detail: null, status_since: new Date(now) })
})

test('what is sent and never confirmed makes a number silent, until something is', async () => {
  await chat()
  await sent('one', 'delivered', -60)
  await sent('two', 'sending', -10)
  await judge()
  expect(await channel()).toMatchObject({ status: 'silent', status_detail: expect.stringMatching(/sent since .* has been confirmed/) })
  await sent('three', 'sent', -5)
  await judge()
  expect((await channel()).status).toBe('connected')

  await sent('four', 'sending', -4)
  await db
    .updateTable('channels')
    .set({ last_inbound_at: new Date(now - minute) })
    .execute()
  await judge()
  expect((await channel()).status).toBe('connected')
  await sent('five', 'sending', 0)
  await become('restricted')
  await judge()
  expect((await channel()).status).toBe('restricted')
})

const judge = () => judgeTraffic({ db, clock: () => now }, 'matrix')
let messages = 0

async function chat(): Promise<void> {
  const at = { created_at: new Date(now), updated_at: new Date(now) }
  await db
    .insertInto('contacts')
    .values({ id: 'con_1' as ContactId, name: 'Петро', metadata: '{}', ...at })
    .execute()
  const what = { id: 'cnv_1' as ConversationId, channel_id: id, external_id: '!chat' as ExternalId, type: 'direct', name: '' } as const
  await db
    .insertInto('conversations')
    .values({ ...what, metadata: '{}', ...at })
    .execute()
}

async function say(direction: 'inbound' | 'outbound', at: number): Promise<MessageId> {
  messages += 1
  const message = { id: `msg_${messages}` as MessageId, conversation_id: 'cnv_1' as ConversationId, channel_id: id, direction }
  const what = { origin: direction === 'inbound' ? 'contact' : 'inbox', type: 'text', content: '{}', metadata: '{}', text: '' } as const
  await db
    .insertInto('messages')
    .values({ ...message, ...what, sent_at: new Date(at), received_at: new Date(at) })
    .execute()
  return message.id
}
const inbound = (at: number) => say('inbound', at)

/** `sending` is what the network has taken and said nothing more of in time. */
async function sent(attempt: string, status: 'sending' | 'sent' | 'delivered', minutes: number): Promise<void> {
  const at = new Date(now + minutes * minute)
  const message_id = await say('outbound', at.getTime())
  const doubt = { unconfirmed_since: status === 'sending' ? at : null, external_id: `$${attempt}` as ExternalId }
  await db
    .insertInto('send_attempts')
    .values({ id: attempt, message_id, channel_id: id, number: 1, status, ...doubt, created_at: at })
    .execute()
}
