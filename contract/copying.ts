import Type, { type Static } from 'typebox'
import type { ConversationId } from './ids.ts'
import { id, named, Time } from './schema.ts'

/**
 * What of a phone's chats is copied here: all of it, what is said from the linking on, or only the chats with people who are contacts
 * here already (no groups).
 */
export const copyPolicies = ['everything', 'from_now', 'known_contacts'] as const
export type CopyPolicy = (typeof copyPolicies)[number]

/** How far the import of a number has come. `left_out` counts messages that were not stored. `hint`: what is probably wrong. */
export const ImportState = Type.Object({
  chats: Type.Integer(),
  messages: Type.Integer(),
  left_out: Type.Integer(),
  linked_at: Type.Optional(Time),
  hint: Type.Optional(
    Type.Object({ code: Type.Unsafe<'backfill_off'>({ type: 'string', enum: ['backfill_off'] }), detail: Type.String() }),
  ),
})

/** A chat that its owner keeps out of the inbox: what was here is erased, and what comes is counted and not stored. */
export const ExcludedChat = named(
  'ExcludedChat',
  Type.Object({
    conversation_id: id<ConversationId>('cnv_'),
    name: Type.String(),
    phone: Type.Optional(Type.String()),
    excluded_at: Time,
    left_out: Type.Integer(),
  }),
)
export type ExcludedChat = Static<typeof ExcludedChat>
