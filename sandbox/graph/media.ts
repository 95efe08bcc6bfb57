import { createHmac } from 'node:crypto'
import { GraphError } from './errors.ts'
import type { GraphNumber } from './state.ts'
import { type Graph, newId } from './world.ts'

type Json = { [key: string]: unknown }

const dayMs = 86_400_000
const urlMs = 5 * 60_000
const megabyte = 1024 * 1024

/** What may be uploaded, and how large (protocol/meta.md 3.2). Other types are taken as documents. */
const limits: readonly (readonly [RegExp, number])[] = [
  [/^image\/(jpeg|png)$/, 5 * megabyte],
  [/^image\/webp$/, 500 * 1024],
  [/^video\/(mp4|3gpp)$/, 16 * megabyte],
  [/^audio\/(aac|amr|mpeg|mp4|ogg)/, 16 * megabyte],
  [/^(application|text)\//, 100 * megabyte],
]

/** `POST /{number}/media`. */
export async function upload(graph: Graph, number: GraphNumber, body: Buffer, contentType: string): Promise<Json> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData().catch(() => undefined)
  if (form === undefined || form.get('messaging_product') !== 'whatsapp')
    throw new GraphError('invalid_parameter', 'messaging_product must be whatsapp')
  const file = form.get('file')
  if (file === null || typeof file === 'string') throw new GraphError('missing_parameter', 'file is required')
  const type = typeOf(form.get('type'), file)
  const [, most] = limits.find(([pattern]) => pattern.test(type)) ?? []
  if (most === undefined)
    throw new GraphError('invalid_parameter', `Param file must be a file with one of the supported types, not ${type}`)
  const bytes = Buffer.from(await file.arrayBuffer())
  if (bytes.length > most) throw new GraphError('bad_media', `the file is larger than ${most} bytes`)
  const { sha256, mime_type } = graph.media.put(bytes, type)
  const id = newId()
  graph.store.commit({ t: 'media', media: { id, number: number.id, sha256, mime_type, at: graph.now(), inbound: false } })
  return { id }
}

/** `GET /{media}`: an address for five minutes. Uploads live for thirty days, what came in for seven. */
export function describe(graph: Graph, id: string): Json {
  const media = graph.store.state.media.get(id)
  if (media === undefined || graph.now() - media.at > (media.inbound ? 7 : 30) * dayMs)
    throw new GraphError('unknown_object', `Object with ID '${id}' does not exist`)
  const ends = graph.now() + urlMs
  const { sha256, mime_type } = media
  const query = new URLSearchParams({ mid: id, ext: String(ends), hash: signed(graph, id, ends) })
  const size = graph.media.get(sha256)?.length ?? 0
  return {
    messaging_product: 'whatsapp',
    url: `${graph.mediaUrl()}/whatsapp_business/attachments/?${query.toString()}`,
    mime_type,
    sha256,
    file_size: size,
    id,
  }
}

/** The bytes at such an address; undefined where it has ended or is not ours. */
export function fetchBytes(graph: Graph, query: URLSearchParams): { bytes: Buffer; mimeType: string } | undefined {
  const [id, ends] = [query.get('mid') ?? '', Number(query.get('ext'))]
  const media = graph.store.state.media.get(id)
  if (media === undefined || query.get('hash') !== signed(graph, id, ends) || ends < graph.now()) return undefined
  const bytes = graph.media.get(media.sha256)
  return bytes === undefined ? undefined : { bytes, mimeType: media.mime_type }
}

function signed({ secrets }: Graph, id: string, ends: number): string {
  return createHmac('sha256', secrets.app_secret).update(`${id} ${ends}`).digest('base64url')
}

function typeOf(given: unknown, file: File): string {
  return typeof given === 'string' && given !== '' ? given : file.type
}
