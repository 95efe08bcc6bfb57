/** A text as it is compared in a search: without case, accents and the kinds of apostrophe; ґ counts as г. The length stays the same. */
export function fold(text: string): string {
  let folded = ''
  for (const sign of text) folded += foldSign(sign)
  return folded
}

const plain: Readonly<Record<string, string>> = { ґ: 'г', '’': "'", ʼ: "'", '`': "'", '‘': "'" }

function foldSign(sign: string): string {
  const lower = sign.toLocaleLowerCase()
  if (lower.length !== sign.length) return sign
  const known = plain[lower]
  if (known !== undefined) return known
  // й and ї are letters of their own, not accented ones.
  if (/[йї]/.test(lower)) return lower
  const bare = lower.normalize('NFD').replaceAll(/\p{M}/gu, '')
  return bare.length === sign.length ? bare : lower
}

/** Whether every word of a query stands somewhere in the text. */
export function hasWords(text: string, query: string): boolean {
  const folded = fold(text)
  return fold(query)
    .split(/\s+/)
    .every((word) => folded.includes(word))
}
