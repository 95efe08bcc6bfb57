import Type, { type Static } from 'typebox'
import { ContactCard, Content, fileTypes, Interactive, Location, MentionsInput, PollInput } from './content.ts'
import { deliveryStates } from './delivery.ts'
import { errorCodes, type ErrorCode } from './error.ts'
import type { ChannelId, ContactId, ConversationId, MediaId, MessageId } from './ids.ts'
import { id, Metadata, named, oneOf, Phone, ref, strict, Time } from './schema.ts'
import { Sender } from './sender.ts'
import { TemplateUse } from './template.ts'

/** The message that this one answers. `id` is absent when the network quotes something that never reached us. */
const Quote = Type.Object({ id: Type.Optional(id<MessageId>('msg_')), preview: Type.String(), sender_name: Type.Optional(Type.String()) })

const Reaction = Type.Object({ emoji: Type.String(), sender: Sender, at: Time })

/** Why a send did not work. `retryable` says that the same message may be sent again as it is. */
export const SendFailure = Type.Object({
  code: oneOf(Object.keys(errorCodes) as ErrorCode[]),
  detail: Type.String(),
  retryable: Type.Boolean(),
  network_code: Type.Optional(Type.String({ description: 'WhatsApp’s own code, such as 131049, where it gave one.' })),
})
export type SendFailure = Static<typeof SendFailure>

/** What can be done to a message that was sent before. */
export const deedKinds = ['reaction', 'edit', 'delete'] as const
export type DeedKind = (typeof deedKinds)[number]

/**
 * The newest thing that we did to this message, as long as the network has not confirmed it. The message shows it done already; what
 * `failed` was put back, and `error` says why. `unconfirmed`: nobody knows, and it is not done again by itself.
 */
const MessageChange = Type.Object({
  kind: oneOf(deedKinds),
  status: oneOf(['pending', 'unconfirmed', 'failed']),
  error: Type.Optional(SendFailure),
  at: Time,
})

/**
 * Why a queued message waits, and until when at least: for the pace of its number, for a limit of WhatsApp's own on its number or on one
 * contact, or until an admin has set something right.
 */
export const Held = Type.Object({
  until: Time,
  reason: oneOf(['messages_per_minute', 'new_chats_per_day', 'number_limit', 'contact_limit', 'to_be_set_right']),
  detail: Type.String(),
})
export type Held = Static<typeof Held>

/**
 * Of what we said in a group: how many have got it and how many have read it, as far as WhatsApp tells, of how many. `of` is absent where it
 * is not known who is in the group. A moment behind the receipts themselves, which are gathered.
 */
const ReceiptCounts = Type.Object({ delivered: Type.Integer(), read: Type.Integer(), of: Type.Optional(Type.Integer()) })

/** Somebody in a group who has got what we said, and has read it if there is a time of that. */
export const Receipt = named(
  'Receipt',
  Type.Object({
    contact_id: id<ContactId>('con_'),
    name: Type.String(),
    phone: Type.Optional(Type.String()),
    avatar_url: Type.Optional(Type.String()),
    delivered_at: Time,
    read_at: Type.Optional(Time),
  }),
)
export type Receipt = Static<typeof Receipt>

/** What a message said before it was edited, and from when. */
export const MessageVersion = named('MessageVersion', Type.Object({ text: Type.String(), written_at: Time }))
export type MessageVersion = Static<typeof MessageVersion>

const MessageBase = Type.Object({
  id: id<MessageId>('msg_'),
  conversation_id: id<ConversationId>('cnv_'),
  channel_id: id<ChannelId>('chn_'),
  /** Told with the answer to a send alone: the conversation that it was sent into, where the message is in another one. */
  rerouted_from_conversation_id: Type.Optional(id<ConversationId>('cnv_')),
  direction: oneOf(['inbound', 'outbound']),
  origin: oneOf(['contact', 'inbox', 'api', 'phone', 'history']),
  sender: Sender,
  status: Type.Optional(oneOf(deliveryStates)),
  attempt: Type.Optional(Type.Integer()),
  unconfirmed_since: Type.Optional(Time),
  error: Type.Optional(SendFailure),
  reply_to: Type.Optional(Quote),
  forwarded: Type.Optional(Type.Boolean()),
  reactions: Type.Array(Reaction),
  change: Type.Optional(MessageChange),
  held: Type.Optional(Held),
  sent_at: Time,
  received_at: Time,
  delivered_at: Type.Optional(Time),
  read_at: Type.Optional(Time),
  receipts: Type.Optional(ReceiptCounts),
  edited_at: Type.Optional(Time),
  deleted_at: Type.Optional(Time),
  external_id: Type.Optional(Type.String()),
  metadata: Metadata,
})

/** One message, the same whichever road it took. `status` and `attempt` stand on outbound ones. */
export const Message = named('Message', Type.Intersect([MessageBase, Content]))
export type Message = Static<typeof Message>

/**
 * A file to send: uploaded before, or an address that the server fetches through its guarded client. `voice` is a recording of somebody who
 * speaks; `gif` is a video that plays by itself, silently and again and again.
 */
const AttachmentInput = strict({
  media_id: Type.Optional(id<MediaId>('med_')),
  url: Type.Optional(Type.String({ format: 'uri', maxLength: 2048 })),
  voice: Type.Optional(Type.Boolean()),
  gif: Type.Optional(Type.Boolean()),
})

/**
 * What a caller may send. `type` is `text` when left out; `text` is the text or the caption. `on_behalf_of` names a person, by id or by
 * `ext:<external id>`, in whose name and with whose rights a key with the scope `act_as` sends. `channel_id` names the number that it is to
 * leave from; without it the mode decides. `confirm_reroute` accepts that it begins a chat on another number than the conversation's.
 */
export const MessageInput = named(
  'MessageInput',
  strict({
    type: Type.Optional(oneOf(['text', ...fileTypes, 'location', 'contacts', 'poll', 'template', 'interactive'])),
    text: Type.Optional(Type.String({ maxLength: 65_536 })),
    attachments: Type.Optional(Type.Array(AttachmentInput, { minItems: 1, maxItems: 1 })),
    location: Type.Optional(Location),
    contacts: Type.Optional(Type.Array(ContactCard, { minItems: 1, maxItems: 16 })),
    poll: Type.Optional(PollInput),
    template: Type.Optional(TemplateUse),
    interactive: Type.Optional(Interactive),
    mentions: Type.Optional(MentionsInput),
    reply_to_id: Type.Optional(id<MessageId>('msg_')),
    channel_id: Type.Optional(id<ChannelId>('chn_')),
    confirm_reroute: Type.Optional(Type.Boolean()),
    on_behalf_of: Type.Optional(Type.String({ maxLength: 140, pattern: '^(usr_[0-9a-z]+|ext:.+)$', examples: ['ext:crm-17'] })),
    metadata: Type.Optional(Metadata),
  }),
)
export type MessageInput = Static<typeof MessageInput>

/** A message with whom it is for: one of `to`, a phone number, and `contact_id`. */
export const MessageToInput = named(
  'MessageToInput',
  strict({ to: Type.Optional(Phone), contact_id: Type.Optional(id<ContactId>('con_')), ...allButConfirmation() }),
)
export type MessageToInput = Static<typeof MessageToInput>

/** The reaction of our number to a message: it has one, whoever of us gave it, and a new one takes its place. */
export const ReactionInput = strict({ emoji: Type.String({ minLength: 1, maxLength: 64, examples: ['👍'] }) })

/** What a text of ours says from now on. */
export const EditInput = strict({
  text: Type.String({ minLength: 1, maxLength: 65_536 }),
  mentions: Type.Optional(MentionsInput),
})
export type EditInput = Static<typeof EditInput>

/** A message as the list of conversations previews it. */
export const LastMessage = named(
  'LastMessage',
  Type.Object({ ...pick(), preview: Type.String(), sender_name: Type.Optional(Type.String()) }),
)
export type LastMessage = Static<typeof LastMessage>

function allButConfirmation() {
  const { confirm_reroute: _, ...rest } = MessageInput.properties
  return rest
}

function pick() {
  const { id, direction, status, sent_at } = MessageBase.properties
  return { id, type: Type.String(), direction, status, sent_at }
}

/** The answer to a search: the message and the conversation that it stands in. */
export const SearchHit = named('SearchHit', Type.Object({ message: ref(Message), conversation_name: Type.String() }))

/** Where in a conversation to read: before, after or around a message; the newest where nothing is said. */
export const MessageQuery = strict({
  before: Type.Optional(id<MessageId>('msg_')),
  after: Type.Optional(id<MessageId>('msg_')),
  around: Type.Optional(id<MessageId>('msg_')),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
})
