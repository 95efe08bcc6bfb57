import Type, { type Static } from 'typebox'
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
})
export type ChannelPatch = Static<typeof ChannelPatch>
