import { sql } from 'kysely'
import type { MessageId } from '../../../contract/ids.ts'
import type { MessageVersion } from '../../../contract/message.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest } from './page.ts'
import type { Reads } from './viewer.ts'

/** What a message said before, the oldest first; nothing of one that is deleted, or about to be. Whoever asks may see the message. */
export async function listVersions(
  db: Reads,
  message: MessageId,
  { cursor, limit = defaultLimit }: PageRequest,
): Promise<Page<MessageVersion>> {
  const after = cursor === undefined ? null : decodeCursor(cursor, ['micros'])[0]
  const place = sql<string>`(extract(epoch from v.written_at) * 1000000)::bigint`
  const rows = await db
    .selectFrom('message_versions as v')
    .innerJoin('messages as m', 'm.id', 'v.message_id')
    .select(['v.text', 'v.written_at', place.as('place')])
    .where('v.message_id', '=', message)
    .where('m.deleted_at', 'is', null)
    .where(sql<boolean>`(${after}::bigint is null or ${place} > ${after}::bigint)`)
    .orderBy('v.written_at')
    .limit(limit + 1)
    .execute()
  return pageOf(
    rows,
    limit,
    (last) => encodeCursor([last.place]),
    (shown) => shown.map(({ text, written_at }) => ({ text, written_at: written_at.toISOString() })),
  )
}
