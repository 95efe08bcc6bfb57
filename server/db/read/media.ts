import type { MediaId } from '../../../contract/ids.ts'
import { AppError } from '../../lib/errors.ts'
import type { Reads, Viewer } from './viewer.ts'

/** A file whose bytes are here: how it may be handed out. */
export interface ReadyMedia {
  readonly id: MediaId
  readonly mimeType: string
  readonly fileName: string | null
  readonly sizeBytes: number
}

/** A file of a message that the viewer may see, or the viewer's own upload. Throws not_found, also while its bytes are not here. */
export async function getReadyMedia(db: Reads, viewer: Viewer, id: MediaId): Promise<ReadyMedia> {
  const row = await db
    .selectFrom('media')
    .select(['id', 'mime_type', 'file_name', 'size_bytes', 'status', 'message_id', 'channel_id', 'uploaded_by'])
    .where('id', '=', id)
    .executeTakeFirst()
  const visible =
    row?.message_id == null ? row?.uploaded_by === viewer.id : row.channel_id !== null && viewer.channels.includes(row.channel_id)
  if (row === undefined || !visible) throw new AppError('not_found', 'There is no such file.')
  if (row.status !== 'ready' || row.size_bytes === null)
    throw new AppError('not_found', `The bytes of this file are not here (${row.status}).`)
  return { id: row.id, mimeType: row.mime_type, fileName: row.file_name, sizeBytes: Number(row.size_bytes) }
}
