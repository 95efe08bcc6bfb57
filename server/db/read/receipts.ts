import { sql } from 'kysely'
import type { ContactId, MessageId } from '../../../contract/ids.ts'
import type { Receipt } from '../../../contract/message.ts'
import { pictureUrl } from './members.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest, present, presentTime } from './page.ts'
import type { Reads } from './viewer.ts'

interface Row {
  readonly id: ContactId
  readonly delivered_at: Date
  readonly read_at: Date | null
  /** Microseconds since the epoch, by which they stand. */
  readonly place: string
}

/** Where those stand who have not read it, as far as is known. */
const never = '99999999999999999'

/** Who has got a message of ours in a group, those who read it first before the others. Whoever asks may see the message. */
export async function listReceipts(db: Reads, message: MessageId, { cursor, limit = defaultLimit }: PageRequest): Promise<Page<Receipt>> {
  const [afterTime, afterId] = cursor === undefined ? [null, null] : decodeCursor(cursor, ['micros', 'id'])
  const people = sql<Row>`(select coalesce(c.merged_into, c.id) as id, min(r.delivered_at) as delivered_at, min(r.read_at) as read_at,
      coalesce((extract(epoch from min(r.read_at)) * 1000000)::bigint, ${never}::bigint) as place
    from message_receipts r join contacts c on c.id = r.contact_id where r.message_id = ${message} group by 1)`
  const rows = await db
    .selectFrom(people.as('q'))
    .innerJoin('contacts as p', 'p.id', 'q.id')
    .leftJoin('media as f', (join) => join.onRef('f.id', '=', 'p.picture_id').on('f.status', '=', 'ready'))
    .select(['q.id', 'p.name', 'p.phone', 'f.id as picture_id', 'q.delivered_at', 'q.read_at', 'q.place'])
    .where(sql<boolean>`(${afterTime}::bigint is null or (q.place, q.id) > (${afterTime}::bigint, ${afterId}::text))`)
    .orderBy('q.place')
    .orderBy('q.id')
    .limit(limit + 1)
    .execute()
  return pageOf(
    rows,
    limit,
    (last) => encodeCursor([last.place, last.id]),
    (shown) =>
      shown.map((row) => ({
        contact_id: row.id,
        name: row.name,
        ...present('phone', row.phone),
        ...present('avatar_url', row.picture_id === null ? null : pictureUrl(row.picture_id)),
        delivered_at: row.delivered_at.toISOString(),
        ...presentTime('read_at', row.read_at),
      })),
  )
}
