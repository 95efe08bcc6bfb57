import { type Fields, fields, filled, text } from './json.ts'
import { htmlToText, type PlainText } from './html.ts'

const forwardedPrefix = /^↷ Forwarded(?:\n\n?|$)/

/** The text of a message with WhatsApp's marks, and whether it was forwarded (protocol/bridge.md 5.1). */
export function readText(content: Fields): PlainText {
  const html = content['format'] === 'org.matrix.custom.html' ? filled(content['formatted_body']) : undefined
  const rich = html === undefined ? undefined : htmlToText(html)
  const plain = withoutForward(withoutQuote(text(content['body']) ?? '', content))
  if (rich === undefined) return plain
  const read = withoutForward(rich.text)
  return { text: read.text.replace(/^\u200b/, ''), forwarded: rich.forwarded || read.forwarded || plain.forwarded }
}

/** The caption of a file: its body, where that is not just the file's name (protocol/bridge.md 5.1, 5.2). */
export function readCaption(content: Fields): PlainText & { readonly fileName?: string } {
  const body = text(content['body']) ?? ''
  const named = filled(content['filename'])
  if (named === undefined) return { text: '', forwarded: false, ...(body === '' ? {} : { fileName: body }) }
  return body === named ? { text: '', forwarded: false, fileName: named } : { ...readText(content), fileName: named }
}

function withoutForward(raw: string): PlainText {
  const forwarded = forwardedPrefix.test(raw)
  return { text: forwarded ? raw.replace(forwardedPrefix, '') : raw, forwarded }
}

// Other Matrix clients may put the quoted text before a reply.
function withoutQuote(body: string, content: Fields): string {
  const reply = fields(fields(content['m.relates_to'])['m.in_reply_to'])['event_id']
  if (reply === undefined || !body.startsWith('> <')) return body
  const rest = body.split('\n')
  const end = rest.findIndex((line) => !line.startsWith('> '))
  return end < 0 ? body : rest.slice(rest[end] === '' ? end + 1 : end).join('\n')
}
