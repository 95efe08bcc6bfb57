import { chatsOf, isShown, membersOf, messagesOf } from './chats.ts'
import { chatKeyOf, rises } from './network-state.ts'
import { setPhone, type Network } from './network.ts'
import type { Chat, MessageStatus, WaMessage } from './types.ts'

/** How far a message has come with one of its recipients. */
export function statusOf(network: Network, message: WaMessage, by: string): MessageStatus {
  return network.state.receipts.get(message.id)?.get(by)?.status ?? 'sent'
}

function setStatus(network: Network, message: WaMessage, by: string, status: MessageStatus): boolean {
  if (!rises(network.state.receipts.get(message.id)?.get(by)?.status, status)) return false
  network.commit({ t: 'status', id: message.id, by, status, at: network.clock() })
  return true
}

/** Raises the status of those messages that it says something new of, and tells their senders' devices. */
function raise(network: Network, messages: WaMessage[], by: string, status: 'delivered' | 'read'): WaMessage[] {
  const risen = messages.filter((message) => message.from !== by && isShown(message.content) && setStatus(network, message, by, status))
  for (const [from, theirs] of Map.groupBy(risen, (message) => message.from)) {
    network.devices.tell(from, { kind: 'receipt', status, ids: theirs.map((message) => message.id), by })
  }
  return risen
}

/** A phone, or a device linked to it, has received these messages. */
export function deliver(network: Network, messages: WaMessage[], by: string): void {
  raise(network, messages, by, 'delivered')
}

/** Switches a phone's connection; one that comes back receives what waited. */
export function setOnline(network: Network, phone: string, online: boolean): void {
  setPhone(network, phone, { online })
  if (!online) return
  for (const chat of chatsOf(network, phone)) {
    const waiting = messagesOf(network, phone, chat).filter(
      (message) => statusOf(network, message, phone) === 'sent' && message.history !== true,
    )
    deliver(network, waiting, phone)
  }
}

/** Somebody reads a chat, all of it or up to a message; `via` is the linked device that did it. Gives the ids that were unread. */
export function readChat(network: Network, reader: { phone: string; chat: Chat; up_to?: string; via?: string }): string[] {
  const { phone, chat, up_to: upTo } = reader
  const ids = network.state.chats.get(chatKeyOf(phone, chat)) ?? []
  const unread: WaMessage[] = []
  for (let place = (upTo === undefined ? ids.length : ids.indexOf(upTo) + 1) - 1; place >= 0; place -= 1) {
    const message = network.state.messages.get(ids[place] ?? '')
    if (message === undefined || message.from === phone || !isShown(message.content)) continue
    if (statusOf(network, message, phone) === 'read') break
    unread.unshift(message)
  }
  const read = raise(network, unread, phone, 'read')
  const last = read.at(-1)
  if (last !== undefined) network.devices.tell(phone, { kind: 'read_self', chat, up_to: last.id }, reader.via)
  return read.map((message) => message.id)
}

/** Marks a message of earlier days as read by a phone; nobody is told. */
export function markHistoryRead(network: Network, message: WaMessage, by: string): void {
  setStatus(network, message, by, 'read')
}

/** Somebody types, or stops. */
export function setTyping(network: Network, typist: { phone: string; chat: Chat; on: boolean }): void {
  const { phone, chat, on } = typist
  for (const member of membersOf(network, phone, chat)) {
    if (member === phone) continue
    network.devices.pass(member, { kind: 'typing', chat: chat.group === undefined ? { peer: phone } : chat, from: phone, on })
  }
}
