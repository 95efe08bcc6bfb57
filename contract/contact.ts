import Type, { type Static } from 'typebox'
import type { ContactId, ConversationId } from './ids.ts'
import { id, Metadata, named, oneOf, Phone, strict } from './schema.ts'

/** A way in which the networks name a person; each value is one person's. */
const Address = Type.Object({
  type: oneOf(['phone', 'hidden', 'matrix', 'username', 'business']),
  value: Type.String(),
  /** The business account within which the value is theirs; absent for what is theirs everywhere. */
  scope: Type.Optional(Type.String()),
  /** Whether the network told it, or somebody entered it here. */
  source: oneOf(['network', 'entered']),
})

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
    /** The contacts that were merged into this one; their ids lead here. */
    merged_ids: Type.Optional(Type.Array(id<ContactId>('con_'))),
  }),
)
export type Contact = Static<typeof Contact>

const Name = Type.String({ minLength: 1, maxLength: 200 })
const OwnId = Type.String({ minLength: 1, maxLength: 128 })
const Username = Type.String({ minLength: 1, maxLength: 64 })

/** Enters a contact, or changes the one that has this `external_id` or `phone`; one of them is needed. `metadata` is replaced whole. */
export const ContactInput = strict({
  phone: Type.Optional(Phone),
  external_id: Type.Optional(OwnId),
  name: Type.Optional(Name),
  username: Type.Optional(Username),
  metadata: Type.Optional(Metadata),
})
export type ContactInput = Static<typeof ContactInput>

/** A field that is left out keeps its value; `null` clears it. A name that is given here is not overwritten by the network's. */
export const ContactPatch = strict({
  name: Type.Optional(Name),
  phone: Type.Optional(Type.Union([Phone, Type.Null()])),
  username: Type.Optional(Type.Union([Username, Type.Null()])),
  external_id: Type.Optional(Type.Union([OwnId, Type.Null()])),
  metadata: Type.Optional(Metadata),
})
export type ContactPatch = Static<typeof ContactPatch>
export type Address = Static<typeof Address>
