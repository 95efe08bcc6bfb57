import { type RawBuilder, sql } from 'kysely'
import type { ConversationId, MessageId } from '../../../contract/ids.ts'
import type { Message } from '../../../contract/message.ts'
import { isOneOf, planAnew } from '../prepare.ts'
import { presentMessages } from './messages.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest } from './page.ts'
import { escapeLike, likeAnywhere } from './text.ts'
import type { Reads, Viewer } from './viewer.ts'

export interface SearchHit {
  message: Message
  conversation_name: string
}
interface Key {
  readonly id: MessageId
  /** Microseconds since the epoch. */
  readonly at: string
}

/** How far one search goes. Times are not measured: what is read is bounded, whatever the words are. */
export interface SearchBounds {
  /** So many of the newest messages are read through for a page of frequent words. */
  readonly readThrough: number
  /** So many of them are read at first, and the words counted in them, to tell whether they are frequent. */
  readonly sampled: number
}
const usual: SearchBounds = { readThrough: 10_000, sampled: 2_000 }
/** Of more channels than this the index is asked at once. */
const mostMerged = 100
/** A word that so large a share of the messages has is frequent: the index would bring more of them than it spares. */
const frequentShare = 0.005

/**
 * Messages with these words in them, anywhere in the viewer's chats, the latest first. Two letters are looked for where words begin. Where
 * every word is frequent but hardly ever stands beside the others, a page ends where it has read far enough: it may hold less than `limit`,
 * or nothing, and yet have more.
 */
export async function searchMessages(
  db: Reads,
  viewer: Viewer,
  { q, conversationId }: { q: string; conversationId?: ConversationId },
  { cursor, limit = defaultLimit }: PageRequest,
  bounds: SearchBounds = usual,
): Promise<Page<SearchHit>> {
  const inChat = conversationId === undefined ? [] : [sql`conversation_id = ${conversationId}`]
  const sought = { db, inChat, q, says: sql`text <> '' and ${hasWords(q)}`, channels: viewer.channels, limit: limit + 1, bounds }
  const [at, id] = cursor === undefined ? [] : decodeCursor(cursor, ['micros', 'id'])
  const { keys, end } = await findKeys(sought, at === undefined || id === undefined ? undefined : { at, id: id as MessageId })
  const messages = await presentMessages(
    db,
    viewer,
    keys.slice(0, limit).map((key) => key.id),
  )
  const names = await conversationNames(
    db,
    [...messages.values()].map((message) => message.conversation_id),
  )
  const page = pageOf(keys, limit, cursorOf, (shown) =>
    shown.flatMap(({ id: hit }) => {
      const message = messages.get(hit)
      return message === undefined ? [] : [{ message, conversation_name: names.get(message.conversation_id) ?? '' }]
    }),
  )
  return end === undefined ? page : { ...page, next_cursor: cursorOf(end), has_more: true }
}

function cursorOf({ at, id }: Key): string {
  return encodeCursor([at, id])
}

interface Sought {
  readonly db: Reads
  readonly inChat: readonly RawBuilder<unknown>[]
  readonly q: string
  readonly says: RawBuilder<unknown>
  readonly channels: readonly string[]
  readonly limit: number
  readonly bounds: SearchBounds
}
/** `end`: how far was looked, where there is more to look through. */
interface Found {
  readonly keys: readonly Key[]
  readonly end?: Key
}

const latestFirst = sql`order by sent_at desc, id desc`
const key = sql`id, (extract(epoch from sent_at) * 1000000)::bigint::text as at`

/**
 * Words that many messages have are found soon among the newest ones; a word that few have is found by the index. PostgreSQL cannot tell
 * one from the other (it took 460,000 hits for 102), so a few of the newest are read first, and where that is not enough, it is counted
 * there whether the words are frequent: then the index would read most of itself, and more of the newest are read instead.
 */
async function findKeys(sought: Sought, from: Key | undefined): Promise<Found> {
  const { db, channels, limit, bounds } = sought
  if (channels.length === 0) return { keys: [] }
  if (channels.length > mostMerged) return { keys: await byIndex(sought, from) }
  const quick = await amongNewest(sought, from, bounds.sampled)
  if (quick.length === limit) return { keys: quick }
  if (quick.length < limit / 4 && !(await areFrequent(sought))) return { keys: await byIndex(sought, from) }
  const keys = await amongNewest(sought, from, bounds.readThrough)
  const end = keys.length === limit ? undefined : await placeAfter(db, sought, from, bounds.readThrough)
  return { keys, ...(end === undefined ? {} : { end }) }
}

/** Channel by channel, each by its index, merged as they are read: no further than needed. */
function newest({ inChat, channels }: Sought, from: Key | undefined, columns: RawBuilder<unknown>, most: number): RawBuilder<unknown> {
  const where = sql.join([sql`true`, ...inChat, ...(from === undefined ? [] : [isBefore(from)])], sql` and `)
  const ofEach = channels.map(
    (id) => sql`(select ${columns} from messages where channel_id = ${id} and ${where} ${latestFirst} limit ${most})`,
  )
  return sql`(select * from (${sql.join(ofEach, sql` union all `)}) each ${latestFirst} limit ${most})`
}

async function amongNewest(sought: Sought, from: Key | undefined, count: number): Promise<Key[]> {
  const some = newest(sought, from, sql`id, sent_at, text`, count)
  const found = sql<Key>`(select ${planAnew} ${key} from ${some} m where ${sought.says} ${latestFirst} limit ${sought.limit})`
  return sought.db.selectFrom(found.as('found')).selectAll().execute()
}

async function byIndex({ db, inChat, says, channels, limit }: Sought, from: Key | undefined): Promise<Key[]> {
  const where = sql.join([says, ...inChat, ...(from === undefined ? [] : [isBefore(from)])], sql` and `)
  const found = sql<Key>`(with hits as materialized (select ${planAnew} id, sent_at from messages where ${where} and channel_id = any(${channels}::text[]))
    select ${key} from hits ${latestFirst} limit ${limit})`
  return db.selectFrom(found.as('found')).selectAll().execute()
}

/** The last of so many messages; undefined when there are fewer. */
async function placeAfter(db: Reads, sought: Sought, from: Key | undefined, count: number): Promise<Key | undefined> {
  const some = newest(sought, from, sql`id, sent_at`, count)
  const place = sql<Key>`(select ${planAnew} ${key} from ${some} m offset ${count - 1} limit 1)`
  return db.selectFrom(place.as('place')).selectAll().executeTakeFirst()
}

/** Whether each of the words, as far as the index knows them, is in many messages. */
async function areFrequent(sought: Sought): Promise<boolean> {
  const words = sought.q.split(/[^\p{L}\p{N}]+/u).filter((word) => Array.from(word).length > 1)
  if (words.length === 0) return false
  const { sampled } = sought.bounds
  const counts = words.map((word) => sql`count(*) filter (where lower(text) like lower(${likeAnywhere(word)}))`)
  const least = sql<{
    least: string
  }>`(select ${planAnew} least(${sql.join(counts)})::text as least from ${newest(sought, undefined, sql`id, sent_at, text`, sampled)} m)`
  const row = await sought.db.selectFrom(least.as('counted')).select('least').executeTakeFirst()
  return Number(row?.least ?? 0) >= sampled * frequentShare
}

function isBefore({ at, id }: Key): RawBuilder<boolean> {
  return sql`(sent_at, id) < (timestamptz 'epoch' + ${at}::bigint * interval '1 microsecond', ${id})`
}

/** Three letters or more are found by their trigrams; of two there is a trigram only at the start of a word. */
function hasWords(q: string): RawBuilder<boolean> {
  if (Array.from(q).length > 2) return sql`lower(text) like lower(${likeAnywhere(q)})`
  const start = escapeLike(q)
  return sql`(lower(text) like lower(${`${start}%`}) or lower(text) like lower(${`% ${start}%`}))`
}

async function conversationNames(db: Reads, ids: readonly ConversationId[]): Promise<ReadonlyMap<ConversationId, string>> {
  const rows = await db
    .selectFrom('conversations as c')
    .leftJoin('contacts as p', 'p.id', 'c.contact_id')
    .select([
      'c.id',
      sql<string>`coalesce(case when p.is_named and c.type = 'direct' then p.name end, nullif(c.name, ''), nullif(p.name, ''), p.phone, '')`.as(
        'name',
      ),
    ])
    .where(isOneOf('c.id', ids))
    .execute()
  return new Map(rows.map((row) => [row.id, row.name]))
}
