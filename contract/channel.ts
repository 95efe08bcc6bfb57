import Type, { type Static } from 'typebox'
import { copyPolicies, ImportState } from './copying.ts'
import type { ChannelId, UserId } from './ids.ts'
import { id, named, oneOf, strict, Time } from './schema.ts'

export const channelStatuses = [
  'connecting',
  'connected',
  'degraded',
  'silent',
  'phone_offline_soon',
  'restricted',
  'logged_out',
  'banned',
] as const
export type ChannelStatus = (typeof channelStatuses)[number]

export const accessKinds = ['shared', 'personal'] as const

/** A number of ours, as far as somebody has to know it who writes from it. */
export const OurNumber = Type.Object({ id: id<ChannelId>('chn_'), name: Type.String(), phone: Type.String() })

/** How fast a linked number may be: WhatsApp bans phones that write like machines. What is above it waits. */
const Pace = {
  messages_per_minute: Type.Integer({ minimum: 1, maximum: 600 }),
  new_chats_per_day: Type.Integer({ minimum: 0, maximum: 10_000 }),
}

/** One WhatsApp number that we are connected to. `road` is told to admins only: nobody else needs to know which road it is. */
export const Channel = named(
  'Channel',
  Type.Object({
    id: id<ChannelId>('chn_'),
    name: Type.String(),
    phone: Type.String(),
    access: oneOf(accessKinds),
    owner_id: Type.Optional(id<UserId>('usr_')),
    member_ids: Type.Array(id<UserId>('usr_')),
    is_default: Type.Boolean(),
    status: oneOf(channelStatuses),
    status_since: Time,
    status_detail: Type.Optional(Type.String()),
    last_inbound_at: Type.Optional(Time),
    phone_last_seen_at: Type.Optional(Time),
    queued_count: Type.Integer(),
    copy: oneOf(copyPolicies),
    import: ImportState,
    pace: Type.Optional(Type.Object(Pace)),
    road: Type.Optional(oneOf(['classical', 'matrix'])),
  }),
)
export type Channel = Static<typeof Channel>

/** `member_ids` names the agents who may use a shared channel; empty means all of them. */
export const ChannelPatch = strict({
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 80 })),
  access: Type.Optional(oneOf(accessKinds)),
  owner_id: Type.Optional(Type.Union([id<UserId>('usr_'), Type.Null()])),
  member_ids: Type.Optional(Type.Array(id<UserId>('usr_'), { maxItems: 200, uniqueItems: true })),
  is_default: Type.Optional(Type.Boolean()),
  pace: Type.Optional(
    strict({ messages_per_minute: Type.Optional(Pace.messages_per_minute), new_chats_per_day: Type.Optional(Pace.new_chats_per_day) }),
  ),
})
export type ChannelPatch = Static<typeof ChannelPatch>
