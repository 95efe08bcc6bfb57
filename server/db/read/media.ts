import { type Selectable, sql } from 'kysely'
import type { MediaId } from '../../../contract/ids.ts'
import { AppError } from '../../lib/errors.ts'
import type { Tables } from '../schema.ts'
import { isOneOf } from '../prepare.ts'
import type { Reads, Viewer } from './viewer.ts'

/** A file whose bytes are here: how it may be handed out. */
export interface ReadyMedia {
  readonly id: MediaId
  readonly mimeType: string
  readonly fileName: string | null
  readonly sizeBytes: number
}

/** A file of a message that the viewer may see, the picture of somebody in a chat that they may see, or the viewer's own upload. Throws not_found, also while its bytes are not here. */
export async function getReadyMedia(db: Reads, viewer: Viewer, id: MediaId): Promise<ReadyMedia> {
  const row = await db
    .selectFrom('media')
    .select(['id', 'mime_type', 'file_name', 'size_bytes', 'status', 'message_id', 'channel_id', 'uploaded_by'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (row === undefined || !(await isVisible(db, viewer, row))) throw new AppError('not_found', 'There is no such file.')
  if (row.status !== 'ready' || row.size_bytes === null)
    throw new AppError('not_found', `The bytes of this file are not here (${row.status}).`)
  return { id: row.id, mimeType: row.mime_type, fileName: row.file_name, sizeBytes: Number(row.size_bytes) }
}

type Row = Pick<Selectable<Tables['media']>, 'id' | 'message_id' | 'channel_id' | 'uploaded_by'>

async function isVisible(db: Reads, viewer: Viewer, row: Row): Promise<boolean> {
  if (row.message_id !== null) return row.channel_id !== null && viewer.channels.includes(row.channel_id)
  if (row.uploaded_by !== null) return row.uploaded_by === viewer.id
  const shown = await db
    .selectFrom('conversations as c')
    .select('c.id')
    .where(isOneOf('c.channel_id', viewer.channels))
    .where(
      sql<boolean>`c.id in (select id from conversations where picture_id = ${row.id}
        union all select v.id from conversations v join contacts p on p.id = v.contact_id where p.picture_id = ${row.id}
        union all select m.conversation_id from conversation_members m join contacts p on p.id = m.contact_id where p.picture_id = ${row.id})`,
    )
    .limit(1)
    .executeTakeFirst()
  return shown !== undefined
}
