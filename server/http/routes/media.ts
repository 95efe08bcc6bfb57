import { basename } from 'node:path'
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Attachment } from '../../../contract/content.ts'
import type { MediaId } from '../../../contract/ids.ts'
import type { ReadyMedia } from '../../db/read/media.ts'
import { getReadyMedia } from '../../db/read/media.ts'
import { toAttachment } from '../../db/read/messages.ts'
import type { Reads } from '../../db/read/viewer.ts'
import { viewerOf } from '../../inbox/people/access.ts'
import type { StoredMedia, UploadMeta } from '../../inbox/media/media.ts'
import { AppError } from '../../lib/errors.ts'
import type { Register } from '../register.ts'

/** Where the bytes are. `end` of a range is the last byte. */
export interface MediaDeeds {
  /** Throws media_too_large, and invalid_request for an empty file. */
  store(bytes: AsyncIterable<Uint8Array>, meta: UploadMeta): Promise<StoredMedia>
  /** Throws media_too_large, and invalid_request with what was wrong with the address. */
  fetch(url: string, uploadedBy: string, pointer: string): Promise<StoredMedia>
  read(id: MediaId, range?: { start: number; end: number }): AsyncIterable<Uint8Array>
}

/** What browsers show without running anything; everything else is only ever downloaded (`safety.md` S10). */
const shown = new Set([
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
  'image/avif',
  'video/mp4',
  'video/webm',
  'audio/ogg',
  'audio/mpeg',
  'audio/mp4',
  'audio/aac',
  'audio/wav',
  'audio/webm',
])

/** Files: uploaded to be sent later, and handed out to whoever may see their message. */
export function mediaRoutes(on: Register, { media, readDb }: { media: MediaDeeds; readDb: Reads }): void {
  on('uploadMedia', async ({ actor, request }) => {
    if (!request.isMultipart()) return answerOf(await media.fetch(addressIn(request.body), actor.id, '/url'))
    const part = await request.file().catch((error: unknown) => {
      throw unreadable(error)
    })
    if (part === undefined || part.fieldname !== 'file') {
      part?.file.resume()
      throw wrong('/file', 'required', 'is required: a file in a field of this name')
    }
    const fileName = cleanName(part.filename)
    const meta = { mimeType: cleanType(part.mimetype), uploadedBy: actor.id, ...(fileName === '' ? {} : { fileName }) }
    return answerOf(await media.store(bytesOf(part.file), meta))
  })

  on('getMedia', async ({ actor, params, query, request, reply }) => {
    const file = await getReadyMedia(readDb, await viewerOf(readDb, actor), params.media_id)
    const isDownload = query.download === true || query.download === 'true' || query.download === '1'
    tellFile(reply, file, isDownload)
    if (request.headers['if-none-match'] === `"${file.id}"`) return reply.code(304).send()
    const range = rangeOf(request.headers.range, file.sizeBytes)
    if (range === 'outside') {
      reply.header('content-range', `bytes */${file.sizeBytes}`)
      throw new AppError('range_not_satisfiable', `The file has ${file.sizeBytes} bytes.`)
    }
    const { start, end } = range ?? { start: 0, end: file.sizeBytes - 1 }
    if (range !== null) reply.code(206).header('content-range', `bytes ${start}-${end}/${file.sizeBytes}`)
    reply.header('content-length', end - start + 1)
    return reply.send(Readable.from(request.method === 'HEAD' ? [] : media.read(file.id, { start, end }), { objectMode: false }))
  })
}

function answerOf(stored: StoredMedia): Attachment {
  return toAttachment({ ...stored, size_bytes: String(stored.size_bytes), width: null, height: null, duration_ms: null })
}

/** The address in a JSON body `{url}`. The body of this call is not validated before, as it may be an upload. */
function addressIn(body: unknown): string {
  const { url, ...others } = typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as { readonly url?: unknown }) : {}
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw wrong(`/${unknown}`, 'unexpected', 'is not known here')
  if (url === undefined) throw wrong('/url', 'required', 'is required: send a file as multipart/form-data, or its address as JSON')
  if (typeof url !== 'string' || url.length > 2048 || !/^https?:\/\//.test(url) || !URL.canParse(url))
    throw wrong('/url', 'format', 'must be an http or https address of at most 2048 characters')
  return url
}

function wrong(pointer: string, code: string, detail: string): AppError {
  return new AppError('invalid_request', `${pointer}: ${detail}.`, { fields: [{ pointer, code, detail }] })
}

/** The bytes as they come; whatever breaks here broke on the way to us. */
async function* bytesOf(file: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* file
  } catch (error) {
    throw unreadable(error)
  }
}

function unreadable(error: unknown): AppError {
  return new AppError('invalid_request', 'The upload broke off, or is no multipart body with a boundary.', { cause: error })
}

function tellFile(reply: FastifyReply, file: ReadyMedia, isDownload: boolean): void {
  const type = file.mimeType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const isShown = shown.has(type)
  reply.headers({
    'content-type': isShown ? type : 'application/octet-stream',
    'content-disposition': disposition(isShown && !isDownload ? 'inline' : 'attachment', file.fileName),
    'content-security-policy': "default-src 'none'; sandbox",
    // Kept by the browser, but asked for again each time: who may see it is decided here.
    'cache-control': 'private, no-cache',
    'accept-ranges': 'bytes',
    etag: `"${file.id}"`,
  })
}

/** RFC 6266: a plain name for the oldest browsers, the real one for all others. */
function disposition(kind: 'inline' | 'attachment', name: string | null): string {
  if (name === null) return kind
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_')
  const real = encodeURIComponent(name.toWellFormed()).replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  return `${kind}; filename="${plain}"; filename*=UTF-8''${real}`
}

/** One range of bytes. Null: the whole file, also for what is no range or asks for several. */
function rangeOf(header: string | undefined, size: number): { start: number; end: number } | 'outside' | null {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return null
  if (first === '') return Number(last) === 0 ? 'outside' : { start: Math.max(0, size - Number(last)), end: size - 1 }
  if (last !== '' && Number(last) < Number(first)) return null
  return Number(first) >= size ? 'outside' : { start: Number(first), end: last === '' ? size - 1 : Math.min(Number(last), size - 1) }
}

function cleanName(name: string): string {
  const bare = basename(name.replaceAll('\\', '/'))
    .replaceAll(/\p{Cc}/gu, '')
    .toWellFormed()
  return bare.length <= 255 ? bare : bare.slice(-255)
}

function cleanType(type: string): string {
  return /^[\w.+-]{1,80}\/[\w.+-]{1,120}$/.test(type) ? type.toLowerCase() : 'application/octet-stream'
}
