import { sql } from 'kysely'
import type { ExcludedChat } from '../../../contract/copying.ts'
import type { ChannelId, ConversationId } from '../../../contract/ids.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest, present } from './page.ts'
import type { Reads } from './viewer.ts'

/** The chats of a number that are kept out. Who may know is decided before. */
export async function listExcludedChats(
  db: Reads,
  channel: ChannelId,
  { cursor, limit = defaultLimit }: PageRequest,
): Promise<Page<ExcludedChat>> {
  let query = db
    .selectFrom('conversations as c')
    .leftJoin('contacts as p', 'p.id', 'c.contact_id')
    .leftJoin('left_out_chats as l', (join) => join.onRef('l.channel_id', '=', 'c.channel_id').onRef('l.external_id', '=', 'c.external_id'))
    .select(['c.id', 'c.name', 'c.excluded_at', 'p.name as contact_name', 'p.phone'])
    .select(sql<number>`coalesce(l.messages, 0)::int`.as('left_out'))
    .where('c.channel_id', '=', channel)
    .where('c.excluded_at', 'is not', null)
    .orderBy('c.id')
    .limit(limit + 1)
  if (cursor !== undefined) query = query.where('c.id', '>', decodeCursor(cursor, ['id'])[0] as ConversationId)
  const rows = await query.execute()
  return pageOf(
    rows,
    limit,
    (last) => encodeCursor([last.id]),
    (shown) =>
      shown.map((row) => ({
        conversation_id: row.id,
        name: row.name || row.contact_name || row.phone || '',
        ...present('phone', row.phone),
        excluded_at: (row.excluded_at ?? new Date(0)).toISOString(),
        left_out: row.left_out,
      })),
  )
}
