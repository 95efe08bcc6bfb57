import { type RawBuilder, sql } from 'kysely'
import type { ConversationId, MessageId } from '../../../contract/ids.ts'
import type { Message } from '../../../contract/message.ts'
import { presentMessages } from './messages.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest } from './page.ts'
import { escapeLike, likeAnywhere } from './text.ts'
import { isOneOf, type Reads, type Viewer } from './viewer.ts'

export interface SearchHit {
  message: Message
  conversation_name: string
}
interface Key {
  readonly id: MessageId
  /** Microseconds since the epoch. */
  readonly at: string
}

/** So many of the newest messages are read through before the index is asked. */
const readThrough = 10_000
/** Of more channels than this the index is asked at once. */
const mostMerged = 100

/** Messages with these words in them, anywhere in the viewer's chats, the latest first. Two letters are looked for where words begin. */
export async function searchMessages(
  db: Reads,
  viewer: Viewer,
  { q, conversationId }: { q: string; conversationId?: ConversationId },
  { cursor, limit = defaultLimit }: PageRequest,
): Promise<Page<SearchHit>> {
  const place = [
    ...(conversationId === undefined ? [] : [sql`conversation_id = ${conversationId}`]),
    ...(cursor === undefined ? [] : [isBefore(cursor)]),
  ]
  const says = sql`text <> '' and ${hasWords(q)}`
  const keys = await findKeys(db, { place, says, channels: viewer.channels, limit: limit + 1 })
  const messages = await presentMessages(
    db,
    viewer,
    keys.slice(0, limit).map((key) => key.id),
  )
  const names = await conversationNames(
    db,
    [...messages.values()].map((message) => message.conversation_id),
  )
  return pageOf(
    keys,
    limit,
    (last) => encodeCursor([last.at, last.id]),
    (shown) =>
      shown.flatMap(({ id }) => {
        const message = messages.get(id)
        return message === undefined ? [] : [{ message, conversation_name: names.get(message.conversation_id) ?? '' }]
      }),
  )
}

interface Sought {
  readonly place: readonly RawBuilder<unknown>[]
  readonly says: RawBuilder<unknown>
  readonly channels: readonly string[]
  readonly limit: number
}

/**
 * A word that many messages have is found soon among the newest ones; a word that few have is found by the index. PostgreSQL cannot
 * tell one from the other (it took 460,000 hits for 102), so both are tried, in this order.
 */
async function findKeys(db: Reads, { place, says, channels, limit }: Sought): Promise<Key[]> {
  if (channels.length === 0) return []
  const where = sql.join([sql`true`, ...place], sql` and `)
  const latestFirst = sql`order by sent_at desc, id desc`
  const key = sql`id, (extract(epoch from sent_at) * 1000000)::bigint::text as at`
  const found = channels.length > mostMerged ? [] : await db.selectFrom(newest().as('found')).selectAll().execute()
  return found.length === limit ? found : db.selectFrom(all().as('found')).selectAll().execute()

  /** Channel by channel, each by its index, merged as they are read: no further than needed. */
  function newest(): RawBuilder<Key> {
    const newestFirst = sql`${latestFirst} limit ${readThrough}`
    const ofEach = channels.map((id) => sql`(select id, sent_at, text from messages where channel_id = ${id} and ${where} ${newestFirst})`)
    return sql`(select ${key} from (select * from (${sql.join(ofEach, sql` union all `)}) each ${newestFirst}) m
      where ${says} ${latestFirst} limit ${limit})`
  }

  function all(): RawBuilder<Key> {
    return sql`(with hits as materialized (select id, sent_at from messages where ${where} and ${says} and channel_id = any(${channels}::text[]))
      select ${key} from hits ${latestFirst} limit ${limit})`
  }
}

function isBefore(cursor: string): RawBuilder<boolean> {
  const [at, id] = decodeCursor(cursor, ['micros', 'id'])
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
