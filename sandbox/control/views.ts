import { chatsOf, isShown, messagesOf } from '../phone/chats.ts'
import { chatOf } from '../phone/network-state.ts'
import { phoneOf, type Network } from '../phone/network.ts'
import type { Group, WaContent, WaMessage } from '../phone/types.ts'

type View = { [key: string]: unknown }

const time = (ms: number) => new Date(ms).toISOString()
const plus = (phone: string) => `+${phone}`

/** What a message says, in the words of the control API. */
function contentView(content: WaContent): View {
  const { type } = content
  switch (type) {
    case 'text':
      return { type, text: content.text, ...(content.mentions === undefined ? {} : { mentions: content.mentions.map(plus) }) }
    case 'location':
      return {
        type,
        location: {
          latitude: content.latitude,
          longitude: content.longitude,
          name: content.name,
          address: content.address,
          url: content.url,
        },
      }
    case 'contacts':
      return { type, contacts: content.contacts.map((contact) => ({ name: contact.name, phone: plus(contact.phone) })) }
    case 'poll':
      return { type, question: content.question, options: content.options, selectable: content.selectable }
    case 'poll_vote':
      return { type, target: content.target, options: content.options }
    case 'reaction':
      return { type, target: content.target, emoji: content.emoji }
    case 'edit':
      return { type, target: content.target, text: content.text }
    case 'revoke':
      return { type, target: content.target }
    case 'call':
      return { type, video: content.video }
    case 'business_reply':
      return { type, form: content.form, text: content.text, button_id: content.id }
    case 'late':
      return { type, target: content.target, content: contentView(content.content) }
    case 'unknown':
    case 'live_location':
    case 'album':
    case 'group_invite':
    case 'business':
    case 'masked':
    case 'view_once':
    case 'notice':
    case 'event_invite':
    case 'ai':
    case 'undecryptable':
    case 'missing_media':
    case 'disappeared':
    case 'timer':
      return { ...content }
    case 'image':
    case 'video':
    case 'audio':
    case 'voice':
    case 'document':
    case 'sticker': {
      const { media, ...rest } = content
      const caption = 'caption' in rest ? { text: rest.caption } : {}
      return { ...rest, ...caption, media: { ...media, url: `/sandbox/v1/media/${media.sha256}` } }
    }
  }
}

/** A group with its members' numbers as people write them. */
export function groupView(group: Group): View {
  return { id: group.id, name: group.name, members: group.members.map(plus), admins: group.admins.map(plus) }
}

/** A line of the ledger: one thing that was sent on WhatsApp, by whom, and where it went. */
export function ledgerView(network: Network, message: WaMessage): View {
  const { state } = network
  const receipts = [...(state.receipts.get(message.id)?.values() ?? [])]
  const bridged = (state.bridged.get(message.id) ?? []).map((entry) => ({
    login: plus(state.devices.get(entry.device)?.phone ?? ''),
    room_id: entry.room_id,
    event_id: entry.event_id,
  }))
  return {
    seq: message.seq,
    id: message.id,
    sent_at: time(message.sent_at),
    from: plus(message.from),
    ...(message.group === undefined ? { to: plus(message.to ?? '') } : { group: message.group }),
    ...contentView(message.content),
    ...(message.reply_to === undefined ? {} : { reply_to: message.reply_to }),
    ...(message.forwarded === true ? { forwarded: true } : {}),
    via: message.via === 'phone' ? 'phone' : 'linked_device',
    ...(message.history === true ? { history: true } : {}),
    ...(message.via === 'phone' || message.send_key === undefined ? {} : { event_id: message.send_key }),
    bridged,
    receipts: receipts.map((receipt) => ({ by: plus(receipt.by), status: receipt.status, at: time(receipt.at) })),
  }
}

/** Messages of one phone as it shows them: edits, revokes and reactions are folded into their message. */
export function phoneView(network: Network, phone: string, which: { sentToo: boolean }): View[] {
  const { state } = network
  const messages = chatsOf(network, phone).flatMap((chat) => messagesOf(network, phone, chat))
  const shown = messages.filter((message) => isShown(message.content) && (which.sentToo || message.from !== phone))
  const changes = Map.groupBy(
    messages.filter((message) => 'target' in message.content),
    (message) => ('target' in message.content ? message.content.target : ''),
  )
  return shown
    .sort((a, b) => a.sent_at - b.sent_at || a.seq - b.seq)
    .map((message) => ({ ...base(network, message, phone), ...changed(changes.get(message.id) ?? []), status: statusFor(message) }))

  function statusFor(message: WaMessage): string {
    const receipts = state.receipts.get(message.id)
    if (message.from !== phone) return receipts?.get(phone)?.status ?? 'sent'
    const all = [...(receipts?.values() ?? [])].map((receipt) => receipt.status)
    return all.includes('read') ? 'read' : all.includes('delivered') ? 'delivered' : 'sent'
  }
}

function base(network: Network, message: WaMessage, phone: string): View {
  const chat = chatOf(message, phone)
  return {
    id: message.id,
    from: plus(message.from),
    from_name: phoneOf(network, message.from).name,
    ...(message.group === undefined
      ? { to: plus(message.to ?? '') }
      : { group: message.group, group_name: network.state.groups.get(message.group)?.name }),
    chat: chat.group ?? plus(chat.peer ?? ''),
    sent_at: time(message.sent_at),
    ...contentView(message.content),
    ...(message.reply_to === undefined ? {} : { reply_to: message.reply_to }),
    ...(message.forwarded === true ? { forwarded: true } : {}),
    via: message.via === 'phone' ? 'phone' : 'linked_device',
  }
}

function changed(changes: WaMessage[]): View {
  const view: View = {}
  const reactions = new Map<string, string>()
  const votes = new Map<string, string[]>()
  for (const { from, content } of changes) {
    if (content.type === 'edit') Object.assign(view, { text: content.text, edited: true })
    if (content.type === 'late') Object.assign(view, contentView(content.content))
    if (content.type === 'revoke' || content.type === 'disappeared')
      Object.assign(view, { text: undefined, media: undefined, revoked: true })
    if (content.type === 'reaction') reactions.set(from, content.emoji)
    if (content.type === 'poll_vote') votes.set(from, content.options)
  }
  const list = [...reactions].filter(([, emoji]) => emoji !== '').map(([from, emoji]) => ({ from: plus(from), emoji }))
  if (list.length > 0) view['reactions'] = list
  if (votes.size > 0) view['votes'] = [...votes].map(([from, options]) => ({ from: plus(from), options }))
  return view
}
