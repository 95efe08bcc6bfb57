import Type, { type Static } from 'typebox'
import { Contact } from './contact.ts'
import type { ChannelId, ContactId, ConversationId, UserId } from './ids.ts'
import { LastMessage } from './message.ts'
import { id, Metadata, named, oneOf, Phone, ref, strict, Time } from './schema.ts'

export const conversationStatuses = ['open', 'snoozed', 'closed'] as const

/** One chat, with a contact or a group, on one channel. */
export const Conversation = named(
  'Conversation',
  Type.Object({
    id: id<ConversationId>('cnv_'),
    channel_id: id<ChannelId>('chn_'),
    type: oneOf(['direct', 'group']),
    contact: Type.Optional(ref(Contact)),
    name: Type.String(),
    avatar_url: Type.Optional(Type.String()),
    /** How many people besides us are in a group. */
    member_count: Type.Optional(Type.Integer()),
    /** What is said here disappears after so many seconds. */
    disappearing_seconds: Type.Optional(Type.Integer()),
    /** The phone has this chat no more, so nothing can be sent; what was said stays here. */
    gone: Type.Optional(Type.Object({ why: oneOf(['deleted_on_phone', 'left']), at: Time })),
    /** Conversations that turned out to be this one; their ids lead here. */
    merged_ids: Type.Optional(Type.Array(id<ConversationId>('cnv_'))),
    status: oneOf(conversationStatuses),
    snoozed_until: Type.Optional(Time),
    assignee_id: Type.Optional(id<UserId>('usr_')),
    labels: Type.Array(Type.String()),
    unread_count: Type.Integer(),
    last_message: Type.Optional(ref(LastMessage)),
    window_closes_at: Type.Optional(Time),
    metadata: Metadata,
    external_id: Type.String(),
    created_at: Time,
    updated_at: Time,
  }),
)
export type Conversation = Static<typeof Conversation>

/** How many open conversations the views hold for their reader, and how many of them have something unread. */
export const ConversationCounts = Type.Object({
  mine: Type.Integer(),
  unassigned: Type.Integer(),
  all: Type.Integer(),
  unread_mine: Type.Integer(),
  unread_unassigned: Type.Integer(),
  unread_all: Type.Integer(),
})
export type ConversationCounts = Static<typeof ConversationCounts>

/** Somebody in a group, besides us. */
export const Member = named(
  'Member',
  Type.Object({
    contact_id: id<ContactId>('con_'),
    name: Type.String(),
    phone: Type.Optional(Type.String()),
    avatar_url: Type.Optional(Type.String()),
  }),
)
export type Member = Static<typeof Member>

/** Whom to begin a chat with: one of the two. The number that it begins on is chosen where none is named. */
export const ConversationInput = strict({
  phone_number: Type.Optional(Phone),
  contact_id: Type.Optional(id<ContactId>('con_')),
  channel_id: Type.Optional(id<ChannelId>('chn_')),
})
export type ConversationInput = Static<typeof ConversationInput>

/** What may be changed on a conversation. A field that is left out keeps its value; `null` clears it. */
export const ConversationPatch = strict({
  assignee_id: Type.Optional(Type.Union([id<UserId>('usr_'), Type.Null()])),
  status: Type.Optional(oneOf(conversationStatuses)),
  snoozed_until: Type.Optional(Type.Union([Time, Type.Null()])),
  labels: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 40 }), { maxItems: 20, uniqueItems: true })),
  metadata: Type.Optional(Metadata),
})
export type ConversationPatch = Static<typeof ConversationPatch>
