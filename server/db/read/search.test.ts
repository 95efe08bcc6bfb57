import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiKeyId, ChannelId, MessageId } from '../../../contract/ids.ts'
import { createDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { addChannel, addChat, addMessage } from '../../../tests/support/http.ts'
import { openDatabase } from '../open.ts'
import type { Db } from '../schema.ts'
import { searchMessages } from './search.ts'

let database: TestDatabase
let db: Db
let channels: ChannelId[]
const hits: MessageId[] = []
const bounds = { readThrough: 50, sampled: 40 }

/** Two words are everywhere; they stand side by side in every 60th message, the oldest of all among them. */
beforeAll(async () => {
  database = await createDatabase()
  db = openDatabase(database.connection)
  channels = [await addChannel(db), await addChannel(db)]
  const chats = await Promise.all(channels.map((channel) => addChat(db, channel)))
  const start = Date.parse('2026-11-22T10:00:00Z')
  for (let n = 0; n < 400; n += 1) {
    const at = n % 2
    const text = n % 60 === 0 ? `добрий день ${n}` : n === 7 ? 'рідкість' : `день такий добрий ${n}`
    const message = {
      channel: channels[at]!,
      conversation: chats[at]!.id,
      contact: chats[at]!.contact,
      text,
      sentAt: new Date(start + n * 1_000),
    }
    const id = await addMessage(db, message)
    if (n % 60 === 0) hits.unshift(id)
  }
})
afterAll(async () => {
  await db.destroy()
  await database.drop()
})

const search = (q: string, page: { cursor?: string; limit?: number } = {}) =>
  searchMessages(db, { id: 'key_1' as ApiKeyId, isAdmin: false, channels }, { q }, page, bounds)

test.each([1, 2, 50])(
  'frequent words that are seldom together are found all, once and in order, by pages of %i that read so far and no further',
  async (limit) => {
    const found: MessageId[] = []
    let pages = 0
    for (let cursor: string | undefined; ;) {
      const page = await search('добрий день', { limit, ...(cursor === undefined ? {} : { cursor }) })
      pages += 1
      found.push(...page.items.map((hit) => hit.message.id))
      expect([page.items.length <= Math.min(limit, 2), page.has_more]).toEqual([true, page.next_cursor !== undefined])
      if (page.next_cursor === undefined) break
      cursor = page.next_cursor
    }
    expect(found).toEqual(hits)
    expect(pages).toBeGreaterThanOrEqual(4)
  },
)

test('a rare word is found at once, however old it is', async () => {
  const page = await search('рідкість')
  expect([page.items.length, page.has_more]).toEqual([1, false])
})

test('a word that is in most messages fills its page at once', async () => {
  const page = await search('день', { limit: 10 })
  expect([page.items.length, page.has_more]).toEqual([10, true])
})
