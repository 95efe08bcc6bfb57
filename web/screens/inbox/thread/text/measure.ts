/** From how many lines and signs on a text is folded, and to how much. */
const LINES = 20
const SIGNS = 3_000

/** How many emoji a text is, where it is one to three and nothing else; else 0. */
export function countLoneEmoji(text: string): 0 | 1 | 2 | 3 {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.length > 60 || /[\p{L}\d#*]/u.test(trimmed[0] ?? '')) return 0
  const signs = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(trimmed)].filter(
    ({ segment }) => segment.trim() !== '',
  )
  const isEmoji = signs.every(
    ({ segment }) => /^\p{RGI_Emoji}$/v.test(segment) || /^\p{Emoji_Presentation}/u.test(segment) || segment === '❤',
  )
  return isEmoji && signs.length <= 3 ? (signs.length as 0 | 1 | 2 | 3) : 0
}

/** Where a long text is cut while it is folded, or its length where it is short enough. */
export function foldAt(text: string): number {
  let end = -1
  for (let line = 0; line < LINES; line += 1) {
    end = text.indexOf('\n', end + 1)
    if (end < 0) break
  }
  const byLines = end < 0 ? text.length : end
  if (byLines <= SIGNS) return byLines
  const space = text.lastIndexOf(' ', SIGNS)
  const cut = space > SIGNS / 2 ? space : SIGNS
  // A pair of units that is one sign is not torn.
  return /[\uD800-\uDBFF]/.test(text[cut - 1] ?? '') ? cut - 1 : cut
}
