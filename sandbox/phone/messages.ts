import { randomBytes } from 'node:crypto'
import { membersOf } from './chats.ts'
import { chatKey, chatKeyOf } from './network-state.ts'
import { phoneOf, Refused, type Network } from './network.ts'
import { deliver, markHistoryRead } from './receipts.ts'
import type { Chat, WaContent, WaMessage } from './types.ts'

/** What one sends. A repeat with the same `send_key` from the same device gives the first message again. */
export type Send = {
  from: string
  chat: Chat
  content: WaContent
  reply_to?: string
  comment?: boolean
  forwarded?: boolean
  /** The linked device that sends; the phone itself when left out. */
  via?: string
  send_key?: string
}

const editAge = 15 * 60_000
const revokeAge = 60 * 3_600_000

/** Sends a message: it is in the ledger before any device hears of it. Throws Refused where WhatsApp would. */
export function sendMessage(network: Network, send: Send): WaMessage {
  const via = send.via ?? 'phone'
  const before = send.send_key === undefined ? undefined : network.state.sendKeys.get(`${via} ${send.send_key}`)
  const first = network.state.messages.get(before ?? '')
  if (first !== undefined) return first
  check(network, send)
  const message = keep(network, { ...send, via }, network.clock(), false)
  const members = membersOf(network, send.from, send.chat)
  for (const member of members) network.devices.tell(member, { kind: 'message', id: message.id }, via)
  for (const member of members) if (phoneOf(network, member).online) deliver(network, [message], member)
  return message
}

/** Puts a message of earlier days into a chat; no device is told, and those who wrote know it as read. */
function addHistory(network: Network, entry: { from: string; chat: Chat; content: WaContent; sent_at: number }): WaMessage {
  const members = membersOf(network, entry.from, entry.chat)
  for (const member of members) phoneOf(network, member)
  return keep(network, { ...entry, via: 'phone' }, entry.sent_at, true)
}

/** Adds history as one phone knows it: what it wrote has been read, what it received only if `read` says so. */
export function addHistoryOf(
  network: Network,
  phone: string,
  entry: { from: string; chat: Chat; content: WaContent; sent_at: number; read: boolean },
): void {
  const { read, ...rest } = entry
  const message = addHistory(network, rest)
  if (entry.from === phone && entry.chat.peer !== undefined) markHistoryRead(network, message, entry.chat.peer)
  if (entry.from !== phone && read) markHistoryRead(network, message, phone)
}

function check(network: Network, send: Send): void {
  const { from, chat, content } = send
  phoneOf(network, from)
  if (chat.group !== undefined && !membersOf(network, from, chat).includes(from)) throw new Refused(`group: +${from} is not in it`)
  if (chat.peer !== undefined && !phoneOf(network, chat.peer).on_whatsapp) throw new Refused(`to: +${chat.peer} is not on WhatsApp`)
  if ('target' in content) checkTarget(network, send, content)
}

function checkTarget(network: Network, send: Send, content: Extract<WaContent, { target: string }>): void {
  const target = network.state.messages.get(content.target)
  if (target === undefined || chatKey(target) !== chatKeyOf(send.from, send.chat))
    throw new Refused('message_id: there is no such message in this chat')
  const age = network.clock() - target.sent_at
  const own = target.from === send.from
  if (content.type === 'late' && !['undecryptable', 'missing_media', 'image', 'video'].includes(target.content.type)) {
    throw new Refused('message_id: this message has its content already')
  }
  if (content.type === 'edit' && !own) throw new Refused('message_id: only the author may edit a message')
  if (content.type === 'edit' && age > editAge) throw new Refused('message_id: a message may be edited for 15 minutes only')
  if (content.type === 'revoke' && !own && !isAdmin(network, send)) throw new Refused('message_id: only the author may revoke a message')
  if (content.type === 'revoke' && age > revokeAge) throw new Refused('message_id: this message is too old to be revoked')
}

function isAdmin(network: Network, send: Send): boolean {
  return send.chat.group !== undefined && (network.state.groups.get(send.chat.group)?.admins.includes(send.from) ?? false)
}

function keep(network: Network, send: Send & { via: string }, sentAt: number, history: boolean): WaMessage {
  const { from, chat, content, via } = send
  const message: WaMessage = {
    id: `${via === 'phone' ? '3A' : '3EB0'}${randomBytes(9).toString('hex').toUpperCase()}`,
    seq: network.state.lastSeq + 1,
    from,
    ...(chat.group === undefined ? { to: chat.peer } : { group: chat.group }),
    sent_at: sentAt,
    content,
    ...(send.reply_to === undefined ? {} : { reply_to: send.reply_to }),
    ...(send.comment === true ? { comment: true } : {}),
    ...(send.forwarded === true ? { forwarded: true } : {}),
    via,
    ...(send.send_key === undefined ? {} : { send_key: send.send_key }),
    ...(history ? { history: true } : {}),
  }
  network.commit({ t: 'message', message })
  return message
}
