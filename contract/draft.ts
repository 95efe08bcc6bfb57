import Type, { type Static } from 'typebox'
import type { ContactId, ConversationId, MessageId, UserId } from './ids.ts'
import { id, named, oneOf, strict, Time } from './schema.ts'

export const draftModes = ['reply', 'note'] as const
export type DraftMode = (typeof draftModes)[number]

/** Whom an unfinished text names: contacts in a reply, colleagues in a note. */
const DraftMentions = Type.Array(
  strict({
    contact_id: Type.Optional(id<ContactId>('con_')),
    user_id: Type.Optional(id<UserId>('usr_')),
    offset: Type.Integer({ minimum: 0 }),
    length: Type.Integer({ minimum: 1, maximum: 256 }),
  }),
  { maxItems: 50 },
)

const rest = { reply_to_id: Type.Optional(id<MessageId>('msg_')), mentions: Type.Optional(DraftMentions) }

/** What a person has begun to write in a conversation, for their eyes alone. There is none any more where `text` is empty and nothing is answered. */
export const Draft = named(
  'Draft',
  Type.Object({ conversation_id: id<ConversationId>('cnv_'), mode: oneOf(draftModes), text: Type.String(), ...rest, updated_at: Time }),
)
export type Draft = Static<typeof Draft>

/** The draft as it is now; the last one written stands, an empty `text` that answers nothing removes it. */
export const DraftInput = strict({ mode: oneOf(draftModes), text: Type.String({ maxLength: 65_536 }), ...rest })
export type DraftInput = Static<typeof DraftInput>
