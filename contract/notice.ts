import Type, { type Static } from 'typebox'
import { channelStatuses } from './channel.ts'
import type { ChannelId, NoticeId } from './ids.ts'
import { id, named, oneOf, Time } from './schema.ts'

/**
 * Told to the owner of a number and to admins: once when it has not been `connected` for five minutes, and once when it is again. `since`
 * is when it ceased to be, and joins the two; `status` is how it was when that was told.
 */
export const Notice = named(
  'Notice',
  Type.Object({
    id: id<NoticeId>('ntc_'),
    type: oneOf(['channel_down', 'channel_back']),
    channel_id: id<ChannelId>('chn_'),
    channel_name: Type.String(),
    status: oneOf(channelStatuses),
    detail: Type.Optional(Type.String()),
    since: Time,
    created_at: Time,
  }),
)
export type Notice = Static<typeof Notice>
