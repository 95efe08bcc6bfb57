import { type RawBuilder, sql } from 'kysely'
import type { EventType } from '../../contract/event.ts'
import type { ChannelId, UserId } from '../../contract/ids.ts'
import { notice } from './notify.ts'
import { columnList, recordset } from './rows.ts'
import type { Tx } from './schema.ts'

/** One line of the change feed. Who may see it follows from the channel, or from the user for a login. */
export interface Change {
  readonly type: EventType
  readonly objectId: string
  readonly channelId?: ChannelId
  readonly userId?: UserId
}

/** Puts changes on the feed in the transaction that makes them. The same change twice in one call is one. */
export async function appendEvents(tx: Tx, changes: readonly Change[], now: Date): Promise<void> {
  if (changes.length > 0) await sql`with ${telling(changes, now)} select ${notice('feed')}`.execute(tx)
}

/** The same as a part of a `with`, for the statement that makes them; it is to end with the notice that the feed has grown. */
export function telling(changes: readonly Change[], now: Date): RawBuilder<unknown> {
  const distinct = new Map(changes.map((change) => [`${change.type} ${change.objectId}`, change]))
  const rows = [...distinct.values()].map(({ type, objectId, channelId, userId }) => ({
    type,
    object_id: objectId,
    channel_id: channelId,
    user_id: userId,
  }))
  const columns = { type: 'text', object_id: 'text', channel_id: 'text', user_id: 'text' }
  return sql`told as (insert into events (${columnList(columns)}, created_at)
    select ${columnList(columns)}, ${now} from ${recordset(rows, columns)})`
}
