import type { Json, OutboundMention } from '../../provider.ts'

/** A text to say, with whom it names. */
export interface Words {
  readonly text: string
  readonly mentions?: readonly OutboundMention[]
}

// The bridge reads the formatted body where there is one, and looks for commands in the plain one (protocol/bridge.md 2.1).
const hidden = '\u200b'

/**
 * A text as the body of an event. WhatsApp's own marks stay as they were typed; people are named by a pill and in `m.mentions`
 * (protocol/bridge.md 5.2). What the bridge would take for a command, or for a quote that it cuts off, is hidden from it; so is what
 * says no more than `fileName`.
 */
export function bodyOf({ text, mentions = [] }: Words, commandPrefix: string, fileName?: string): Readonly<Record<string, Json>> {
  // A caption that is the name of its file would not be one.
  const isGuarded = looksLikeCommand(text, commandPrefix) || text === fileName
  const named = mentions.length === 0 ? {} : { 'm.mentions': { user_ids: [...new Set(mentions.map((mention) => mention.person))] } }
  if (!isGuarded && mentions.length === 0) return { body: text }
  const html = { format: 'org.matrix.custom.html', formatted_body: htmlOf(text, mentions) }
  return { body: isGuarded ? `${hidden}${text}` : text, ...html, ...named }
}

// Before it looks for a command, the bridge cuts the quoted lines off that old clients put before a reply.
function looksLikeCommand(text: string, commandPrefix: string): boolean {
  return text.startsWith(commandPrefix) || text.startsWith('> <') || text.startsWith('> * <')
}

function htmlOf(text: string, mentions: readonly OutboundMention[]): string {
  const pieces: string[] = []
  let at = 0
  for (const { person, offset, length } of mentions.toSorted((a, b) => a.offset - b.offset)) {
    const name = escapeHtml(text.slice(offset, offset + length))
    pieces.push(escapeHtml(text.slice(at, offset)), `<a href="https://matrix.to/#/${escapeHtml(person)}">${name}</a>`)
    at = offset + length
  }
  return [...pieces, escapeHtml(text.slice(at))].join('')
}

function escapeHtml(said: string): string {
  const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '<br>' }
  return said.replace(/[&<>"\n]/g, (char) => named[char] ?? char)
}
