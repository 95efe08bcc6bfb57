import Type, { type Static } from 'typebox'
import type { ConversationId, NoteId, UserId } from './ids.ts'
import { id, named, strict, Time } from './schema.ts'

/** Who of us wrote it: a person or an API key. */
const Author = Type.Object({ id: Type.String(), name: Type.String() })

/** Colleagues whom a text names, in UTF-16 units of it. */
export const ColleaguesInput = Type.Array(
  strict({ user_id: id<UserId>('usr_'), offset: Type.Integer({ minimum: 0 }), length: Type.Integer({ minimum: 1, maximum: 256 }) }),
  { maxItems: 50 },
)
export type ColleaguesInput = Static<typeof ColleaguesInput>

/** What colleagues write to each other beside a conversation. It is no message: no road to WhatsApp knows of it. Deleted, it is an empty mark. */
export const Note = named(
  'Note',
  Type.Object({
    id: id<NoteId>('nte_'),
    conversation_id: id<ConversationId>('cnv_'),
    author: Author,
    text: Type.String(),
    mentions: ColleaguesInput,
    created_at: Time,
    edited_at: Type.Optional(Time),
    deleted_at: Type.Optional(Time),
  }),
)
export type Note = Static<typeof Note>

/** A note to write, or what it is to say instead. Who is named must be able to see the conversation. */
export const NoteInput = strict({ text: Type.String({ minLength: 1, maxLength: 10_000 }), mentions: Type.Optional(ColleaguesInput) })
export type NoteInput = Static<typeof NoteInput>
