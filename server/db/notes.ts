import { sql } from 'kysely'
import type { ChannelId, ConversationId, NoteId, NoticeId, UserId } from '../../contract/ids.ts'
import type { ColleaguesInput } from '../../contract/note.ts'
import { toJsonb } from '../lib/json.ts'
import { appendEvents, type Change } from './events.ts'
import { recordset } from './rows.ts'
import type { DbOrTx, Tx } from './schema.ts'

/** What a note says. */
export interface NoteContent {
  readonly text: string
  readonly mentions: ColleaguesInput
}

export async function insertNote(
  tx: Tx,
  note: NoteContent & { readonly id: NoteId; readonly conversation_id: ConversationId; readonly author_id: string },
  now: Date,
): Promise<void> {
  await tx
    .insertInto('notes')
    .values({ ...note, mentions: toJsonb(note.mentions), created_at: now, edited_at: null, deleted_at: null })
    .execute()
}

/** Changes what a note says; false when it has been deleted meanwhile. */
export async function editNote(tx: Tx, id: NoteId, { text, mentions }: NoteContent, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('notes')
    .set({ text, mentions: toJsonb(mentions), edited_at: now })
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Takes the words out of a note and leaves an empty mark. */
export async function emptyNote(tx: Tx, id: NoteId, now: Date): Promise<void> {
  await tx
    .updateTable('notes')
    .set({ text: '', mentions: '[]', deleted_at: now })
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .execute()
  await tx.deleteFrom('notices').where('note_id', '=', id).execute()
}

/** Notices for people who are named in a note, each once; who is not named in it any more has none. */
export async function tellMentioned(
  tx: Tx,
  note: { readonly id: NoteId; readonly channel_id: ChannelId },
  told: readonly { readonly id: NoticeId; readonly user_id: UserId }[],
  now: Date,
): Promise<void> {
  const people = told.map((one) => one.user_id)
  await sql`delete from notices where note_id = ${note.id} and user_id <> all(${people}::text[])`.execute(tx)
  const { rows } = await sql<{ id: NoticeId; user_id: UserId }>`insert into notices (id, type, channel_id, note_id, user_id, created_at)
    select r.id, 'mention', ${note.channel_id}, ${note.id}, r.user_id, ${now} from ${recordset(told, { id: 'text', user_id: 'text' })}
    on conflict (note_id, user_id) do nothing returning id, user_id`.execute(tx)
  const changes = rows.map((row): Change => ({ type: 'notice.created', objectId: row.id, channelId: note.channel_id, userId: row.user_id }))
  await appendEvents(tx, changes, now)
}

/** The note with where it is, unless it is deleted. Who may see it is decided by its conversation. */
export async function findNote(db: DbOrTx, id: NoteId) {
  return db
    .selectFrom('notes')
    .select(['id', 'conversation_id', 'author_id'])
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
}

/** Empties at most `limit` of the notes that a conversation had until then; true when there may be more. */
export async function emptyNotesOf(tx: Tx, conversation: ConversationId, until: Date, limit: number): Promise<boolean> {
  const { rows } = await sql<{
    id: NoteId
    channel_id: ChannelId
  }>`update notes n set text = '', mentions = '[]', deleted_at = coalesce(deleted_at, ${until})
    from conversations c where c.id = n.conversation_id and n.id in (select id from notes where conversation_id = ${conversation}
      and created_at <= ${until} and text <> '' limit ${limit}) returning n.id, c.channel_id`.execute(tx)
  const ids = rows.map((row) => row.id)
  await sql`delete from notices where note_id = any(${ids}::text[])`.execute(tx)
  await appendEvents(
    tx,
    rows.map((row) => ({ type: 'note.updated', objectId: row.id, channelId: row.channel_id })),
    until,
  )
  return rows.length === limit
}
