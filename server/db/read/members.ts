import { sql } from 'kysely'
import type { Member } from '../../../contract/conversation.ts'
import type { ContactId, ConversationId } from '../../../contract/ids.ts'
import { isOneOf } from '../prepare.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest, present } from './page.ts'
import type { Reads } from './viewer.ts'

/** Who is in a group besides us, each person once. Whoever asks may see the group. */
export async function listMembers(db: Reads, group: ConversationId, { cursor, limit = defaultLimit }: PageRequest): Promise<Page<Member>> {
  const after = cursor === undefined ? null : (decodeCursor(cursor, ['id'])[0] as ContactId)
  const rows = await db
    .selectFrom('contacts as c')
    .leftJoin('media as p', (join) => join.onRef('p.id', '=', 'c.picture_id').on('p.status', '=', 'ready'))
    .select(['c.id', 'c.name', 'c.phone', 'p.id as picture_id'])
    .where(sql<boolean>`c.id in (select contact_id from conversation_members where conversation_id = ${group})`)
    .where(sql<boolean>`(${after}::text is null or c.id > ${after})`)
    .orderBy('c.id')
    .limit(limit + 1)
    .execute()
  return pageOf(
    rows,
    limit,
    (last) => encodeCursor([last.id]),
    (shown) =>
      shown.map((row) => ({
        contact_id: row.id,
        name: row.name,
        ...present('phone', row.phone),
        ...present('avatar_url', row.picture_id === null ? null : pictureUrl(row.picture_id)),
      })),
  )
}

/** Where a picture is, as soon as its bytes are here. */
export function pictureUrl(id: string): string {
  return `/api/v1/media/${id}`
}

/** How many people are in each of these groups besides us. */
export async function countMembers(db: Reads, groups: readonly ConversationId[]): Promise<ReadonlyMap<ConversationId, number>> {
  if (groups.length === 0) return new Map()
  const rows = await db
    .selectFrom('conversation_members')
    .select(['conversation_id', sql<number>`count(distinct contact_id)::int`.as('count')])
    .where(isOneOf('conversation_id', groups))
    .groupBy('conversation_id')
    .execute()
  return new Map(rows.map((row) => [row.conversation_id, row.count]))
}
