import { sql } from 'kysely'
import type { ChannelId } from '../../contract/ids.ts'
import type { DbOrTx } from './schema.ts'

/** What passed on a number that counts as connected, or as silent. */
export interface Traffic {
  readonly id: ChannelId
  readonly status: 'connected' | 'silent'
  readonly last_inbound_at: Date | null
  /** Since when nothing that was sent is confirmed, if the last that is known of it is a doubt. */
  readonly doubt_since: Date | null
  /** Whether, in the same hours of earlier weeks, something used to come. */
  readonly is_missed: boolean
}

/** As many as a number that has traffic gets in such a time, however quiet. */
const usualMessages = 5

/**
 * Looks at every number that is said to be connected. `quietBefore`: nothing has come since then at the least; `doubtsAfter`: older doubts
 * are not news. The hours since the last message are compared with the same hours one to four weeks ago, two of which have to be known.
 */
export async function listTraffic(
  db: DbOrTx,
  provider: string,
  now: Date,
  quietBefore: Date,
  doubtsAfter: Date,
): Promise<readonly Traffic[]> {
  const { rows } =
    await sql<Traffic>`select c.id, c.status, c.last_inbound_at, doubt.doubt_since, coalesce(usual.is_missed, false) as is_missed
    from channels c
    left join lateral (
      select min(a.unconfirmed_since) as doubt_since, max(a.created_at) as sent_at from send_attempts a
      where a.channel_id = c.id and a.unconfirmed_since is not null and a.created_at > ${doubtsAfter}
        and a.unconfirmed_since > coalesce(c.last_inbound_at, '-infinity')
        and not exists (select 1 from send_attempts b where b.channel_id = c.id and b.created_at >= a.created_at
          and b.status in ('sent', 'delivered', 'read', 'played'))
    ) doubt on true
    left join lateral (
      select count(*) >= 2 and bool_and(said.messages = ${usualMessages}) as is_missed
      from generate_series(1, 4) week, make_interval(weeks => week) ago, lateral (
        select count(*) as messages from (select 1 from messages m where m.channel_id = c.id and m.direction = 'inbound'
          and m.sent_at > c.last_inbound_at - ago and m.sent_at <= ${now}::timestamptz - ago limit ${usualMessages}) few
      ) said
      where c.created_at < c.last_inbound_at - ago
    ) usual on c.last_inbound_at < ${quietBefore}
    where c.provider = ${provider} and c.deleted_at is null and c.status in ('connected', 'silent')
      and (c.status = 'silent' or doubt.doubt_since is not null or usual.is_missed)`.execute(db)
  return rows
}
