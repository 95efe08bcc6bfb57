import Type, { type Static } from 'typebox'
import type { ContactId, ConversationId } from './ids.ts'
import { id, Metadata, named, oneOf } from './schema.ts'

/** A way in which the networks name a person; each value is one person's. */
const Address = Type.Object({ type: oneOf(['phone', 'hidden', 'matrix', 'username', 'business']), value: Type.String() })

/** A person we talk with. The phone may be absent for ever: WhatsApp hides it from whom it likes. */
export const Contact = named(
  'Contact',
  Type.Object({
    id: id<ContactId>('con_'),
    name: Type.String(),
    phone: Type.Optional(Type.String()),
    username: Type.Optional(Type.String()),
    avatar_url: Type.Optional(Type.String()),
    addresses: Type.Array(Address),
    external_id: Type.Optional(Type.String()),
    metadata: Metadata,
    conversation_ids: Type.Array(id<ConversationId>('cnv_')),
  }),
)
export type Contact = Static<typeof Contact>
export type Address = Static<typeof Address>
