/** How many bytes from the begin hold what `readOpusHead` reads, and how many from the end hold the last page. */
export const opusHeadBytes = 64
export const lastPageBytes = 65_536 + 300

/** What the first page of an Opus stream in Ogg tells (RFC 7845). Undefined for everything else. `preSkip` counts samples of 1/48 ms. */
export function readOpusHead(begin: Buffer): { readonly preSkip: number } | undefined {
  const isOgg = begin.subarray(0, 4).equals(Buffer.from('OggS'))
  const at = 27 + (begin[26] ?? 0)
  const isOpus = begin.subarray(at, at + 8).equals(Buffer.from('OpusHead'))
  return isOgg && isOpus && begin.length >= at + 12 ? { preSkip: begin.readUInt16LE(at + 10) } : undefined
}

/** How long a stream plays by the position of its last page, in milliseconds; undefined when its end does not tell. */
export function opusDurationMs({ preSkip }: { readonly preSkip: number }, end: Buffer): number | undefined {
  const at = end.lastIndexOf('OggS')
  if (at < 0 || end.length < at + 14) return undefined
  const samples = Number(end.readBigInt64LE(at + 6)) - preSkip
  return samples > 0 ? Math.round(samples / 48) : undefined
}
