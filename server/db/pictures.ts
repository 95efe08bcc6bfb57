import { sql } from 'kysely'
import type { ChannelId, ContactId, ConversationId, MediaId } from '../../contract/ids.ts'
import type { Json } from '../lib/json.ts'
import { recordset } from './rows.ts'
import type { DbOrTx, Tx } from './schema.ts'

/** Whose picture it is. */
export type PictureOwner = ContactId | ConversationId

type Table = 'contacts' | 'conversations'

/** A picture that somebody has from now on; without `picture_id` none. */
export interface NewPicture {
  readonly owner_id: PictureOwner
  readonly picture_id: MediaId | null
  readonly channel_id: ChannelId
  readonly ref: Json
}

/** Where the present pictures of these were found on the network. */
export async function listPictures<Owner extends PictureOwner>(
  tx: Tx,
  table: Table,
  owners: readonly Owner[],
): Promise<ReadonlyMap<Owner, Json>> {
  if (owners.length === 0) return new Map()
  const { rows } = await sql<{ id: Owner; ref: Json }>`select o.id, m.ref from ${sql.table(table)} o join media m on m.id = o.picture_id
    where o.id = any(${owners}::text[])`.execute(tx)
  return new Map(rows.map((row) => [row.id, row.ref]))
}

/** Notes pictures that have still to be fetched. */
export async function insertPictures(tx: Tx, pictures: readonly NewPicture[], now: Date): Promise<void> {
  const rows = pictures.filter((picture) => picture.picture_id !== null)
  if (rows.length === 0) return
  await sql`insert into media (id, channel_id, type, mime_type, ref, status, created_at)
    select picture_id, channel_id, 'image', 'application/octet-stream', ref, 'pending', ${now}
    from ${recordset(rows, { picture_id: 'text', channel_id: 'text', ref: 'jsonb' })}`.execute(tx)
}

export async function setPictures(tx: Tx, table: Table, pictures: readonly NewPicture[], now: Date): Promise<void> {
  if (pictures.length === 0) return
  await sql`update ${sql.table(table)} o set picture_id = r.picture_id, updated_at = ${now}
    from ${recordset(pictures, { owner_id: 'text', picture_id: 'text' })} where o.id = r.owner_id`.execute(tx)
}

/** Who shows this picture: contacts, and the conversations that have it or are with such a contact. */
export async function listPictureOwners(
  db: DbOrTx,
  id: MediaId,
): Promise<{ contacts: readonly ContactId[]; conversations: readonly { id: ConversationId; channel_id: ChannelId }[] }> {
  const contacts = await db.selectFrom('contacts').select('id').where('picture_id', '=', id).execute()
  const { rows } = await sql<{ id: ConversationId; channel_id: ChannelId }>`select id, channel_id from conversations
    where picture_id = ${id} or contact_id in (select id from contacts where picture_id = ${id})`.execute(db)
  return { contacts: contacts.map((row) => row.id), conversations: rows }
}
