import type { ExternalId } from '../../../contract/ids.ts'
import type { InboundEvent, Sender } from '../provider.ts'
import { attemptKey, puppetKey } from './config.ts'
import { type ReadContent, readMessage, readSticker, unsupported } from './content-in.ts'
import { readMessageStatus } from './errors.ts'
import { count, type Fields, fields, filled, isFields, texts } from './json.ts'
import { ghostIdOf } from './names.ts'
import { type Chat, type Reading, timeOf } from './reading.ts'
import { isOwnGhost } from './rooms.ts'
import { ghostSender, senderOf } from './senders.ts'

/**
 * An event of a chat's timeline in our words (protocol/bridge.md 5.1); `next` is the message that follows it. Throws when it is
 * not what its type says.
 */
export function mapTimeline(reading: Reading, chat: Chat, event: Fields, next?: string): InboundEvent {
  const type = filled(event['type']) ?? ''
  const from = filled(event['sender']) ?? ''
  const isBridge = from === reading.config.botUserId
  if (type === 'com.beeper.message_send_status') return isBridge ? mapStatus(chat, event) : ignored('foreign_status')
  if (fields(event['unsigned'])['io.element.synapse.soft_failed'] === true) return ignored('soft_failed')
  const sender = senderOf(reading.config, reading.facts, chat.room, from)
  // The bridge itself takes back what has disappeared by WhatsApp's timer; it is nobody's contact.
  if (type === 'm.room.redaction') return mapDelete(chat, event, sender ?? (isBridge ? { id: from as ExternalId, isUs: true } : undefined))
  if (sender === undefined) return ignored(isBridge ? 'bridge_notice' : 'foreign_sender')
  if (type === 'm.reaction') return mapReaction(chat, event, sender)

  const content = fields(event['content'])
  const read = readContent(type, event, content)
  if (read === undefined) return ignored(type.slice(0, 128))
  const relation = fields(content['m.relates_to'])
  if (relation['rel_type'] === 'm.replace') return mapEdit(chat, event, sender)
  const reply = repliedTo(relation)
  const attempt = sender.isUs && content[puppetKey] === undefined ? filled(content[attemptKey]) : undefined
  return {
    type: 'message',
    ...baseOf(chat, event),
    id: idOf(event),
    sender,
    content: read.content,
    forwarded: read.forwarded,
    history: isHistory(chat, event),
    ...(reply === undefined ? {} : { replyTo: reply }),
    ...(next === undefined ? {} : { next: next as ExternalId }),
    ...(attempt === undefined || ghostIdOf(reading.config, from) !== undefined ? {} : { attempt }),
  }
}

/** Receipts of contacts, newest first proof that they have read. Our own and the bridge's say nothing about that. */
export function mapReceipts(reading: Reading, chat: Chat, event: Fields): readonly InboundEvent[] {
  const items: InboundEvent[] = []
  for (const [target, kinds] of Object.entries(fields(event['content']))) {
    for (const [user, mark] of Object.entries(fields(fields(kinds)['m.read']))) {
      const from = contactOf(reading, chat, user)
      if (from === undefined) continue
      const at = timeOf(fields(mark)['ts'])
      items.push({
        type: 'receipt',
        channel: chat.channel,
        conversation: chat.id,
        target: target as ExternalId,
        upTo: true,
        from,
        state: 'read',
        at,
      })
    }
  }
  return items.length > 0 ? items : [ignored('own_receipt')]
}

/** Who is typing now; nobody any more, if `senders` is empty. Matrix tells no time: it is of the moment in which it arrives. */
export function mapTyping(reading: Reading, chat: Chat, event: Fields): InboundEvent {
  const senders = texts(fields(event['content'])['user_ids']).flatMap((user) => contactOf(reading, chat, user) ?? [])
  return { type: 'typing', channel: chat.channel, conversation: chat.id, at: new Date(0).toISOString(), senders }
}

export function ignored(networkType: string): InboundEvent {
  return { type: 'ignored', networkType }
}

function contactOf(reading: Reading, chat: Chat, user: string): Sender | undefined {
  const ghost = ghostIdOf(reading.config, user)
  if (ghost === undefined || isOwnGhost(reading.config, chat.room, user)) return undefined
  return ghostSender(reading.facts, user as ExternalId, ghost, false)
}

function baseOf(chat: Chat, event: Fields) {
  return { channel: chat.channel, conversation: chat.id, at: timeOf(event['origin_server_ts']) }
}

function idOf(event: Fields): ExternalId {
  const id = filled(event['event_id'])
  if (id === undefined) throw new Error('The event has no id')
  return id as ExternalId
}

function readContent(type: string, event: Fields, content: Fields): ReadContent | undefined {
  switch (type) {
    case 'm.room.message':
    case 'org.matrix.msc3381.poll.start':
      return wasRedacted(event) ? { content: { type: 'deleted' }, forwarded: false } : readMessage(content)
    case 'm.sticker':
      return wasRedacted(event) ? { content: { type: 'deleted' }, forwarded: false } : readSticker(content)
    case 'm.room.encrypted':
      return unsupported('encrypted', {})
    default:
      return undefined
  }
}

function wasRedacted(event: Fields): boolean {
  return isFields(fields(event['unsigned'])['redacted_because']) || Object.keys(fields(event['content'])).length === 0
}

function mapEdit(chat: Chat, event: Fields, sender: Sender): InboundEvent {
  const content = fields(event['content'])
  const target = filled(fields(content['m.relates_to'])['event_id'])
  const replacement = content['m.new_content']
  if (target === undefined || !isFields(replacement)) throw new Error('The edit is not complete')
  const silent = content['com.beeper.dont_render_edited'] === true || replacement['com.beeper.dont_render_edited'] === true
  return {
    type: 'edit',
    ...baseOf(chat, event),
    id: idOf(event),
    target: target as ExternalId,
    sender,
    content: readMessage(replacement).content,
    silent,
  }
}

function mapReaction(chat: Chat, event: Fields, sender: Sender): InboundEvent {
  if (wasRedacted(event)) return ignored('redacted')
  const relation = fields(fields(event['content'])['m.relates_to'])
  const emoji = filled(relation['key'])
  const target = filled(relation['event_id'])
  if (emoji === undefined || target === undefined) throw new Error('The reaction is not complete')
  return { type: 'reaction', ...baseOf(chat, event), id: idOf(event), target: target as ExternalId, sender, emoji: emoji.slice(0, 64) }
}

function mapDelete(chat: Chat, event: Fields, by: Sender | undefined): InboundEvent {
  const target = filled(event['redacts']) ?? filled(fields(event['content'])['redacts'])
  if (target === undefined) throw new Error('The redaction names no event')
  return by === undefined ? ignored('foreign_sender') : { type: 'delete', ...baseOf(chat, event), target: target as ExternalId, by }
}

// The bridge's word on a message of ours (protocol/bridge.md 6.1).
function mapStatus(chat: Chat, event: Fields): InboundEvent {
  const content = fields(event['content'])
  const target = filled(fields(content['m.relates_to'])['event_id'])
  if (target === undefined) throw new Error('The status names no event')
  const delivered = texts(content['delivered_to_users']).length > 0
  const words = filled(content['message']) ?? filled(content['internal_error'])
  const read = readMessageStatus(filled(content['status']) ?? '', filled(content['reason']) ?? '', words, delivered)
  return read === undefined
    ? ignored('pending_status')
    : { type: 'receipt', ...baseOf(chat, event), target: target as ExternalId, upTo: false, ...read }
}

function repliedTo(relation: Fields): ExternalId | undefined {
  const reply = relation['is_falling_back'] === true ? undefined : filled(fields(relation['m.in_reply_to'])['event_id'])
  return (reply ?? (relation['rel_type'] === 'm.thread' ? filled(relation['event_id']) : undefined)) as ExternalId | undefined
}

// A room is often made by the very message that is its first one, and sometimes hours later, when the bridge comes back.
const roomIsMadeWithinMs = 120_000

/**
 * Told from the past: older than its room and than the linking of its number (protocol/bridge.md 8.1). What a customer wrote
 * while the bridge was away is also older than its room, and no history.
 */
function isHistory(chat: Chat, event: Fields): boolean {
  const at = count(event['origin_server_ts']) ?? 0
  return at < chat.room.created_at - roomIsMadeWithinMs && at < chat.since
}
