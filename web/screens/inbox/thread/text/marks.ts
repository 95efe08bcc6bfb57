import { findLinks } from './links.ts'

/** A part of a line. Marks stand around other parts; `code` and the rest hold only text. */
export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bold' | 'italic' | 'strike'; readonly parts: readonly Inline[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string; readonly host?: string }
  | { readonly kind: 'mention'; readonly text: string; readonly contact: string }

/** A piece of a text from top to bottom. */
export type Block =
  | { readonly kind: 'lines' | 'quote' | 'bullets'; readonly lines: readonly (readonly Inline[])[] }
  | { readonly kind: 'numbers'; readonly start: number; readonly lines: readonly (readonly Inline[])[] }
  | { readonly kind: 'mono'; readonly text: string }

/** Who is named, in UTF-16 units of the text. */
export interface Named {
  readonly contact_id: string
  readonly offset: number
  readonly length: number
}

/** A stretch of the text that is one part whatever marks stand in it. */
interface Solid {
  readonly start: number
  readonly end: number
  readonly part: Inline
}

const MARKS = { '*': 'bold', _: 'italic', '~': 'strike' } as const
type Sign = keyof typeof MARKS

/**
 * WhatsApp's own marks as a tree: *bold*, _italic_, ~strike~, `code`, ```mono```, > quotes, lists, addresses and who is named. A mark
 * works only at the edge of a word and within its line; what is not closed stays as it was typed. Takes time in step with the length.
 */
export function parseMarks(text: string, named: readonly Named[] = []): readonly Block[] {
  const solids = solidsOf(text, named)
  const blocks: Block[] = []
  let from = 0
  for (const { start, end, content } of monoOf(text)) {
    blocks.push(...blocksOf(text, from, start, solids), { kind: 'mono', text: content })
    from = end
  }
  blocks.push(...blocksOf(text, from, text.length, solids))
  return blocks
}

/** Mentions and links in their order; of two that overlap the first stays. */
function solidsOf(text: string, named: readonly Named[]): readonly Solid[] {
  const mentions = named.map(({ contact_id, offset, length }): Solid => {
    const part = { kind: 'mention', text: text.slice(offset, offset + length), contact: contact_id } as const
    return { start: offset, end: offset + length, part }
  })
  const links = findLinks(text).map(({ start, end, href, host }): Solid => {
    return { start, end, part: { kind: 'link', text: text.slice(start, end), href, ...(host ? { host } : {}) } }
  })
  let reached = 0
  return [...mentions, ...links]
    .filter(({ start, end }) => start >= 0 && end > start && end <= text.length)
    .toSorted((a, b) => a.start - b.start)
    .filter(({ start, end }) => {
      if (start < reached) return false
      reached = end
      return true
    })
}

/** What stands between two ``` and has lines of its own; in one line it is code like any other. */
function monoOf(text: string): readonly { readonly start: number; readonly end: number; readonly content: string }[] {
  const found: { start: number; end: number; content: string }[] = []
  for (let from = 0; ;) {
    const start = text.indexOf('```', from)
    const close = start < 0 ? -1 : text.indexOf('```', start + 3)
    if (close < 0) return found
    const content = text.slice(start + 3, close)
    if (content.includes('\n')) found.push({ start, end: close + 3, content: content.replace(/^\n|\n$/g, '') })
    from = close + 3
  }
}

const LINE_KINDS = [
  { kind: 'quote', pattern: /^> ?/ },
  { kind: 'bullets', pattern: /^[*-] (?=\S)/ },
  { kind: 'numbers', pattern: /^(\d{1,3})\. (?=\S)/ },
] as const

function blocksOf(text: string, from: number, to: number, solids: readonly Solid[]): readonly Block[] {
  // The line break beside a block belongs to the block.
  const begin = from > 0 && text[from] === '\n' ? from + 1 : from
  const end = to < text.length && text[to - 1] === '\n' ? to - 1 : to
  if (begin >= end) return []
  const blocks: { kind: 'lines' | 'quote' | 'bullets' | 'numbers'; start: number; lines: (readonly Inline[])[] }[] = []
  let next = solids.findIndex((solid) => solid.end > begin)
  if (next < 0) next = solids.length
  for (let start = begin; start <= end;) {
    const newline = text.indexOf('\n', start)
    const stop = newline < 0 || newline > end ? end : newline
    const line = text.slice(start, stop)
    const found = LINE_KINDS.find(({ pattern }) => pattern.test(line))
    const lead = found ? (found.pattern.exec(line)?.[0].length ?? 0) : 0
    while ((solids[next]?.end ?? Infinity) <= start) next += 1
    const inline = inlineOf(text, start + lead, stop, solids, next)
    const kind = found?.kind ?? 'lines'
    const last = blocks.at(-1)
    if (last?.kind === kind) last.lines.push(inline)
    else blocks.push({ kind, start: Number.parseInt(line, 10) || 1, lines: [inline] })
    start = stop + 1
  }
  return blocks.map(({ kind, start, lines }) => (kind === 'numbers' ? { kind, start, lines } : { kind, lines }))
}

interface Frame {
  readonly sign?: Sign
  readonly parts: Inline[]
}

/** One line. Each mark may be open once, so every sign is looked at once. */
function inlineOf(text: string, from: number, to: number, solids: readonly Solid[], firstSolid: number): readonly Inline[] {
  const frames: Frame[] = [{ parts: [] }]
  const top = () => frames.at(-1)?.parts ?? []
  let next = firstSolid
  let plainFrom = from
  let noMoreCode = false
  const flush = (upTo: number) => {
    if (upTo > plainFrom) addText(top(), text.slice(plainFrom, upTo))
  }
  for (let at = from; at < to;) {
    const solid = solids[next]
    if (solid && solid.start === at && solid.end <= to) {
      flush(at)
      top().push(solid.part)
      at = plainFrom = solid.end
      next += 1
      continue
    }
    if (solid && solid.start < at) next += 1
    const sign = text[at] ?? ''
    if (sign === '`' && !noMoreCode) {
      const code = codeAt(text, at, to)
      noMoreCode = code === 'none'
      if (typeof code === 'object') {
        flush(at)
        top().push({ kind: 'code', text: code.text })
        at = plainFrom = code.end
        continue
      }
    }
    if (isSign(sign)) {
      const depth = frames.findIndex((frame) => frame.sign === sign)
      if (depth > 0 && closes(text, at, to)) {
        flush(at)
        if (isFilled(frames, depth)) {
          closeFrame(frames, depth, sign)
          at = plainFrom = at + 1
          continue
        }
        plainFrom = at
      } else if (depth < 0 && opens(text, at, from, to)) {
        flush(at)
        frames.push({ sign, parts: [] })
        at = plainFrom = at + 1
        continue
      }
    }
    at += 1
  }
  flush(to)
  while (frames.length > 1) dissolve(frames)
  return frames[0]?.parts ?? []
}

function isSign(sign: string): sign is Sign {
  return sign in MARKS
}

function isFilled(frames: readonly Frame[], depth: number): boolean {
  return frames.slice(depth).some(({ parts }) => parts.length > 0)
}

const WORD = /[\p{L}\p{N}]/u

/** A mark begins where no word runs into it, and something follows at once. */
function opens(text: string, at: number, from: number, to: number): boolean {
  const before = at > from ? (text[at - 1] ?? '') : ''
  const after = at + 1 < to ? (text[at + 1] ?? '') : ''
  return !WORD.test(before) && after !== '' && !/\s/.test(after) && after !== text[at]
}

function closes(text: string, at: number, to: number): boolean {
  const before = text[at - 1] ?? ''
  const after = at + 1 < to ? (text[at + 1] ?? '') : ''
  return !/\s/.test(before) && !WORD.test(after)
}

/** The code that begins here; `none` when no more of it can come in this line. */
function codeAt(text: string, at: number, to: number): { readonly text: string; readonly end: number } | 'none' | undefined {
  const fence = text.startsWith('```', at) ? '```' : '`'
  const begin = at + fence.length
  const close = text.indexOf(fence, begin)
  if (close < 0 || close + fence.length > to) return fence === '`' ? 'none' : undefined
  const content = text.slice(begin, close)
  return content.trim() === '' ? undefined : { text: content, end: close + fence.length }
}

function closeFrame(frames: Frame[], depth: number, sign: Sign): void {
  while (frames.length > depth + 1) dissolve(frames)
  const { parts = [] } = frames.pop() ?? {}
  frames.at(-1)?.parts.push({ kind: MARKS[sign], parts })
}

/** A mark that was never closed is text after all. */
function dissolve(frames: Frame[]): void {
  const open = frames.pop()
  const around = frames.at(-1)
  if (!open || !around) return
  addText(around.parts, open.sign ?? '')
  for (const part of open.parts) {
    if (part.kind === 'text') addText(around.parts, part.text)
    else around.parts.push(part)
  }
}

function addText(parts: Inline[], text: string): void {
  const last = parts.at(-1)
  if (last?.kind === 'text') parts[parts.length - 1] = { kind: 'text', text: last.text + text }
  else if (text !== '') parts.push({ kind: 'text', text })
}
