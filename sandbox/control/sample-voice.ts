/** A silent voice note: Opus in Ogg (RFC 7845), 20 ms packets. */
export function sampleVoice(ms: number): Buffer {
  const head = Buffer.alloc(19)
  head.write('OpusHead')
  head.set([1, 1], 8)
  head.writeUInt32LE(48_000, 12)
  const vendor = Buffer.from('sandbox')
  const tags = Buffer.concat([Buffer.from('OpusTags'), le32(vendor.length), vendor, le32(0)])
  const packets = Array.from({ length: Math.ceil(ms / 20) }, () => Buffer.from([0xf8, 0xff, 0xfe]))
  const pages = [page([head], { number: 0, flags: 2, position: 0 }), page([tags], { number: 1, flags: 0, position: 0 })]
  for (let at = 0; at < packets.length; at += 200) {
    const part = packets.slice(at, at + 200)
    const end = at + part.length
    pages.push(page(part, { number: pages.length, flags: end === packets.length ? 4 : 0, position: end * 960 }))
  }
  return Buffer.concat(pages)
}

function le32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** One Ogg page of short packets (RFC 3533). */
function page(packets: Buffer[], place: { number: number; flags: number; position: number }): Buffer {
  const header = Buffer.alloc(27)
  header.write('OggS')
  header[5] = place.flags
  header.writeBigUInt64LE(BigInt(place.position), 6)
  header.writeUInt32LE(0x51a7d1ce, 14)
  header.writeUInt32LE(place.number, 18)
  header[26] = packets.length
  const whole = Buffer.concat([header, Buffer.from(packets.map((packet) => packet.length)), ...packets])
  whole.writeUInt32LE(checksum(whole), 22)
  return whole
}

/** Ogg's CRC: polynomial 0x04c11db7, no reflection, no inversion. */
function checksum(bytes: Buffer): number {
  let sum = 0
  for (const byte of bytes) {
    sum ^= byte << 24
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 0x80000000 ? (sum << 1) ^ 0x04c11db7 : sum << 1
  }
  return sum >>> 0
}
