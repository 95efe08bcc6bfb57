import { sql } from 'kysely'
import type { ConversationCounts } from '../../../contract/conversation.ts'
import { planAnew } from '../prepare.ts'
import type { Reads, Viewer } from './viewer.ts'

/** Open conversations that the viewer may see, by view; answered from an index alone (`conversations_open`). */
export async function countConversations(db: Reads, viewer: Viewer): Promise<ConversationCounts> {
  const count = (which: ReturnType<typeof sql>) => sql<number>`count(*) filter (where ${which})::int`
  const isMine = sql`assignee_id = ${viewer.id}`
  const isNobodys = sql`assignee_id is null`
  const isUnread = sql`unread_count > 0`
  return db
    .selectFrom('conversations')
    .modifyFront(planAnew)
    .select([
      count(isMine).as('mine'),
      count(isNobodys).as('unassigned'),
      count(sql`true`).as('all'),
      count(sql`${isMine} and ${isUnread}`).as('unread_mine'),
      count(sql`${isNobodys} and ${isUnread}`).as('unread_unassigned'),
      count(isUnread).as('unread_all'),
    ])
    .where('status', '=', sql.lit('open'))
    .where('excluded_at', 'is', null)
    .where(sql<boolean>`channel_id = any(${viewer.channels}::text[])`)
    .executeTakeFirstOrThrow()
}
