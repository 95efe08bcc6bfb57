const begins: readonly (readonly [mimeType: string, begin: RegExp])[] = [
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/png', /^\x89PNG\r\n\x1a\n/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
]

/** What kind of picture a file is, by its first sixteen bytes; undefined for everything that a browser does not show as one. */
export function imageTypeOf(first: Uint8Array): string | undefined {
  const text = Buffer.from(first).toString('latin1')
  return begins.find(([, begin]) => begin.test(text))?.[0]
}
