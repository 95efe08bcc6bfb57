import { chatKeyOf, chatOf } from './network-state.ts'
import type { Network } from './network.ts'
import type { Chat, WaContent, WaMessage } from './types.ts'

const quiet = new Set(['reaction', 'edit', 'revoke', 'poll_vote', 'call', 'late', 'disappeared', 'timer'])

/** Whether a message is one that a person sees as a message of its own and that is ticked. */
export function isShown(content: WaContent): boolean {
  return !quiet.has(content.type)
}

/** Everybody in a chat, the phone itself included. */
export function membersOf(network: Network, phone: string, chat: Chat): string[] {
  if (chat.group === undefined) return [...new Set([phone, chat.peer])]
  return network.state.groups.get(chat.group)?.members ?? []
}

/** The messages of a chat, oldest first. */
export function messagesOf(network: Network, phone: string, chat: Chat): WaMessage[] {
  const ids = network.state.chats.get(chatKeyOf(phone, chat)) ?? []
  return ids.flatMap((id) => network.state.messages.get(id) ?? []).sort((a, b) => a.sent_at - b.sent_at || a.seq - b.seq)
}

/** The chats of a phone in which anything was ever said. */
export function chatsOf(network: Network, phone: string): Chat[] {
  return [...network.state.chats].flatMap(([key, ids]) => {
    const first = network.state.messages.get(ids[0] ?? '')
    if (first === undefined) return []
    const takesPart =
      first.group === undefined ? key.split(' ').includes(phone) : membersOf(network, phone, { group: first.group }).includes(phone)
    return takesPart ? [chatOf(first, phone)] : []
  })
}
