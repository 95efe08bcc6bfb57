/** One Opus packet and how long it sounds, in samples at 48 kHz. */
export interface OpusPacket {
  readonly bytes: Uint8Array
  readonly samples: number
}

const RATE_PER_MS = 48
/** About a second each: a page is what a player must have before it can sound. */
const PACKETS_A_PAGE = 50
const MOST_SEGMENTS = 255

/** How long an Opus packet sounds, in samples at 48 kHz, by its first bytes (RFC 6716, 3.1). 0 for one that is none. */
export function samplesOf(packet: Uint8Array): number {
  const [toc, counts = 0] = packet
  if (toc === undefined) return 0
  const config = toc >> 3
  const frameMs = config < 12 ? [10, 20, 40, 60][config & 3] : config < 16 ? [10, 20][config & 1] : [2.5, 5, 10, 20][config & 3]
  const code = toc & 3
  const frames = code === 0 ? 1 : code === 3 ? counts & 63 : 2
  return (frameMs ?? 0) * RATE_PER_MS * frames
}

/** An Ogg file of one Opus stream (RFC 7845). `head` is its OpusHead packet. */
export function writeOgg(head: Uint8Array, packets: readonly OpusPacket[], serial: number): Uint8Array {
  const pages = [
    pageOf({ serial, number: 0, granule: 0, flags: 2, packets: [head] }),
    pageOf({ serial, number: 1, granule: 0, flags: 0, packets: [tags()] }),
  ]
  let granule = 0
  let waiting: Uint8Array[] = []
  let segments = 0
  const flush = (isLast: boolean) => {
    pages.push(pageOf({ serial, number: pages.length, granule, flags: isLast ? 4 : 0, packets: waiting }))
    waiting = []
    segments = 0
  }
  for (const { bytes, samples } of packets) {
    const needed = Math.floor(bytes.length / 255) + 1
    if (waiting.length >= PACKETS_A_PAGE || segments + needed > MOST_SEGMENTS) flush(false)
    waiting.push(bytes)
    segments += needed
    granule += samples
  }
  flush(true)
  return joined(pages)
}

interface Page {
  readonly serial: number
  readonly number: number
  readonly granule: number
  /** 2 begins the stream, 4 ends it. */
  readonly flags: number
  readonly packets: readonly Uint8Array[]
}

function pageOf({ serial, number, granule, flags, packets }: Page): Uint8Array {
  const lacing = packets.flatMap(({ length }) => [...Array<number>(Math.floor(length / 255)).fill(255), length % 255])
  const header = new Uint8Array(27 + lacing.length)
  const view = new DataView(header.buffer)
  header.set([0x4f, 0x67, 0x67, 0x53, 0, flags])
  view.setBigUint64(6, BigInt(granule), true)
  view.setUint32(14, serial, true)
  view.setUint32(18, number, true)
  header[26] = lacing.length
  header.set(lacing, 27)
  const page = joined([header, ...packets])
  new DataView(page.buffer).setUint32(22, checksumOf(page), true)
  return page
}

function tags(): Uint8Array {
  const text = new TextEncoder()
  const vendor = text.encode('Mistok')
  return joined([text.encode('OpusTags'), Uint8Array.of(vendor.length, 0, 0, 0), vendor, Uint8Array.of(0, 0, 0, 0)])
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24
  for (let bit = 0; bit < 8; bit += 1) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1
  return value >>> 0
})

/** Ogg's own CRC of a page whose place for it is zero. */
function checksumOf(page: Uint8Array): number {
  let sum = 0
  for (const byte of page) sum = ((sum << 8) ^ (table[((sum >>> 24) ^ byte) & 255] ?? 0)) >>> 0
  return sum
}
