import Type, { type Static } from 'typebox'
import { accessKinds } from './channel.ts'
import type { ChannelId, TransferId, UserId } from './ids.ts'
import { id, named, oneOf, Time } from './schema.ts'

/** `withdrawn`: the phone was unlinked, or linked by its owner again, before anybody decided. */
export const transferStatuses = ['pending', 'accepted', 'refused', 'withdrawn'] as const
export type TransferStatus = (typeof transferStatuses)[number]

/**
 * A number that was linked by somebody whom it does not belong to. Until an admin accepts, they see nothing of its chats, and what
 * comes for a personal number is held back unread. `from_user_id` and `to_user_id` are absent where the number is the team's.
 */
export const Transfer = named(
  'Transfer',
  Type.Object({
    id: id<TransferId>('trf_'),
    channel_id: id<ChannelId>('chn_'),
    channel_name: Type.String(),
    phone: Type.String(),
    from_user_id: Type.Optional(id<UserId>('usr_')),
    to_user_id: Type.Optional(id<UserId>('usr_')),
    access: oneOf(accessKinds),
    status: oneOf(transferStatuses),
    created_at: Time,
    decided_at: Type.Optional(Time),
    decided_by: Type.Optional(id<UserId>('usr_')),
  }),
)
export type Transfer = Static<typeof Transfer>
