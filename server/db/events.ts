import type { EventType } from '../../contract/event.ts'
import type { ChannelId, UserId } from '../../contract/ids.ts'
import { notify } from './notify.ts'
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
  const distinct = new Map(changes.map((change) => [`${change.type} ${change.objectId}`, change]))
  if (distinct.size === 0) return
  await tx
    .insertInto('events')
    .values(
      [...distinct.values()].map((change) => ({
        type: change.type,
        object_id: change.objectId,
        channel_id: change.channelId ?? null,
        user_id: change.userId ?? null,
        created_at: now,
      })),
    )
    .execute()
  await notify(tx, 'feed')
}
