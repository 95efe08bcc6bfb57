import { randomUUID } from 'node:crypto'
import type { Bridge } from './bridge.ts'
import { path } from './homeserver.ts'
import type { JsonObject } from './json.ts'
import { escapeHtml } from './markup.ts'
import { joinRoom } from './portals.ts'

/** Sends as the bot; gives the event id. */
export async function botSend(bridge: Bridge, roomId: string, content: JsonObject): Promise<string> {
  const where = path`/_matrix/client/v3/rooms/${roomId}/send/m.room.message/${randomUUID()}`
  const answer = await bridge.homeserver.call('PUT', where, { as: bridge.config.bot, body: content })
  return String(answer['event_id'])
}

/** A reply of the bot: a notice with its Markdown as HTML, where that says more than the text alone. */
export async function notice(bridge: Bridge, roomId: string, markdown: string, extra: JsonObject = {}): Promise<string> {
  const html = htmlOf(markdown)
  const formatted = html === markdown ? {} : { format: 'org.matrix.custom.html', formatted_body: html }
  return botSend(bridge, roomId, { msgtype: 'm.notice', body: markdown, ...formatted, 'm.mentions': {}, ...extra })
}

/** The Markdown that the bot uses: code, bold, links, paragraphs, and lists of `* `. */
function htmlOf(markdown: string): string {
  const inline = escapeHtml(markdown)
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replaceAll(/\[([^\]]+)\]\(([^)]+)\)/g, '<a href="$2">$1</a>')
  const blocks = inline.split('\n\n').map((block) => {
    if (!block.startsWith('* ')) return { isList: false, html: block.replaceAll('\n', '<br>\n') }
    const items = block.split('\n').map((line) => `<li>${line.slice(2)}</li>\n`)
    return { isList: true, html: `<ul>\n${items.join('')}</ul>` }
  })
  return blocks.map(({ isList, html }) => (isList || blocks.length === 1 ? html : `<p>${html}</p>`)).join('\n')
}

/** The room for the bridge's own messages to this user; made if there is none. */
export async function managementRoom(bridge: Bridge, mxid: string): Promise<string> {
  const known = bridge.store.users.get(mxid)?.management_room
  if (known !== undefined) return known
  const body = {
    preset: 'trusted_private_chat',
    is_direct: true,
    name: 'WhatsApp bridge bot',
    creation_content: { 'm.federate': false },
    invite: [mxid],
  }
  const answer = await bridge.homeserver.call('POST', '/_matrix/client/v3/createRoom', { as: bridge.config.bot, body })
  const roomId = String(answer['room_id'])
  bridge.store.commit({ t: 'user', mxid, management_room: roomId })
  const puppet = await bridge.puppets.find(mxid)
  if (puppet !== undefined) await joinRoom(bridge, roomId, mxid, puppet)
  return roomId
}
