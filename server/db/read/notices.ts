import { sql } from 'kysely'
import type { ChannelId, NoticeId, UserId } from '../../../contract/ids.ts'
import type { MentionNotice, Notice } from '../../../contract/notice.ts'
import { isOneOf } from '../prepare.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest, present } from './page.ts'
import type { Reads, Viewer } from './viewer.ts'

/** How much of a note its notice shows, in characters. */
const previewed = 140

function rowsOf(db: Reads, viewer: Viewer) {
  return db
    .selectFrom('notices as n')
    .innerJoin('channels as c', 'c.id', 'n.channel_id')
    .leftJoin('notes as t', 't.id', 'n.note_id')
    .leftJoin('conversations as v', 'v.id', 't.conversation_id')
    .leftJoin('users as u', (join) => join.on(sql<boolean>`u.id = t.author_id`))
    .leftJoin('api_keys as k', (join) => join.on(sql<boolean>`k.id = t.author_id`))
    .selectAll('n')
    .select(['c.name as channel_name', 't.conversation_id', 't.author_id'])
    .select([sql<string>`coalesce(u.name, k.name, '')`.as('author_name'), sql<string>`left(t.text, ${previewed})`.as('preview')])
    .where(isTheirs(viewer))
}
type Row = Awaited<ReturnType<ReturnType<typeof rowsOf>['execute']>>[number]

/** A notice of a note is told to one person, as long as they may see its conversation. */
function isTheirs({ id, channels }: Viewer) {
  return sql<boolean>`(n.note_id is null or (n.user_id = ${id} and v.excluded_at is null and ${isOneOf('v.channel_id', channels)}))`
}

function toNotice(row: Row): Notice {
  const { id } = row
  const created_at = row.created_at.toISOString()
  if (row.type === 'mention') {
    // A note stands as long as the notices of it.
    const { conversation_id, note_id, author_id } = row as { [K in keyof Row]: NonNullable<Row[K]> }
    return {
      id,
      type: 'mention',
      conversation_id,
      note_id,
      who: { id: author_id, name: row.author_name },
      preview: row.preview,
      created_at,
    } satisfies MentionNotice
  }
  return {
    id,
    type: row.type,
    channel_id: row.channel_id,
    channel_name: row.channel_name,
    status: row.status ?? 'connected',
    ...present('detail', row.detail),
    since: (row.since ?? row.created_at).toISOString(),
    created_at,
  }
}

/** Notices by id. Who may see those of numbers is decided before. */
export async function presentNotices(db: Reads, viewer: Viewer, ids: readonly NoticeId[]): Promise<ReadonlyMap<NoticeId, Notice>> {
  if (ids.length === 0) return new Map()
  const rows = await rowsOf(db, viewer).where(isOneOf('n.id', ids)).execute()
  return new Map(rows.map((row) => [row.id, toNotice(row)]))
}

/** Those of all numbers, of one person's own, or of the ones that are named, and what was told to the viewer alone; the latest first. */
export async function listNotices(
  db: Reads,
  viewer: Viewer,
  of: 'all' | { readonly owner: UserId } | { readonly channels: readonly ChannelId[] },
  { cursor, limit = defaultLimit }: PageRequest,
): Promise<Page<Notice>> {
  const theirs = of === 'all' ? sql`true` : 'owner' in of ? sql`c.owner_id = ${of.owner}` : isOneOf('c.id', of.channels)
  let query = rowsOf(db, viewer)
    .where(sql<boolean>`(n.note_id is not null or (c.deleted_at is null and ${theirs}))`)
    .orderBy('n.id', 'desc')
    .limit(limit + 1)
  if (cursor !== undefined) query = query.where('n.id', '<', decodeCursor(cursor, ['id'])[0] as NoticeId)
  const rows = await query.execute()
  return pageOf(
    rows,
    limit,
    (last) => encodeCursor([last.id]),
    (shown) => shown.map(toNotice),
  )
}
