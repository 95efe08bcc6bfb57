import { fold } from '../../../data/fold.ts'

/** A piece of a text, and whether it is what was searched for. */
export interface Piece {
  readonly text: string
  readonly isHit: boolean
}

/** How much of a text stands before the first hit, in signs. */
const BEFORE = 24

/** A text cut into pieces at the words of a query. */
export function highlight(text: string, query: string): readonly Piece[] {
  const folded = fold(text)
  const words = fold(query).split(/\s+/).filter(Boolean)
  const hits = words.flatMap((word) => occurrences(folded, word)).toSorted((a, b) => a[0] - b[0])
  const pieces: Piece[] = []
  let at = 0
  for (const [from, to] of hits) {
    if (to <= at) continue
    if (from > at) pieces.push({ text: text.slice(at, from), isHit: false })
    pieces.push({ text: text.slice(Math.max(from, at), to), isHit: true })
    at = to
  }
  if (at < text.length) pieces.push({ text: text.slice(at), isHit: false })
  return pieces
}

function occurrences(text: string, word: string): readonly (readonly [number, number])[] {
  const found: (readonly [number, number])[] = []
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) found.push([at, at + word.length])
  return found
}

/** A text of one line that begins shortly before its first hit, so that the hit can be seen. */
export function snippet(text: string, query: string): readonly Piece[] {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  const pieces = highlight(line, query)
  const [first, ...rest] = pieces
  if (!first || first.isHit || first.text.length <= BEFORE || rest.length === 0) return pieces
  const cut = first.text.length - BEFORE
  // Not in the middle of a word, unless the word is longer than that.
  const space = first.text.indexOf(' ', cut)
  return [{ text: `…${first.text.slice(space < 0 ? cut : space + 1)}`, isHit: false }, ...rest]
}
