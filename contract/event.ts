import Type, { type Static } from 'typebox'
import { Channel } from './channel.ts'
import { Contact } from './contact.ts'
import { Conversation } from './conversation.ts'
import { Draft } from './draft.ts'
import { Login } from './login.ts'
import { Message } from './message.ts'
import { Note } from './note.ts'
import { Notice } from './notice.ts'
import { named, oneOf, ref, Time } from './schema.ts'
import { Transfer } from './transfer.ts'

export const eventTypes = [
  'message.created',
  'message.updated',
  'conversation.created',
  'conversation.updated',
  'contact.created',
  'contact.updated',
  'contact.merged',
  'channel.updated',
  'login.updated',
  'transfer.updated',
  'notice.created',
  'note.created',
  'note.updated',
  'draft.updated',
] as const
export type EventType = (typeof eventTypes)[number]

const event = <T extends readonly EventType[], D>(types: T, data: D) =>
  Type.Object({ id: Type.String(), type: oneOf(types), created_at: Time, data: data as D & Type.TSchema })

/**
 * Something that happened, with the whole object as it is when the event is delivered. `id` is the opaque cursor to
 * resume from. Also the body of a server-sent event, whose `event:` is `type`.
 */
export const Event = named(
  'Event',
  Type.Union([
    event(['message.created', 'message.updated'], ref(Message)),
    event(['conversation.created', 'conversation.updated'], ref(Conversation)),
    event(['contact.created', 'contact.updated', 'contact.merged'], ref(Contact)),
    event(['channel.updated'], ref(Channel)),
    event(['login.updated'], ref(Login)),
    event(['transfer.updated'], ref(Transfer)),
    event(['notice.created'], ref(Notice)),
    event(['note.created', 'note.updated'], ref(Note)),
    event(['draft.updated'], ref(Draft)),
  ]),
)
export type Event = Static<typeof Event>

/** Somebody types; never stored, so it has no id and is not replayed. */
export const Typing = named(
  'Typing',
  Type.Object({ conversation_id: Type.String(), sender: Type.Object({ id: Type.String(), name: Type.String() }), on: Type.Boolean() }),
)
export type Typing = Static<typeof Typing>

export const presenceStates = ['viewing', 'typing', 'left'] as const

/** A colleague looks at a conversation or writes in it; like Typing never stored, told to people alone. Who says nothing for a minute has left. */
export const Presence = named(
  'Presence',
  Type.Object({
    conversation_id: Type.String(),
    user: Type.Object({ id: Type.String(), name: Type.String() }),
    state: oneOf(presenceStates),
    at: Time,
  }),
)
export type Presence = Static<typeof Presence>
