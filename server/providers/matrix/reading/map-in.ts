import type { ExternalId } from '../../../../contract/ids.ts'
import type { InboundEvent, ParsedItem, Sender } from '../../provider.ts'
import { attemptKey, type MatrixConfig, puppetKey } from '../config.ts'
import { type FindPerson, type ReadContent, readMessage, readSticker, unsupported } from './content-in.ts'
import { readMessageStatus } from '../errors.ts'
import { pollKey } from './facts.ts'
import { count, type Fields, fields, filled, isFields, present, readId, texts } from '../../../lib/fields.ts'
import { ghostIdOf } from '../names.ts'
import { type Piece, rawOf } from './pieces.ts'
import { chosenIn, pollFactOf } from './poll-in.ts'
import { type Chat, type Reading, timeOf, Waiting } from './reading.ts'
import { isOwnGhost } from '../rooms.ts'
import { ghostSender, senderOf } from './senders.ts'
import { readQuote } from './text-in.ts'

type EventPiece = Extract<Piece, { readonly piece: 'event' }>

/** An event of a chat's timeline in our words (protocol/bridge.md 5.1). Throws when it is not what its type says. */
export function mapTimeline(reading: Reading, chat: Chat, piece: EventPiece): ParsedItem {
  const { event } = piece
  const type = filled(event['type']) ?? ''
  const from = filled(event['sender']) ?? ''
  const isBridge = from === reading.config.botUserId
  if (type === 'com.beeper.message_send_status') return isBridge ? mapStatus(chat, event) : ignored('foreign_status')
  if (fields(event['unsigned'])['io.element.synapse.soft_failed'] === true) return ignored('soft_failed')
  const sender = senderOf(reading.config, reading.facts, chat.room, from)
  // The bridge itself takes back what has disappeared by WhatsApp's timer; it is nobody's contact.
  if (type === 'm.room.redaction')
    return mapDelete(reading, chat, event, sender ?? (isBridge ? { id: from as ExternalId, isUs: true } : undefined))
  if (sender === undefined) return ignored(isBridge ? 'bridge_notice' : 'foreign_sender')
  if (type === 'm.reaction') return mapReaction(reading, chat, event, sender)
  if (type === 'org.matrix.msc3381.poll.response') return mapVote(reading, chat, event, sender)

  const content = fields(event['content'])
  const find: FindPerson = (userId) => senderOf(reading.config, reading.facts, chat.room, userId)
  const read = readContent(type, event, content, find)
  if (read === undefined) return unknown(type.slice(0, 128), piece)
  const relation = fields(content['m.relates_to'])
  if (relation['rel_type'] === 'm.replace') return mapEdit(reading, chat, piece, sender, find)
  learnPoll(reading, idOf(event), content)
  return mapMessage(reading, chat, piece, sender, read)
}

function mapMessage(reading: Reading, chat: Chat, piece: EventPiece, sender: Sender, read: ReadContent): InboundEvent {
  const { event, next } = piece
  const content = fields(event['content'])
  const reply = repliedTo(fields(content['m.relates_to']))
  return {
    type: 'message',
    ...baseOf(chat, event),
    id: idOf(event),
    sender,
    content: read.content,
    forwarded: read.forwarded,
    history: isHistory(reading.config, chat, event),
    ...present({
      replyTo: reply,
      replyPreview: reply === undefined ? undefined : readQuote(content),
      next: next as ExternalId | undefined,
      raw: read.understood ? undefined : rawOf(piece),
    }),
    ...attemptOf(reading, event, sender),
  }
}

/** Which attempt or deed of ours this is the echo of; what the bridge says in our name is none. */
function attemptOf({ config }: Reading, event: Fields, sender: Sender): { readonly attempt?: string } {
  const content = fields(event['content'])
  const attempt = filled(content[attemptKey])
  const isOurs = sender.isUs && content[puppetKey] === undefined && ghostIdOf(config, filled(event['sender']) ?? '') === undefined
  return attempt === undefined || !isOurs ? {} : { attempt }
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
  const id = readId(event['event_id'])
  if (id === undefined) throw new Error('The event has no id')
  return id as ExternalId
}

function readContent(type: string, event: Fields, content: Fields, find: FindPerson): ReadContent | undefined {
  switch (type) {
    case 'm.room.message':
    case 'org.matrix.msc3381.poll.start':
      return wasRedacted(event) ? takenBack(event) : readMessage(content, find)
    case 'm.sticker':
      return wasRedacted(event) ? takenBack(event) : readSticker(content)
    case 'm.room.encrypted':
      return unsupported('encrypted', {})
    default:
      return undefined
  }
}

// Kinds of event that say nothing to an inbox. Every other that we do not know is kept until an update knows it.
const silent: ReadonlySet<string> = new Set(['org.matrix.msc3381.poll.end', 'com.beeper.delete_chat'])

function unknown(networkType: string, piece: EventPiece): ParsedItem {
  if (silent.has(networkType) || wasRedacted(piece.event)) return ignored(networkType)
  return { type: 'unknown', networkType, id: idOf(piece.event), raw: rawOf(piece) }
}

function takenBack(event: Fields): ReadContent {
  const by = fields(fields(event['unsigned'])['redacted_because'])
  const reason = isDisappearance(by) ? { deleted: { reason: 'disappeared' as const } } : {}
  return { content: { type: 'deleted', ...reason }, forwarded: false, understood: true }
}

/** Whether a redaction says that the chat's timer ended the message (protocol/bridge.md 5.1). */
function isDisappearance(redaction: Fields): boolean {
  return fields(redaction['content'])['reason'] === 'Message disappeared'
}

/** Votes name the options of a poll by ids that only the poll explains. */
function learnPoll(reading: Reading, eventId: string, content: Fields): void {
  const poll = pollFactOf(content)
  if (poll === undefined) return
  reading.learn(pollKey(eventId), poll)
  reading.resolve(pollKey(eventId))
}

function mapVote(reading: Reading, chat: Chat, event: Fields, sender: Sender): InboundEvent {
  if (wasRedacted(event)) return ignored('redacted')
  const content = fields(event['content'])
  const target = readId(fields(content['m.relates_to'])['event_id'])
  const response = content['org.matrix.msc3381.poll.response']
  if (target === undefined || !isFields(response)) throw new Error('The vote is not complete')
  const poll = reading.facts.get(pollKey(target))
  if (poll === undefined) throw new Waiting(pollKey(target))
  const options = chosenIn(poll, texts(response['answers']))
  return { type: 'vote', ...baseOf(chat, event), id: idOf(event), target: target as ExternalId, sender, options }
}

function wasRedacted(event: Fields): boolean {
  return isFields(fields(event['unsigned'])['redacted_because']) || Object.keys(fields(event['content'])).length === 0
}

function mapEdit(reading: Reading, chat: Chat, piece: EventPiece, sender: Sender, find: FindPerson): InboundEvent {
  const { event } = piece
  const content = fields(event['content'])
  const target = readId(fields(content['m.relates_to'])['event_id'])
  const replacement = content['m.new_content']
  if (target === undefined || !isFields(replacement)) throw new Error('The edit is not complete')
  const isSilent = content['com.beeper.dont_render_edited'] === true || replacement['com.beeper.dont_render_edited'] === true
  const read = readMessage(replacement, find)
  learnPoll(reading, target, replacement)
  return {
    type: 'edit',
    ...baseOf(chat, event),
    id: idOf(event),
    target: target as ExternalId,
    sender,
    content: read.content,
    silent: isSilent,
    ...(read.understood ? {} : { raw: rawOf(piece) }),
    ...attemptOf(reading, event, sender),
  }
}

function mapReaction(reading: Reading, chat: Chat, event: Fields, sender: Sender): InboundEvent {
  if (wasRedacted(event)) return ignored('redacted')
  const relation = fields(fields(event['content'])['m.relates_to'])
  const emoji = filled(relation['key'])
  const target = readId(relation['event_id'])
  if (emoji === undefined || target === undefined) throw new Error('The reaction is not complete')
  const said = { target: target as ExternalId, sender, emoji: shortest(emoji).slice(0, 64) }
  return { type: 'reaction', ...baseOf(chat, event), id: idOf(event), ...said, ...attemptOf(reading, event, sender) }
}

/** Without the variation selectors that the bridge puts behind emoji which are shown in colour anyhow: one emoji, one spelling. */
function shortest(emoji: string): string {
  return emoji.replaceAll(/(\p{Emoji_Presentation})\ufe0f/gu, '$1')
}

function mapDelete(reading: Reading, chat: Chat, event: Fields, by: Sender | undefined): InboundEvent {
  const target = readId(event['redacts']) ?? readId(fields(event['content'])['redacts'])
  if (target === undefined) throw new Error('The redaction names no event')
  if (by === undefined) return ignored('foreign_sender')
  const why = isDisappearance(event) ? { disappeared: true as const } : {}
  const said = { target: target as ExternalId, by, ...why }
  return { type: 'delete', ...baseOf(chat, event), id: idOf(event), ...said, ...attemptOf(reading, event, by) }
}

// The bridge's word on a message of ours (protocol/bridge.md 6.1).
function mapStatus(chat: Chat, event: Fields): InboundEvent {
  const content = fields(event['content'])
  const target = readId(fields(content['m.relates_to'])['event_id'])
  if (target === undefined) throw new Error('The status names no event')
  const delivered = texts(content['delivered_to_users']).length > 0
  const words = filled(content['message']) ?? filled(content['internal_error'])
  const read = readMessageStatus(filled(content['status']) ?? '', filled(content['reason']) ?? '', words, delivered)
  return read === undefined
    ? ignored('pending_status')
    : { type: 'receipt', ...baseOf(chat, event), target: target as ExternalId, upTo: false, ...read }
}

function repliedTo(relation: Fields): ExternalId | undefined {
  const reply = relation['is_falling_back'] === true ? undefined : readId(fields(relation['m.in_reply_to'])['event_id'])
  return (reply ?? (relation['rel_type'] === 'm.thread' ? readId(relation['event_id']) : undefined)) as ExternalId | undefined
}

// A room is often made by the very message that is its first one, and sometimes hours later, when the bridge comes back.
const roomIsMadeWithinMs = 120_000

/**
 * Told from the past: older than its room and than the linking of its number (protocol/bridge.md 8.1). What a customer wrote
 * while the bridge was away is also older than its room, and no history. The rooms of an account that was entered by its token are as
 * old as its chats.
 */
function isHistory({ alone }: MatrixConfig, chat: Chat, event: Fields): boolean {
  const at = count(event['origin_server_ts']) ?? 0
  // WhatsApp counts whole seconds.
  if (alone !== undefined) return at < Math.floor(chat.since / 1_000) * 1_000
  return at < chat.room.created_at - roomIsMadeWithinMs && at < chat.since
}
