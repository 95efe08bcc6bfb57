import { createBits } from './sample-bits.ts'

const width = 64
const height = 64
const frames = 10

/** A one-second MP4 of plain colour: H.264 whose every macroblock is raw samples (I_PCM), so that no codec is needed. */
export function sampleVideo(): Buffer {
  const sps = Buffer.from([0x67, ...parameterSet()])
  const pps = Buffer.from([0x68, ...pictureSet()])
  const samples = Array.from({ length: frames }, (_, index) => nal(Buffer.from([0x65, ...picture(index)])))
  const ftyp = box('ftyp', Buffer.concat([Buffer.from('isom'), be32(512), Buffer.from('isomavc1mp41')]))
  const sized = movie(
    sps,
    pps,
    samples.map((sample) => sample.length),
    0,
  )
  const offset = ftyp.length + sized.length + 8
  return Buffer.concat([
    ftyp,
    movie(
      sps,
      pps,
      samples.map((sample) => sample.length),
      offset,
    ),
    box('mdat', ...samples),
  ])
}

type Bits = ReturnType<typeof createBits>

/** Unsigned Exp-Golomb (ITU-T H.264, 9.1). */
function ue(bits: Bits, value: number): void {
  const length = Math.floor(Math.log2(value + 1))
  bits.put(0, length)
  bits.put(value + 1, length + 1)
}

function ended(bits: Bits): number[] {
  bits.put(1, 1)
  return escaped(bits.bytes(0))
}

/** Emulation prevention: no three bytes that look like a start code. */
function escaped(bytes: number[]): number[] {
  const out: number[] = []
  for (const byte of bytes) {
    if (byte <= 3 && out.at(-1) === 0 && out.at(-2) === 0) out.push(3)
    out.push(byte)
  }
  return out
}

function parameterSet(): number[] {
  const bits = createBits()
  for (const byte of [66, 0xc0, 30]) bits.put(byte, 8)
  for (const value of [0, 0, 2, 0]) ue(bits, value)
  bits.put(0, 1)
  ue(bits, width / 16 - 1)
  ue(bits, height / 16 - 1)
  bits.put(0b1100, 4)
  return ended(bits)
}

function pictureSet(): number[] {
  const bits = createBits()
  ue(bits, 0)
  ue(bits, 0)
  bits.put(0, 2)
  for (const value of [0, 0, 0]) ue(bits, value)
  bits.put(0, 3)
  for (const value of [0, 0, 0]) ue(bits, value)
  bits.put(0, 3)
  return ended(bits)
}

/** One IDR slice: the header, then raw macroblocks. */
function picture(index: number): number[] {
  const bits = createBits()
  ue(bits, 0)
  ue(bits, 7)
  ue(bits, 0)
  bits.put(0, 4)
  ue(bits, index % 2)
  bits.put(0, 2)
  ue(bits, 0)
  bits.put(0, 0)
  ue(bits, 1)
  let bytes: number[] = []
  let open = bits
  for (let block = 0; block < (width / 16) * (height / 16); block += 1) {
    ue(open, 25)
    bytes = [...bytes, ...open.bytes(0), ...raw(index)]
    open = createBits()
  }
  open.put(1, 1)
  return escaped([...bytes, ...open.bytes(0)])
}

function raw(index: number): number[] {
  return [
    ...Array.from({ length: 256 }, () => 90 + index * 8),
    ...Array.from({ length: 64 }, () => 150),
    ...Array.from({ length: 64 }, () => 90),
  ]
}

function nal(bytes: Buffer): Buffer {
  return Buffer.concat([be32(bytes.length), bytes])
}

function be32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4)
  return bytes
}

function be16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length)
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, index * 2)
  return bytes
}

function box(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([be32(body.length + 8), Buffer.from(type, 'latin1'), body])
}

const unity = be32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)

/** The index of an MP4 with one track, ten frames a second (ISO/IEC 14496-12). */
function movie(sps: Buffer, pps: Buffer, sizes: number[], offset: number): Buffer {
  const config = Buffer.concat([Buffer.from([1, 66, 0xc0, 30, 0xff, 0xe1]), be16(sps.length), sps, Buffer.from([1]), be16(pps.length), pps])
  const size = Buffer.concat([be16(width, height), be32(0x480000, 0x480000, 0)])
  const looks = Buffer.concat([be16(1), Buffer.alloc(32), be16(24, 0xffff)])
  const entry = Buffer.concat([Buffer.alloc(6), be16(1), Buffer.alloc(16), size, looks, box('avcC', config)])
  const tables = box(
    'stbl',
    box('stsd', be32(0, 1), box('avc1', entry)),
    box('stts', be32(0, 1, sizes.length, 100)),
    box('stsc', be32(0, 1, 1, sizes.length, 1)),
    box('stsz', be32(0, 0, sizes.length, ...sizes)),
    box('stco', be32(0, 1, offset)),
  )
  const media = box(
    'mdia',
    box('mdhd', be32(0, 0, 0, 1000, sizes.length * 100), be16(0x55c4, 0)),
    box('hdlr', be32(0, 0), Buffer.from('vide'), be32(0, 0, 0), Buffer.from('video\0')),
    box('minf', box('vmhd', be32(1), be16(0, 0, 0, 0)), box('dinf', box('dref', be32(0, 1), box('url ', be32(1)))), tables),
  )
  const header = box('tkhd', be32(3, 0, 0, 1, 0, sizes.length * 100, 0, 0), be16(0, 0, 0, 0), unity, be32(width << 16, height << 16))
  const mvhd = box('mvhd', be32(0, 0, 0, 1000, sizes.length * 100, 0x10000), be16(0x100, 0), be32(0, 0), unity, Buffer.alloc(24), be32(2))
  return box('moov', mvhd, box('trak', header, media))
}
