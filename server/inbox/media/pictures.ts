import type { MediaId } from '../../../contract/ids.ts'
import { appendEvents } from '../../db/events.ts'
import { finishJob } from '../../db/jobs.ts'
import { listPictureOwners } from '../../db/pictures.ts'
import { imageTypeOf } from '../../lib/image-type.ts'
import type { Json } from '../../lib/json.ts'
import type { RunJob } from '../jobs.ts'
import { fetchBytes, type MediaDeps } from './media.ts'

/** The job that brings somebody's or a group's picture to us. What it is tells its first bytes: networks say nothing of it. */
export function createFetchPicture(deps: MediaDeps): RunJob {
  return async (job, signal) => {
    const { media_id: id } = job.payload as { media_id: MediaId }
    const row = await deps.db.selectFrom('media').select(['channel_id', 'ref', 'status']).where('id', '=', id).executeTakeFirst()
    if (row === undefined || row.status !== 'pending' || row.channel_id === null) return
    const ref = row.ref as Readonly<Record<string, Json>>
    const { status, sizeBytes = null, sha256 = null } = await fetchBytes(deps, job, row.channel_id, id, ref, signal)
    const mimeType = status === 'ready' ? imageTypeOf(await firstBytes(deps, id)) : undefined
    await deps.db.transaction().execute(async (tx) => {
      if (!(await finishJob(tx, job))) return
      const isPicture = status === 'ready' && mimeType !== undefined
      await tx
        .updateTable('media')
        .set(
          isPicture ? { status, size_bytes: sizeBytes, sha256, mime_type: mimeType } : { status: status === 'ready' ? 'failed' : status },
        )
        .where('id', '=', id)
        .execute()
      if (!isPicture) return
      const { contacts, conversations } = await listPictureOwners(tx, id)
      const changes = [
        ...contacts.map((contact) => ({ type: 'contact.updated' as const, objectId: contact })),
        ...conversations.map((row) => ({ type: 'conversation.updated' as const, objectId: row.id, channelId: row.channel_id })),
      ]
      await appendEvents(tx, changes, new Date(deps.clock()))
    })
  }
}

async function firstBytes({ files }: MediaDeps, id: MediaId): Promise<Uint8Array> {
  for await (const part of files.read(id, { start: 0, end: 15 })) return part
  return new Uint8Array()
}
