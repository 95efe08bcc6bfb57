import { crc32, deflateSync } from 'node:zlib'
import { encode } from 'uqr'

/** A QR code as a black and white PNG of the given width, error correction L as the bridge draws it. */
export function qrPng(text: string, width: number): Buffer {
  const { data, size } = encode(text, { ecc: 'L', border: 4 })
  const scale = Math.floor(width / size)
  const margin = Math.floor((width - scale * size) / 2)
  const dark = (x: number, y: number) => data[Math.floor((y - margin) / scale)]?.[Math.floor((x - margin) / scale)] === true
  const rows = Array.from({ length: width }, (_, y) => {
    const row = Buffer.alloc(1 + width)
    for (let x = 0; x < width; x += 1) row[x + 1] = dark(x, y) ? 0 : 255
    return row
  })
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(width, 4)
  head.set([8, 0, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.concat(rows))), chunk('IEND', Buffer.alloc(0))])
}

function chunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), body])
  const whole = Buffer.alloc(named.length + 8)
  whole.writeUInt32BE(body.length, 0)
  named.copy(whole, 4)
  whole.writeUInt32BE(crc32(named), named.length + 4)
  return whole
}
