import type { MessageId } from '../../../contract/ids.ts'
import { insertParticipantsOnce } from '../../db/contacts.ts'
import { type Activity, recordActivity } from '../../db/conversations.ts'
import {
  type ArrivedMessage,
  findNewest,
  findPlaces,
  insertMessagesOnce,
  keyOf,
  type MessagePlace,
  placeMessages,
} from '../../db/messages.ts'
import { keepNotUnderstood } from '../../db/not-understood.ts'
import { idBefore } from '../../lib/clock.ts'
import type { InboundEvent, InboundMessage } from '../../providers/provider.ts'
import { filesOf, keepFiles, storedContent } from './content.ts'
import { type Applying, channelOf, conversationKey, type Conversations, ofType } from './context.ts'
import { recordEcho } from './echo.ts'
import { reread } from './reread.ts'

/** WhatsApp has sent messages from the future; beyond this they would stand above everything for ever. */
const clockSkewMs = 60_000

/**
 * Stores the messages that are new, with their files to fetch, and moves their conversations. Returns the new ones, in order.
 * The echo of a message of ours is not new: it only tells the id that the network gave it.
 */
export async function applyMessages(
  applying: Applying,
  events: readonly InboundEvent[],
  conversations: Conversations,
): Promise<readonly ArrivedMessage[]> {
  const candidates: Candidate[] = []
  for (const event of ofType(events, 'message')) {
    if (event.attempt !== undefined && (await recordEcho(applying, event, event.attempt))) continue
    candidates.push({ event, row: toRow(applying, event, conversations) })
  }
  const fresh = await insertMessagesOnce(
    applying.tx,
    candidates.map((one) => one.row),
    applying.now,
  )
  const arrived = await putInOrder(
    applying,
    candidates.filter((one) => fresh.has(one.row.id)),
    conversations,
  )
  await keepFiles(
    applying,
    arrived.map(({ event, row }) => ({ id: row.id, channel_id: row.channel_id, files: filesOf(event.content) })),
  )
  await keepNotUnderstood(
    applying.tx,
    applying.provider,
    arrived.flatMap(({ event: { id, raw }, row }) => (raw === undefined ? [] : [{ external_id: id, message_id: row.id, raw }])),
    applying.now,
  )
  for (const { event, row } of candidates) if (event.again === true && !fresh.has(row.id)) await reread(applying, row.channel_id, event)
  await insertParticipantsOnce(applying.tx, participantsOf(arrived, conversations))
  await recordActivity(applying.tx, activitiesOf(arrived), applying.now)
  for (const { row } of arrived) {
    applying.changes.push({ type: 'message.created', objectId: row.id, channelId: row.channel_id })
    applying.changes.push({ type: 'conversation.updated', objectId: row.conversation_id, channelId: row.channel_id })
  }
  return arrived.map((one) => one.row)
}

/** What arrived, and the row that is made of it. */
interface Candidate {
  readonly event: InboundMessage
  readonly row: ArrivedMessage
}

/**
 * Gives what arrived its place within its second, as the network counts seconds and we do not. What came later than the message which follows
 * it (missed, and brought by a gap, an audit or a page of history) gets that one's time, and an id before its. What is said just now stands
 * after everything of that second.
 */
async function putInOrder({ tx }: Applying, arrived: readonly Candidate[], conversations: Conversations): Promise<readonly Candidate[]> {
  const places = new Map<string, MessagePlace>(arrived.map(({ row }) => [keyOf(row), row]))
  const followers = arrived.flatMap(({ event: { next }, row }) =>
    next === undefined ? [] : [{ channel_id: row.channel_id, external_id: next }],
  )
  const unseen = followers.filter((follower) => !places.has(keyOf(follower)))
  if (unseen.length > 0) for (const [key, place] of await findPlaces(tx, unseen)) places.set(key, place)
  const newest = await findNewest(tx, spokenInto(arrived, conversations))

  const placed: { id: MessageId; new_id: MessageId; sent_at: string }[] = []
  const arriving = new Map(arrived.map((one) => [keyOf(one.row), one]))
  const isPlaced = new Set<string>()
  // The follower first, wherever it stands among them: the pages of a gap come from the newest to the oldest.
  const put = ({ event: { next }, row }: Candidate): void => {
    const name = keyOf(row)
    if (isPlaced.has(name)) return
    isPlaced.add(name)
    const nextName = next === undefined ? undefined : keyOf({ ...row, external_id: next })
    const following = nextName === undefined ? undefined : arriving.get(nextName)
    if (following !== undefined) put(following)
    const place = placeOf(row, nextName === undefined ? undefined : places.get(nextName), newest.get(row.id))
    if (place === undefined) return
    places.set(name, place)
    placed.push({ id: row.id, new_id: place.id, sent_at: place.sent_at })
  }
  for (const one of arrived.toReversed()) put(one)
  await placeMessages(tx, placed)
  return arrived.map(({ event, row }) => ({ event, row: { ...row, ...places.get(keyOf(row)) } }))
}

/** What is said now in a second in which, or after which, something was said already. */
function spokenInto(arrived: readonly Candidate[], conversations: Conversations): readonly ArrivedMessage[] {
  const last = new Map([...conversations.values()].map((row) => [row.id, row.last_message_at?.toISOString() ?? '']))
  return arrived.flatMap(({ event, row }) => (!event.history && (last.get(row.conversation_id) ?? '') > row.sent_at ? [row] : []))
}

/** Where a message stands beside its follower, or after the newest of its second; undefined where it is well where it is. */
function placeOf(row: ArrivedMessage, follower: MessagePlace | undefined, newest: string | undefined): MessagePlace | undefined {
  if (follower !== undefined && isOneSecond(follower.sent_at, row.sent_at)) {
    if (isBefore(row, follower)) return undefined
    return { id: follower.id < row.id ? idBefore(follower.id) : row.id, sent_at: follower.sent_at }
  }
  return newest === undefined || Date.parse(newest) <= Date.parse(row.sent_at) ? undefined : { id: row.id, sent_at: newest }
}

const isOneSecond = (a: string, b: string) => Math.floor(Date.parse(a) / 1000) === Math.floor(Date.parse(b) / 1000)

function isBefore(one: MessagePlace, other: MessagePlace): boolean {
  return Date.parse(one.sent_at) === Date.parse(other.sent_at) && one.id < other.id
}

function toRow(applying: Applying, event: InboundMessage, conversations: Conversations): ArrivedMessage {
  const channel = channelOf(applying, event.channel)
  const conversation = conversations.get(conversationKey({ channel_id: channel, external_id: event.conversation }))
  if (conversation === undefined) throw new Error('the conversation of this message was not made')
  const latest = new Date(applying.now.getTime() + clockSkewMs).toISOString()
  return {
    id: applying.newId<MessageId>('message'),
    conversation_id: conversation.id,
    channel_id: channel,
    external_id: event.id,
    direction: event.sender.isUs ? 'outbound' : 'inbound',
    origin: event.history ? 'history' : event.sender.isUs ? 'phone' : 'contact',
    sender_contact_id: event.sender.isUs ? null : (applying.people.get(event.sender.id) ?? null),
    ...storedContent(applying, channel, event.content),
    status: event.sender.isUs ? 'sent' : null,
    reply_to_external_id: event.replyTo ?? null,
    reply_preview: event.replyPreview ?? null,
    forwarded: event.forwarded,
    sent_at: event.at < latest ? event.at : latest,
  }
}

/** Who wrote in groups: a direct chat has its contact. */
function participantsOf(arrived: readonly Candidate[], conversations: Conversations): Parameters<typeof insertParticipantsOnce>[1] {
  const groups = new Set([...conversations.values()].filter((row) => row.type === 'group').map((row) => row.id))
  return arrived.flatMap(({ row: { sender_contact_id, conversation_id } }) =>
    sender_contact_id !== null && groups.has(conversation_id) ? [{ contact_id: sender_contact_id, conversation_id }] : [],
  )
}

function activitiesOf(arrived: readonly Candidate[]): readonly Activity[] {
  const activities = new Map<string, Activity>()
  for (const { event, row } of arrived.toSorted((a, b) => compare(a.row.sent_at, b.row.sent_at) || compare(a.row.id, b.row.id))) {
    const before = activities.get(row.conversation_id)
    const live = !event.history
    const answered = live && row.direction === 'outbound'
    activities.set(row.conversation_id, {
      id: row.conversation_id,
      unread: answered ? 0 : (before?.unread ?? 0) + (live ? 1 : 0),
      answered: answered || (before?.answered ?? false),
      last_message_id: row.id,
      last_message_at: row.sent_at,
      last_inbound_at: row.direction === 'inbound' ? row.sent_at : (before?.last_inbound_at ?? null),
      window_closes_at: event.windowUntil ?? before?.window_closes_at ?? null,
    })
  }
  return [...activities.values()]
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
