import type { ChannelId, NoticeId, UserId } from '../../../contract/ids.ts'
import type { Notice } from '../../../contract/notice.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest, present } from './page.ts'
import { isOneOf, type Reads } from './viewer.ts'

function rowsOf(db: Reads) {
  return db.selectFrom('notices as n').innerJoin('channels as c', 'c.id', 'n.channel_id').selectAll('n').select('c.name as channel_name')
}
type Row = Awaited<ReturnType<ReturnType<typeof rowsOf>['execute']>>[number]

function toNotice(row: Row): Notice {
  return {
    id: row.id,
    type: row.type,
    channel_id: row.channel_id,
    channel_name: row.channel_name,
    status: row.status,
    ...present('detail', row.detail),
    since: row.since.toISOString(),
    created_at: row.created_at.toISOString(),
  }
}

/** Notices by id. Who may see them is decided before. */
export async function presentNotices(db: Reads, ids: readonly NoticeId[]): Promise<ReadonlyMap<NoticeId, Notice>> {
  if (ids.length === 0) return new Map()
  const rows = await rowsOf(db).where(isOneOf('n.id', ids)).execute()
  return new Map(rows.map((row) => [row.id, toNotice(row)]))
}

/** Those of all numbers, of one person's own, or of the ones that are named; the latest first. */
export async function listNotices(
  db: Reads,
  of: 'all' | { readonly owner: UserId } | { readonly channels: readonly ChannelId[] },
  { cursor, limit = defaultLimit }: PageRequest,
): Promise<Page<Notice>> {
  let query = rowsOf(db)
    .where('c.deleted_at', 'is', null)
    .orderBy('n.id', 'desc')
    .limit(limit + 1)
  if (of !== 'all') query = 'owner' in of ? query.where('c.owner_id', '=', of.owner) : query.where(isOneOf('c.id', of.channels))
  if (cursor !== undefined) query = query.where('n.id', '<', decodeCursor(cursor, ['id'])[0] as NoticeId)
  const rows = await query.execute()
  return pageOf(
    rows,
    limit,
    (last) => encodeCursor([last.id]),
    (shown) => shown.map(toNotice),
  )
}
