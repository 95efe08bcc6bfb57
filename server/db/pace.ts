import { sql } from 'kysely'
import type { ChannelId } from '../../contract/ids.ts'
import type { Held } from '../../contract/message.ts'
import type { Tx } from './schema.ts'

/** The limits that a number sets itself. */
export type PaceReason = Extract<Held['reason'], 'messages_per_minute' | 'new_chats_per_day'>

/** One limit of a channel, and the latest times that count for it, in milliseconds and in no order: as many as matter. */
export interface PaceUse {
  readonly channel_id: ChannelId
  readonly reason: PaceReason
  readonly limit: number
  readonly begun: readonly number[]
  /** Times that are promised to what waits already. */
  readonly promised: readonly number[]
}

/** How long a limit looks back, in milliseconds. */
export const paceSpans: Readonly<Record<PaceReason, number>> = { messages_per_minute: 60_000, new_chats_per_day: 86_400_000 }

/** What these channels have sent lately, as far as their limits ask; counted from what is stored. */
export async function readPace(tx: Tx, channels: readonly ChannelId[], now: Date): Promise<readonly PaceUse[]> {
  if (channels.length === 0) return []
  const use = (reason: PaceReason, limit: 'messages_per_minute' | 'new_chats_per_day') => {
    const since = new Date(now.getTime() - paceSpans[reason])
    const opening = reason === 'new_chats_per_day' ? sql`and a.opens_chat` : sql``
    return sql`select c.id as channel_id, ${reason}::text as reason, c.${sql.ref(limit)} as limit,
        array(select (extract(epoch from a.started_at) * 1000)::float8 from send_attempts a
          where a.channel_id = c.id and a.started_at > ${since} ${opening} order by a.started_at desc limit c.${sql.ref(limit)}) as begun,
        array(select (extract(epoch from o.not_before) * 1000)::float8 from outbox o
          where o.channel_id = c.id and o.held_for = ${reason} and o.not_before > ${now} order by o.not_before desc limit c.${sql.ref(limit)}) as promised
      from channels c where c.id = any(${channels}::text[]) and c.${sql.ref(limit)} is not null`
  }
  const { rows } = await sql<PaceUse>`${use('messages_per_minute', 'messages_per_minute')} union all ${use(
    'new_chats_per_day',
    'new_chats_per_day',
  )}`.execute(tx)
  return rows
}
