import { sql } from 'kysely'
import type { ConversationId, NoteId } from '../../../contract/ids.ts'
import type { Note } from '../../../contract/note.ts'
import { AppError } from '../../lib/errors.ts'
import { isOneOf } from '../prepare.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest, presentTime } from './page.ts'
import type { Reads, Viewer } from './viewer.ts'

function rowsOf(db: Reads, viewer: Viewer) {
  return db
    .selectFrom('notes as n')
    .innerJoin('conversations as c', 'c.id', 'n.conversation_id')
    .leftJoin('users as u', (join) => join.on(sql<boolean>`u.id = n.author_id`))
    .leftJoin('api_keys as k', (join) => join.on(sql<boolean>`k.id = n.author_id`))
    .selectAll('n')
    .select(sql<string>`coalesce(u.name, k.name, '')`.as('author_name'))
    .where(isOneOf('c.channel_id', viewer.channels))
    .where('c.excluded_at', 'is', null)
}
type Row = Awaited<ReturnType<ReturnType<typeof rowsOf>['execute']>>[number]

function toNote(row: Row): Note {
  return {
    id: row.id,
    conversation_id: row.conversation_id,
    author: { id: row.author_id, name: row.author_name },
    text: row.text,
    mentions: row.mentions,
    created_at: row.created_at.toISOString(),
    ...presentTime('edited_at', row.edited_at),
    ...presentTime('deleted_at', row.deleted_at),
  }
}

/** Notes by id, as far as the viewer may see their conversations. */
export async function presentNotes(db: Reads, viewer: Viewer, ids: readonly NoteId[]): Promise<ReadonlyMap<NoteId, Note>> {
  if (ids.length === 0) return new Map()
  const rows = await rowsOf(db, viewer).where(isOneOf('n.id', ids)).execute()
  return new Map(rows.map((row) => [row.id, toNote(row)]))
}

/** Throws not_found, also for what the viewer may not see. */
export async function getNote(db: Reads, viewer: Viewer, id: NoteId): Promise<Note> {
  const found = (await presentNotes(db, viewer, [id])).get(id)
  if (found === undefined) throw new AppError('not_found', 'There is no such note.')
  return found
}

/** Notes of a conversation, the latest first. */
export async function listNotes(
  db: Reads,
  viewer: Viewer,
  conversation: ConversationId,
  { cursor, limit = defaultLimit }: PageRequest,
): Promise<Page<Note>> {
  let query = rowsOf(db, viewer)
    .where('n.conversation_id', '=', conversation)
    .orderBy('n.id', 'desc')
    .limit(limit + 1)
  if (cursor !== undefined) query = query.where('n.id', '<', decodeCursor(cursor, ['id'])[0] as NoteId)
  return pageOf(
    await query.execute(),
    limit,
    (last) => encodeCursor([last.id]),
    (shown) => shown.map(toNote),
  )
}
