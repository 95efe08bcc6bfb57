import fc from 'fast-check'
import { expect, test } from 'vitest'
import { samplesOf } from './ogg.ts'
import { remux, RemuxError } from './remux.ts'

const UNKNOWN = Uint8Array.of(0x01, 255, 255, 255, 255, 255, 255, 255)
const bytesOf = (...parts: readonly (number | Uint8Array | string)[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === 'number' ? [part] : typeof part === 'string' ? [...new TextEncoder().encode(part)] : [...part],
    ),
  )

/** An element with its size in two bytes, as recorders write it. */
const element = (id: readonly number[], data: Uint8Array) =>
  bytesOf(Uint8Array.from(id), 0x40 | (data.length >> 8), data.length & 255, data)
const block = (packet: Uint8Array, flags = 0x80) => element([0xa3], bytesOf(0x81, 0, 0, flags, packet))

/** 20 ms of Opus: its first byte says so. */
const packet = (size: number, fill = 7) => bytesOf(0x78, new Uint8Array(size - 1).fill(fill))
const head = bytesOf('OpusHead', 1, 1, 0x38, 0x01, 0x80, 0xbb, 0, 0, 0, 0, 0)

function recording(packets: readonly Uint8Array[], codec = 'A_OPUS'): Uint8Array {
  const tracks = bytesOf(
    Uint8Array.of(0x16, 0x54, 0xae, 0x6b),
    UNKNOWN,
    0xae,
    UNKNOWN,
    element([0x86], bytesOf(codec)),
    element([0x63, 0xa2], head),
  )
  const cluster = bytesOf(Uint8Array.of(0x1f, 0x43, 0xb6, 0x75), UNKNOWN, element([0xe7], bytesOf(0)), ...packets.map((one) => block(one)))
  const segment = bytesOf(Uint8Array.of(0x18, 0x53, 0x80, 0x67), UNKNOWN, tracks, cluster)
  return bytesOf(element([0x1a, 0x45, 0xdf, 0xa3], bytesOf('webm')), segment)
}

/** What the pages of an Ogg file say. */
function readOgg(ogg: Uint8Array) {
  const pages: { flags: number; granule: number; number: number; packets: Uint8Array[]; sum: number; whole: Uint8Array }[] = []
  for (let at = 0; at < ogg.length;) {
    expect(new TextDecoder().decode(ogg.subarray(at, at + 4))).toBe('OggS')
    const view = new DataView(ogg.buffer, ogg.byteOffset + at)
    const lacing = [...ogg.subarray(at + 27, at + 27 + view.getUint8(26))]
    let from = at + 27 + lacing.length
    const packets: Uint8Array[] = []
    let length = 0
    for (const size of lacing) {
      length += size
      if (size === 255) continue
      packets.push(ogg.subarray(from, from + length))
      from += length
      length = 0
    }
    const whole = ogg.slice(at, from)
    const sum = view.getUint32(22, true)
    pages.push({
      flags: view.getUint8(5),
      granule: Number(view.getBigUint64(6, true)),
      number: view.getUint32(18, true),
      packets,
      sum,
      whole,
    })
    at = from
  }
  return pages
}

test('packets come out as they went in, with their times', () => {
  const packets = Array.from({ length: 120 }, (_, at) => packet(40 + at * 5, at))
  const { ogg, durationMs } = remux(recording(packets))
  const pages = readOgg(ogg)
  expect(pages.map(({ flags }) => flags)).toEqual([2, 0, 0, 0, 4])
  expect(pages.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4])
  expect(pages.map(({ granule }) => granule)).toEqual([0, 0, 50 * 960, 100 * 960, 120 * 960])
  expect(pages[0]?.packets).toEqual([head])
  expect(new TextDecoder().decode(pages[1]?.packets[0])).toMatch(/^OpusTags/)
  expect(pages.slice(2).flatMap(({ packets: on }) => on)).toEqual(packets)
  expect(durationMs).toBeCloseTo((120 * 960 - 312) / 48)
})

test('the checksum of each page is that of Ogg', () => {
  for (const { sum, whole } of readOgg(remux(recording([packet(300)])).ogg)) {
    const page = whole.slice()
    page.fill(0, 22, 26)
    // Bit by bit, as the format describes it, where the code looks it up in a table.
    let expected = 0
    for (const byte of page) {
      expected ^= byte << 24
      for (let bit = 0; bit < 8; bit += 1) expected = expected & 0x80000000 ? (expected << 1) ^ 0x04c11db7 : expected << 1
    }
    expect(sum).toBe(expected >>> 0)
  }
})

test.each([255, 510, 254, 256, 5_000])('a packet of %d bytes stays whole', (size) => {
  const packets = [packet(size), packet(3), packet(size)]
  expect(
    readOgg(remux(recording(packets)).ogg)
      .slice(2)
      .flatMap((page) => page.packets),
  ).toEqual(packets)
})

test.each([
  [[0x78], 960],
  [[0x79], 1_920],
  [[0x7b, 3], 2_880],
  [[0x08], 960],
  [[0x18], 2_880],
  [[0x80], 120],
  [[], 0],
])('a packet that begins with %j sounds for %d samples', (bytes, samples) => {
  expect(samplesOf(Uint8Array.from(bytes))).toBe(samples)
})

test('a recording that was cut off keeps what is whole', () => {
  const whole = recording([packet(50), packet(60), packet(70)])
  const packets = readOgg(remux(whole.subarray(0, whole.length - 10)).ogg).slice(2)
  expect(packets.flatMap((page) => page.packets)).toEqual([packet(50), packet(60)])
})

test.each([
  ['another codec', recording([packet(50)], 'A_VORBIS')],
  ['nothing recorded', recording([])],
  ['no bytes', new Uint8Array()],
  ['no recording', bytesOf('not a recording at all')],
])('%s is refused', (_, bytes) => {
  expect(() => remux(bytes)).toThrow(RemuxError)
})

test('whatever the bytes, it ends, and refuses in its own words', () => {
  const failureOf = (bytes: Uint8Array): unknown => {
    try {
      return void remux(bytes)
    } catch (error) {
      return error instanceof RemuxError ? undefined : error
    }
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(failureOf(bytes)).toBeUndefined()
    }),
  )
})
