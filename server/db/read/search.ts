import { type RawBuilder, sql } from 'kysely'
import type { ConversationId } from '../../../contract/ids.ts'
import type { Message } from '../../../contract/message.ts'
import { presentMessages } from './messages.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest } from './page.ts'
import { escapeLike, likeAnywhere } from './text.ts'
import { isOneOf, type Reads, type Viewer } from './viewer.ts'

export interface SearchHit {
  message: Message
  conversation_name: string
}

/** Messages with these words in them, anywhere in the viewer's chats, the latest first. Two letters are looked for where words begin. */
export async function searchMessages(
  db: Reads,
  viewer: Viewer,
  { q, conversationId }: { q: string; conversationId?: ConversationId },
  { cursor, limit = defaultLimit }: PageRequest,
): Promise<Page<SearchHit>> {
  let query = db
    .selectFrom('messages as m')
    .select(['m.id', sql<string>`(extract(epoch from m.sent_at) * 1000000)::bigint`.as('at')])
    .where('m.text', '<>', '')
    .where(says(q))
    .where(isOneOf('m.channel_id', viewer.channels))
    .orderBy('m.sent_at', 'desc')
    .orderBy('m.id', 'desc')
    .limit(limit + 1)
  if (conversationId !== undefined) query = query.where('m.conversation_id', '=', conversationId)
  if (cursor !== undefined) {
    const [at, id] = decodeCursor(cursor, ['micros', 'id'])
    query = query.where(sql<boolean>`(m.sent_at, m.id) < (timestamptz 'epoch' + ${at}::bigint * interval '1 microsecond', ${id})`)
  }
  const keys = await query.execute()
  const ids = keys.slice(0, limit).map((key) => key.id)
  const messages = await presentMessages(db, viewer, ids)
  const names = await conversationNames(db, [...messages.values()].map((message) => message.conversation_id))
  return pageOf(keys, limit, (last) => encodeCursor([last.at, last.id]), (shown) =>
    shown.flatMap(({ id }) => {
      const message = messages.get(id)
      return message === undefined ? [] : [{ message, conversation_name: names.get(message.conversation_id) ?? '' }]
    }),
  )
}

/** Three letters or more are found by their trigrams; of two there is a trigram only at the start of a word. */
function says(q: string): RawBuilder<boolean> {
  if ([...q].length > 2) return sql`lower(m.text) like lower(${likeAnywhere(q)})`
  const start = escapeLike(q)
  return sql`(lower(m.text) like lower(${`${start}%`}) or lower(m.text) like lower(${`% ${start}%`}))`
}

async function conversationNames(db: Reads, ids: readonly ConversationId[]): Promise<ReadonlyMap<ConversationId, string>> {
  const rows = await db
    .selectFrom('conversations as c')
    .leftJoin('contacts as p', 'p.id', 'c.contact_id')
    .select(['c.id', sql<string>`coalesce(nullif(c.name, ''), nullif(p.name, ''), p.phone, '')`.as('name')])
    .where(isOneOf('c.id', ids))
    .execute()
  return new Map(rows.map((row) => [row.id, row.name]))
}
