import { sql } from 'kysely'
import type { ChannelStatus } from '../../contract/channel.ts'
import type { ChannelId, NoticeId, UserId } from '../../contract/ids.ts'
import type { ChannelNotice } from '../../contract/notice.ts'
import type { DbOrTx, Tx } from './schema.ts'

/** Something that is to be told of a number. */
export interface News {
  readonly type: ChannelNotice['type']
  readonly channel_id: ChannelId
  readonly owner_id: UserId | null
  readonly status: ChannelStatus
  readonly detail: string | null
  readonly since: Date
}

const atOnce = 200

/** Numbers that have not been connected since before that time, of which nobody was told. */
export async function listFallen(db: DbOrTx, before: Date): Promise<readonly News[]> {
  const { rows } =
    await sql<News>`select 'channel_down' as type, c.id as channel_id, c.owner_id, c.status, c.status_detail as detail, c.unwell_since as since
    from channels c where c.deleted_at is null and c.unwell_since <= ${before}
      and not exists (select 1 from notices n where n.channel_id = c.id and n.type = 'channel_down' and n.since = c.unwell_since)
    limit ${atOnce}`.execute(db)
  return rows
}

/** Numbers that are connected, of which the last that was told is that they are not. */
export async function listRisen(db: DbOrTx): Promise<readonly News[]> {
  const { rows } =
    await sql<News>`select 'channel_back' as type, c.id as channel_id, c.owner_id, c.status, c.status_detail as detail, n.since
    from channels c join lateral (select type, since from notices where channel_id = c.id and since is not null order by id desc limit 1) n on n.type = 'channel_down'
    where c.deleted_at is null and c.unwell_since is null limit ${atOnce}`.execute(db)
  return rows
}

/** False when another process has told it meanwhile. */
export async function insertNoticeOnce(tx: Tx, id: NoticeId, news: News, now: Date): Promise<boolean> {
  const { type, channel_id, status, detail, since } = news
  const inserted = await tx
    .insertInto('notices')
    .values({ id, type, channel_id, status, detail, since, created_at: now })
    .onConflict((conflict) => conflict.columns(['channel_id', 'type', 'since']).doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}
