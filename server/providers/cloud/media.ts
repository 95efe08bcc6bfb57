import { createHash, randomUUID } from 'node:crypto'
import type { ExternalId } from '../../../contract/ids.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { filled } from '../../lib/fields.ts'
import type { HttpResponse } from '../../lib/http-client.ts'
import type { Json, OutboundFile } from '../provider.ts'
import { type Graph, GraphError } from './client.ts'
import { toBeSetRight } from './errors.ts'
import { idOf } from './names.ts'

const uploadMs = 300_000

/** Brings a file to the network and returns its id there, which belongs to the number (`protocol/meta.md` 6). Repeatable. Throws as the client does. */
export async function upload(graph: Graph, number: ExternalId, file: OutboundFile, signal: AbortSignal): Promise<string> {
  const boundary = `mistok-${randomUUID()}`
  const [mimeType = file.mimeType] = file.mimeType.split(';')
  const name = file.fileName.replaceAll(/[\p{Cc}"\\]/gu, '_')
  const field = (key: string, value: string) => `--${boundary}\r\ncontent-disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`
  const head = Buffer.from(
    `${field('messaging_product', 'whatsapp')}${field('type', mimeType)}--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: ${mimeType}\r\n\r\n`,
  )
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  async function* body(): AsyncGenerator<Uint8Array> {
    yield head
    yield* file.open()
    yield tail
  }
  const answer = await graph.call({
    method: 'POST',
    path: [number, 'media'],
    raw: { type: `multipart/form-data; boundary=${boundary}`, bytes: head.length + file.sizeBytes + tail.length, body: body() },
    timeoutMs: uploadMs,
    signal,
  })
  const id = idOf(answer['id'])
  if (id === undefined) throw new GraphError({ status: 502, code: undefined, detail: 'the file was taken without being named' })
  return id
}

/** An address of a file is good for five minutes, the file itself for seven days. */
const addressMs = 4 * 60_000
const keptMs = 7 * 24 * 3_600_000

type Ref = Readonly<Record<string, Json>>

/**
 * The bytes of a file that somebody sent, checked against what was told of them when the last has come. Throws AppError: not_found for what
 * the network does not have any more, not_configured where an admin has to set something right; and else to be tried again.
 */
export async function download(
  { graph, clock }: { graph: Graph; clock: Clock },
  number: ExternalId,
  ref: Ref,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const age = clock() - Date.parse(filled(ref['at']) ?? '')
  try {
    const told = filled(ref['url'])
    const first = told !== undefined && age < addressMs ? await graph.download(told, signal).catch(refused) : undefined
    const response = first ?? (await resolved(graph, number, ref, signal)) ?? (await resolved(graph, number, ref, signal))
    if (response !== undefined) return checked(response, filled(ref['sha256']))
    throw new GraphError({ status: 404, code: undefined, detail: 'the file is not at its address' })
  } catch (error) {
    if (!(error instanceof GraphError)) throw error
    const words = toBeSetRight(error)
    if (words !== undefined) throw new AppError('not_configured', words, { cause: error })
    if (age > keptMs && error.status < 500) throw new AppError('not_found', 'WhatsApp keeps a file for seven days.', { cause: error })
    throw error
  }
}

/** An address that came with the message may not work any more when we come to it. */
function refused(error: unknown): undefined {
  if (!(error instanceof GraphError)) throw error
}

async function resolved(graph: Graph, number: ExternalId, ref: Ref, signal: AbortSignal): Promise<HttpResponse | undefined> {
  const answer = await graph.call({ method: 'GET', path: [filled(ref['id']) ?? ''], query: { phone_number_id: number }, signal })
  const url = filled(answer['url'])
  return url === undefined ? undefined : graph.download(url, signal)
}

async function* checked(response: HttpResponse, told: string | undefined): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  for await (const piece of response.stream()) {
    hash.update(piece)
    yield piece
  }
  const expected = told === undefined ? undefined : digestOf(told)
  if (expected !== undefined && !expected.equals(hash.digest())) throw new Error('The file is not what was sent: its hash is another')
}

/** Deliveries write the hash in base64, the API in hexadecimal digits. Undefined for what is none. */
function digestOf(told: string): Buffer | undefined {
  const bytes = Buffer.from(told, /^[0-9a-f]{64}$/i.test(told) ? 'hex' : 'base64')
  return bytes.length === 32 ? bytes : undefined
}
