import Type, { type Static } from 'typebox'
import type { ChannelId, ConversationId } from './ids.ts'
import { LastMessage } from './message.ts'
import { id, named, oneOf, ref, strict, Time } from './schema.ts'

/** An existing Matrix account that a person has entered; its token is never told. `refused`: the homeserver takes the token no more. */
export const MatrixAccount = named(
  'MatrixAccount',
  Type.Object({
    homeserver_url: Type.String(),
    user_id: Type.String(),
    device_id: Type.Optional(Type.String()),
    has_access_token: Type.Boolean(),
    status: oneOf(['working', 'refused']),
    status_detail: Type.Optional(Type.String()),
    channel_ids: Type.Array(id<ChannelId>('chn_')),
    updated_at: Time,
  }),
)
export type MatrixAccount = Static<typeof MatrixAccount>

/** `user_id` and `device_id` need not be given; where they are, they have to be those of the token. */
export const MatrixAccountInput = strict({
  homeserver_url: Type.String({ format: 'uri', pattern: '^https?://', maxLength: 512 }),
  access_token: Type.String({ minLength: 1, maxLength: 4096 }),
  user_id: Type.Optional(Type.String({ pattern: '^@[^:]+:.+$', maxLength: 255 })),
  device_id: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
})
export type MatrixAccountInput = Static<typeof MatrixAccountInput>

/** A chat as the seed's API names it: by its room. */
export const MatrixRoom = named(
  'MatrixRoom',
  Type.Object({
    room_id: Type.String(),
    name: Type.String(),
    conversation_id: id<ConversationId>('cnv_'),
    channel_id: id<ChannelId>('chn_'),
    type: oneOf(['direct', 'group']),
    unread_count: Type.Integer(),
    last_message: Type.Optional(ref(LastMessage)),
  }),
)
export type MatrixRoom = Static<typeof MatrixRoom>

/** What a synchronisation brought. Not `complete`: it goes on by itself, or call again. */
export const SyncOutcome = Type.Object({
  rooms: Type.Integer(),
  messages: Type.Integer(),
  receipts: Type.Integer(),
  gaps_filled: Type.Integer(),
  complete: Type.Boolean(),
})
export type SyncOutcome = Static<typeof SyncOutcome>
