import { sql } from 'kysely'
import type { Activity } from '../../../contract/activity.ts'
import type { ConversationId } from '../../../contract/ids.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest, present, presentTime } from './page.ts'
import type { Reads } from './viewer.ts'

/** What was done with a conversation, the latest first. Whoever asks may see the conversation. */
export async function listActivities(
  db: Reads,
  conversation: ConversationId,
  { cursor, limit = defaultLimit }: PageRequest,
): Promise<Page<Activity>> {
  const before = cursor === undefined ? null : decodeCursor(cursor, ['micros'])[0]
  const rows = await db
    .selectFrom('activities as a')
    .leftJoin('users as u', (join) => join.on(sql<boolean>`u.id = a.actor_id`))
    .leftJoin('api_keys as k', (join) => join.on(sql<boolean>`k.id = a.actor_id`))
    .leftJoin('users as t', (join) => join.on(sql<boolean>`t.id = a.assignee_id`))
    .select(['a.id', 'a.at', 'a.actor_id', 'a.kind', 'a.assignee_id', 'a.until', 'a.added', 'a.removed', 't.name as assignee_name'])
    .select(sql<string>`coalesce(u.name, k.name, '')`.as('actor_name'))
    .where('a.conversation_id', '=', conversation)
    .where(sql<boolean>`(${before}::bigint is null or a.id < ${before}::bigint)`)
    .orderBy('a.id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageOf(
    rows,
    limit,
    (last) => encodeCursor([last.id]),
    (shown) =>
      shown.map((row) => ({
        id: row.id,
        at: row.at.toISOString(),
        ...present('actor', row.actor_id === null ? null : { id: row.actor_id, name: row.actor_name }),
        kind: row.kind,
        ...present('assignee', row.assignee_id === null ? null : { id: row.assignee_id, name: row.assignee_name ?? '' }),
        ...presentTime('until', row.until),
        ...(row.added.length === 0 ? {} : { added: row.added }),
        ...(row.removed.length === 0 ? {} : { removed: row.removed }),
      })),
  )
}
