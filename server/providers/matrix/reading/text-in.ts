import { type Fields, fields, filled, text } from '../../../lib/fields.ts'
import { htmlToText, type RichText } from './html.ts'

const forwardedPrefix = /^↷ Forwarded(?:\n\n?|$)/

/** The text of a message with WhatsApp's marks, whom it names, and whether it was forwarded (protocol/bridge.md 5.1). */
export function readText(content: Fields): RichText {
  const html = content['format'] === 'org.matrix.custom.html' ? filled(content['formatted_body']) : undefined
  const rich = html === undefined ? undefined : htmlToText(html)
  const plain = withoutForward({ text: withoutQuote(content).text, mentions: [], forwarded: false })
  if (rich === undefined) return plain
  const read = withoutBegin(withoutForward(rich), /^\u200b/)
  return { ...read, forwarded: rich.forwarded || read.forwarded || plain.forwarded }
}

/** The caption of a file: its body, where that is not just the file's name (protocol/bridge.md 5.1, 5.2). */
export function readCaption(content: Fields): RichText & { readonly fileName?: string } {
  const body = text(content['body']) ?? ''
  const named = filled(content['filename'])
  if (named === undefined) return { text: '', mentions: [], forwarded: false, ...(body === '' ? {} : { fileName: body }) }
  return body === named ? { text: '', mentions: [], forwarded: false, fileName: named } : { ...readText(content), fileName: named }
}

/** What the answered message says, where the answer carries it, as other Matrix clients write it. */
export function readQuote(content: Fields): string | undefined {
  return withoutQuote(content).quote?.slice(0, 1_024)
}

function withoutForward(raw: RichText): RichText {
  const forwarded = forwardedPrefix.test(raw.text)
  return forwarded ? { ...withoutBegin(raw, forwardedPrefix), forwarded } : raw
}

// What the text names moves with it.
function withoutBegin(raw: RichText, begin: RegExp): RichText {
  const kept = raw.text.replace(begin, '')
  const cut = raw.text.length - kept.length
  const mentions = raw.mentions.map((mention) => ({ ...mention, offset: mention.offset - cut })).filter(({ offset }) => offset >= 0)
  return { ...raw, text: kept, mentions }
}

function withoutQuote(content: Fields): { readonly text: string; readonly quote?: string } {
  const body = text(content['body']) ?? ''
  const reply = fields(fields(content['m.relates_to'])['m.in_reply_to'])['event_id']
  if (reply === undefined || !body.startsWith('> <')) return { text: body }
  const rest = body.split('\n')
  const end = rest.findIndex((line) => !line.startsWith('> '))
  if (end < 0) return { text: body }
  const quote = rest.slice(0, end).map((line) => line.slice(2))
  return { text: rest.slice(rest[end] === '' ? end + 1 : end).join('\n'), quote: quote.join('\n').replace(/^<[^>]*> ?/, '') }
}
