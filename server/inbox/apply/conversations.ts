import type { ChannelId, ConversationId, ExternalId } from '../../../contract/ids.ts'
import { joinConversations } from '../../db/conversation-merges.ts'
import {
  type ConversationKey,
  describeConversation,
  insertConversations,
  type KnownConversation,
  lockConversations,
  moveConversation,
} from '../../db/conversations.ts'
import type { InboundEvent } from '../../providers/provider.ts'
import { type Applying, channelOf, conversationKey, type Conversations, ofType } from './context.ts'
import { applyMembers } from './members.ts'
import { takeGroupPicture } from './pictures.ts'

/**
 * Finds or makes the conversation of every event, and takes over what the network says of it. Rows stay locked, so that unread
 * counts and ticks of one conversation are never changed by two transactions at once.
 */
export async function resolveConversations(applying: Applying, events: readonly InboundEvent[]): Promise<Conversations> {
  const told = ofType(events, 'conversation')
  for (const event of told) {
    if (event.replaces !== undefined) await follow(applying, channelOf(applying, event.channel), event.replaces, event.conversation)
  }
  const keys = keysOf(applying, events)
  if (keys.length === 0) return new Map()
  const known = new Map((await lockConversations(applying.tx, keys)).map((row) => [conversationKey(row), row]))
  const missing = keys.filter((key) => !known.has(conversationKey(key)) && begins(applying, events, key))
  for (const row of await make(applying, missing, told)) known.set(conversationKey(row), row)
  await describe(applying, told, known)
  await applyMembers(applying, events, known)
  await meetAgain(applying, events, known)
  return known
}

// A chat that the phone has no more, and who comes into a group, make no conversation.
function begins(applying: Applying, events: readonly InboundEvent[], key: ConversationKey): boolean {
  return ofType(events, 'message', 'conversation').some(
    (event) =>
      event.conversation === key.external_id &&
      channelOf(applying, event.channel) === key.channel_id &&
      (event.type === 'message' || event.gone === undefined),
  )
}

/** A conversation goes on in another room. If it has begun there already, the two are one. */
async function follow(applying: Applying, channelId: ChannelId, from: ExternalId, to: ExternalId): Promise<void> {
  const { tx, now, changes } = applying
  if (await moveConversation(tx, channelId, from, to)) return
  const joined = await joinConversations(tx, { channelId, from, to, now })
  if (joined !== undefined) changes.push({ type: 'conversation.updated', objectId: joined.kept, channelId })
}

async function make(
  applying: Applying,
  missing: readonly ConversationKey[],
  told: readonly Extract<InboundEvent, { type: 'conversation' }>[],
): Promise<readonly KnownConversation[]> {
  const rows = missing.map((key): KnownConversation => {
    const event = told.findLast((one) => one.conversation === key.external_id && channelOf(applying, one.channel) === key.channel_id)
    return {
      ...key,
      id: applying.newId<ConversationId>('conversation'),
      type: event?.kind ?? 'direct',
      name: event?.name ?? event?.contact?.displayName ?? event?.contact?.phone ?? '',
      contact_id: event?.contact === undefined ? null : (applying.people.get(event.contact.id) ?? null),
      last_message_at: null,
      current: true,
    }
  })
  await insertConversations(applying.tx, rows, applying.now)
  applying.changes.push(...rows.map((row) => ({ type: 'conversation.created' as const, objectId: row.id, channelId: row.channel_id })))
  return rows
}

async function describe(
  applying: Applying,
  told: readonly Extract<InboundEvent, { type: 'conversation' }>[],
  known: Conversations,
): Promise<void> {
  const latest = new Map(
    told.map((event) => [conversationKey({ channel_id: channelOf(applying, event.channel), external_id: event.conversation }), event]),
  )
  for (const [key, event] of latest) {
    const row = known.get(key)
    if (row === undefined || !row.current) continue
    const changed = await describeConversation(
      applying.tx,
      row.id,
      {
        type: event.kind,
        name: event.name ?? null,
        contact_id: event.contact === undefined ? null : (applying.people.get(event.contact.id) ?? null),
        ...(event.disappearingSeconds === undefined ? {} : { disappearing_seconds: event.disappearingSeconds }),
        ...(event.gone === undefined ? {} : { gone: event.gone }),
        ...(event.windowUntil === undefined ? {} : { window_closes_at: event.windowUntil }),
      },
      applying.now,
    )
    const looksNew = await takeGroupPicture(applying, row.id, row.channel_id, event.picture)
    if (changed || looksNew) applying.changes.push({ type: 'conversation.updated', objectId: row.id, channelId: row.channel_id })
  }
}

/** A direct chat whose contact was erased belongs to whoever writes in it next. */
async function meetAgain(applying: Applying, events: readonly InboundEvent[], known: Conversations): Promise<void> {
  const met = new Set<string>()
  for (const event of ofType(events, 'message')) {
    const row = known.get(conversationKey({ channel_id: channelOf(applying, event.channel), external_id: event.conversation }))
    const contact = applying.people.get(event.sender.id)
    if (row?.type !== 'direct' || row.contact_id !== null || contact === undefined || met.has(row.id)) continue
    met.add(row.id)
    await describeConversation(applying.tx, row.id, { type: 'direct', name: null, contact_id: contact }, applying.now)
  }
}

function keysOf(applying: Applying, events: readonly InboundEvent[]): readonly ConversationKey[] {
  const keys = new Map<string, ConversationKey>()
  for (const event of ofType(events, 'message', 'conversation', 'member')) {
    const key = { channel_id: channelOf(applying, event.channel), external_id: event.conversation as ExternalId }
    keys.set(conversationKey(key), key)
  }
  return [...keys.values()]
}
