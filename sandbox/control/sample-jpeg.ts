import { createBits } from './sample-bits.ts'

/** Huffman tables: how many codes of each length from 1 to 16 bits, then their values. Ten size classes, and the end of a block. */
const dcCodes = [0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
const acCodes = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]

/** A baseline JPEG of soft coloured squares. Each 8×8 block has only its mean (the DC coefficient), so no transform is needed. */
export function sampleJpeg(width: number, height: number): Buffer {
  const bits = createBits()
  const last = [0, 0, 0]
  for (let y = 0; y < height / 8; y += 1) {
    for (let x = 0; x < width / 8; x += 1) {
      const means = [40 + ((x * 3 + y * 2) % 90) - 60, ((x * 2) % 70) - 35, ((y * 3) % 70) - 35]
      for (const [component, mean] of means.entries()) {
        putDifference(bits, mean - (last[component] ?? 0))
        last[component] = mean
        bits.put(0, 1)
      }
    }
  }
  const data = bits.bytes(1).flatMap((byte) => (byte === 0xff ? [0xff, 0] : [byte]))
  const word = (value: number) => [value >> 8, value & 0xff]
  const segment = (marker: number, body: number[]) => [0xff, marker, ...word(body.length + 2), ...body]
  return Buffer.from([
    0xff,
    0xd8,
    ...segment(0xe0, [...Buffer.from('JFIF\0'), 1, 1, 0, ...word(1), ...word(1), 0, 0]),
    ...segment(0xdb, [0, ...Array.from({ length: 64 }, () => 8)]),
    ...segment(0xc0, [8, ...word(height), ...word(width), 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]),
    ...segment(0xc4, [0x00, ...dcCodes]),
    ...segment(0xc4, [0x10, ...acCodes]),
    ...segment(0xda, [3, 1, 0, 2, 0, 3, 0, 0, 63, 0]),
    ...data,
    0xff,
    0xd9,
  ])
}

/** A DC difference: its size class as a four-bit code, then its bits (ITU-T T.81, F.1.2.1). */
function putDifference(bits: ReturnType<typeof createBits>, difference: number): void {
  const size = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1
  bits.put(size, 4)
  bits.put(difference < 0 ? difference + 2 ** size - 1 : difference, size)
}
