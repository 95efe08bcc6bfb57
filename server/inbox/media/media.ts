import { type Selectable, sql } from 'kysely'
import type { ContactCard, FileType } from '../../../contract/content.ts'
import type { ChannelId, ConversationId, MediaId, MessageId } from '../../../contract/ids.ts'
import { appendEvents, type Change } from '../../db/events.ts'
import { finishJob, type Job } from '../../db/jobs.ts'
import type { Db, DbOrTx, Tables, Tx } from '../../db/schema.ts'
import type { Clock, NewId } from '../../lib/clock.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
import type { HttpClient } from '../../lib/http-client.ts'
import { cleanText, type Json, toJsonb } from '../../lib/json.ts'
import type { MediaFiles } from '../../lib/media-files.ts'
import { isVcard, longestVcard, readVcards } from '../../lib/vcard.ts'
import type { FindLine } from '../channels/connections.ts'
import type { RunJob } from '../jobs.ts'

/** The bytes of a file of ours. */
export type OpenFile = (id: MediaId) => AsyncIterable<Uint8Array>

export interface UploadMeta {
  readonly mimeType: string
  readonly fileName?: string
  readonly voice?: boolean
  /** The person or key who uploads: nobody else may send it. */
  readonly uploadedBy: string
}
export type StoredMedia = Pick<Selectable<Tables['media']>, 'id' | 'type' | 'mime_type' | 'file_name' | 'voice' | 'status'> & {
  readonly size_bytes: number
}

export interface MediaDeps {
  readonly db: Db
  readonly clock: Clock
  readonly newId: NewId
  readonly files: MediaFiles
  readonly findLine: FindLine
}

/** After so many failed tries a file is given up and shown as failed. */
const mostTries = 8

/** What a file is to WhatsApp, by its MIME type. */
export function fileTypeOf(mimeType: string, voice = false): FileType {
  if (voice) return 'audio'
  const [kind] = mimeType.split('/')
  return kind === 'image' || kind === 'video' || kind === 'audio' ? kind : 'document'
}

/** Stores an upload: the bytes are on disk before its row can be named. Throws media_too_large. */
export async function storeUpload(deps: MediaDeps, bytes: AsyncIterable<Uint8Array>, meta: UploadMeta): Promise<StoredMedia> {
  const id = deps.newId<MediaId>('media')
  const written = await deps.files.write(id, bytes)
  if (written.sizeBytes === 0) {
    await deps.files.remove(id)
    throw new AppError('invalid_request', 'The file is empty.', {
      fields: [{ pointer: '/file', code: 'empty', detail: 'the file has no bytes' }],
    })
  }
  const row = {
    id,
    type: fileTypeOf(meta.mimeType, meta.voice),
    mime_type: meta.mimeType,
    file_name: meta.fileName ?? null,
    voice: meta.voice ?? false,
    status: 'ready' as const,
  }
  await deps.db
    .insertInto('media')
    .values({
      ...row,
      size_bytes: written.sizeBytes,
      sha256: written.sha256,
      uploaded_by: meta.uploadedBy,
      message_id: null,
      channel_id: null,
      width: null,
      height: null,
      duration_ms: null,
      ref: null,
      created_at: new Date(deps.clock()),
    })
    .execute()
  return { ...row, size_bytes: written.sizeBytes }
}

/** The upload that somebody wants to send. Throws invalid_request when it is not theirs, or sent already. */
export async function getUpload(db: DbOrTx, id: MediaId, uploaders: readonly string[]): Promise<StoredMedia> {
  const row = await db
    .selectFrom('media')
    .select(['id', 'type', 'mime_type', 'file_name', 'voice', 'status', 'size_bytes', 'message_id'])
    .where('id', '=', id)
    .where('uploaded_by', 'in', [...uploaders])
    .executeTakeFirst()
  if (row === undefined || row.message_id !== null) {
    const detail = row === undefined ? 'there is no such upload of yours' : 'this upload was sent already; upload it again'
    throw new AppError('invalid_request', 'The attachment cannot be sent.', {
      fields: [{ pointer: '/attachments/0/media_id', code: 'not_found', detail }],
    })
  }
  return { ...row, size_bytes: Number(row.size_bytes) }
}

/** The job that brings the bytes of a received file to us. What the network no longer has is `expired`. */
export function createFetchMedia(deps: MediaDeps): RunJob {
  return async (job, signal) => {
    const { media_id } = job.payload as { media_id: MediaId }
    const row = await deps.db
      .selectFrom('media')
      .select(['id', 'channel_id', 'ref', 'status', 'message_id', 'type', 'mime_type'])
      .where('id', '=', media_id)
      .executeTakeFirst()
    if (row === undefined || row.status !== 'pending' || row.channel_id === null) return
    const outcome = await fetchBytes(deps, job, row.channel_id, media_id, row.ref as Readonly<Record<string, Json>>, signal)
    const cards = row.type === 'document' && isVcard(row.mime_type) ? await readCards(deps, media_id, outcome) : []
    await deps.db.transaction().execute(async (tx) => {
      if (!(await finishJob(tx, job))) return
      const { status, sizeBytes, sha256 } = outcome
      await sql`update media set status = ${status}, size_bytes = coalesce(${sizeBytes ?? null}, size_bytes), sha256 = ${sha256 ?? null} where id = ${media_id}`.execute(
        tx,
      )
      if (row.message_id !== null) {
        const channelId = row.channel_id as ChannelId
        const conversation = cards.length === 0 ? undefined : await becomeContacts(tx, row.message_id, cards)
        const changes: Change[] = [{ type: 'message.updated', objectId: row.message_id, channelId }]
        if (conversation !== undefined) changes.push({ type: 'conversation.updated', objectId: conversation, channelId })
        await appendEvents(tx, changes, new Date(deps.clock()))
      }
    })
  }
}

/** The people in a contact card that has come; nobody where it is none, then it stays a document. */
async function readCards({ files }: MediaDeps, id: MediaId, { status, sizeBytes = 0 }: Fetched): Promise<readonly ContactCard[]> {
  if (status !== 'ready' || sizeBytes > longestVcard) return []
  const parts: Uint8Array[] = []
  for await (const part of files.read(id)) parts.push(part)
  return readVcards(Buffer.concat(parts).toString('utf8'))
}

/** A document that was a contact card is read out: its people are what the message says. */
async function becomeContacts(tx: Tx, id: MessageId, contacts: readonly ContactCard[]): Promise<ConversationId | undefined> {
  const said = contacts.flatMap((card) => [card.name, ...card.phones]).join(' ')
  const { rows } = await sql<{
    conversation_id: ConversationId
  }>`update messages set type = 'contacts', content = ${toJsonb({ contacts })}::jsonb, text = ${cleanText(said)}
    where id = ${id} and type = 'document' returning conversation_id`.execute(tx)
  return rows[0]?.conversation_id
}

interface Fetched {
  readonly status: 'ready' | 'failed' | 'expired'
  readonly sizeBytes?: number
  readonly sha256?: Buffer
}

/** Brings the bytes of a file to us and says what became of it; throws to be tried again later. */
export async function fetchBytes(
  deps: MediaDeps,
  job: Job,
  channel: ChannelId,
  id: MediaId,
  ref: Readonly<Record<string, Json>>,
  signal: AbortSignal,
): Promise<Fetched> {
  try {
    const line = await deps.findLine(channel)
    if (line === undefined) throw new Error('the number of this file is not connected')
    return { status: 'ready', ...(await deps.files.write(id, await line.connection.fetchMedia(ref, signal))) }
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return { status: 'expired' }
    if (error instanceof AppError && error.code === 'media_too_large') return { status: 'failed' }
    // What waits for an admin is not given up: a dead token says nothing of the file.
    if (error instanceof AppError && error.code === 'not_configured') throw error
    if (job.tries >= mostTries) return { status: 'failed' }
    throw error
  }
}

/** Fetches a file from an address that a caller gave and stores it as theirs. Throws invalid_request with what was wrong with the address. */
export type FetchUpload = (url: string, uploadedBy: string, pointer?: string) => Promise<StoredMedia>

export function createFetchUpload(deps: MediaDeps, http: HttpClient): FetchUpload {
  return async (url, uploadedBy, pointer = '/attachments/0/url') => {
    try {
      const response = await http.request({ method: 'GET', url, publicOnly: true })
      if (response.status !== 200) {
        await response.discard()
        throw new Error(`it answered with the status ${response.status}`)
      }
      const [mimeType = 'application/octet-stream'] = (response.headers['content-type'] ?? '').split(';')
      const fileName = decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '')
      return await storeUpload(deps, response.stream(), {
        mimeType: mimeType.trim() || 'application/octet-stream',
        fileName: fileName || 'file',
        uploadedBy,
      })
    } catch (error) {
      if (error instanceof AppError) throw error
      const detail = `the file could not be fetched: ${messageOf(error)}`
      throw new AppError('invalid_request', 'The file cannot be taken from this address.', {
        cause: error,
        fields: [{ pointer, code: 'unreachable', detail }],
      })
    }
  }
}
