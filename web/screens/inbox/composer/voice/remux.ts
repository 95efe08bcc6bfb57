import { type OpusPacket, samplesOf, writeOgg } from './ogg.ts'

/** What WhatsApp takes as a voice note, made of what the browser has recorded. */
export interface VoiceFile {
  readonly ogg: Uint8Array
  readonly durationMs: number
}

/** The recording is not what this can read: no Opus in it, or cut to pieces. */
export class RemuxError extends Error {}

/** Elements of Matroska (RFC 9559) that hold others; their sizes do not matter, since what they hold follows them. */
const HOLDERS = new Set([0x18538067, 0x1f43b675, 0x1654ae6b, 0xae, 0xa0])
const CODEC = 0x86
const CODEC_PRIVATE = 0x63a2
const SIMPLE_BLOCK = 0xa3
const BLOCK = 0xa1

/** Takes the Opus packets of a WebM recording out and puts them into Ogg, without decoding them. Throws RemuxError. */
export function remux(webm: Uint8Array, serial = 1): VoiceFile {
  let codec = ''
  let head: Uint8Array | undefined
  const packets: OpusPacket[] = []
  for (const { id, data } of elementsOf(webm)) {
    if (id === CODEC) codec = new TextDecoder().decode(data)
    else if (id === CODEC_PRIVATE) head = data
    else if (id === SIMPLE_BLOCK || id === BLOCK) packets.push(packetOf(data))
  }
  if (codec !== 'A_OPUS') throw new RemuxError(`The recording has ${codec || 'no'} sound`)
  const opusHead = head ?? defaultHead()
  const skipped = opusHead.length >= 12 ? (opusHead[10] ?? 0) | ((opusHead[11] ?? 0) << 8) : 0
  const samples = packets.reduce((sum, packet) => sum + packet.samples, 0)
  if (samples === 0) throw new RemuxError('The recording is empty')
  return { ogg: writeOgg(opusHead, packets, serial), durationMs: Math.max(0, samples - skipped) / 48 }
}

interface Element {
  readonly id: number
  readonly data: Uint8Array
}

/** The elements that hold data, in their order. The last may be cut off, as where recording was stopped. */
function* elementsOf(bytes: Uint8Array): Generator<Element> {
  for (let at = 0; at < bytes.length;) {
    const id = numberAt(bytes, at, true)
    const size = id && numberAt(bytes, at + id.length, false)
    if (!id || !size) return
    const begin = at + id.length + size.length
    if (HOLDERS.has(id.value)) {
      at = begin
      continue
    }
    const end = begin + size.value
    if (!Number.isSafeInteger(end) || end > bytes.length) return
    yield { id: id.value, data: bytes.subarray(begin, end) }
    at = end
  }
}

/** A number that tells its own length by its first bits; an id keeps them. */
function numberAt(bytes: Uint8Array, at: number, isId: boolean): { readonly value: number; readonly length: number } | undefined {
  const first = bytes[at]
  if (first === undefined || first === 0) return undefined
  const length = Math.clz32(first) - 23
  if (at + length > bytes.length || (isId && length > 4)) return undefined
  let value = isId ? first : first & (255 >> length)
  for (let index = 1; index < length; index += 1) value = value * 256 + (bytes[at + index] ?? 0)
  return { value, length }
}

/** A block is its track, a time, its flags, and one packet. */
function packetOf(block: Uint8Array): OpusPacket {
  const track = numberAt(block, 0, false)
  const flags = track && block[track.length + 2]
  if (!track || flags === undefined || (flags & 6) !== 0) throw new RemuxError('The recording has blocks of several packets')
  const bytes = block.subarray(track.length + 3)
  return { bytes, samples: samplesOf(bytes) }
}

/** One channel at 48 kHz. */
function defaultHead(): Uint8Array {
  return Uint8Array.of(...new TextEncoder().encode('OpusHead'), 1, 1, 0x38, 0x01, 0x80, 0xbb, 0, 0, 0, 0, 0)
}
