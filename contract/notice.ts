import Type, { type Static } from 'typebox'
import { channelStatuses } from './channel.ts'
import type { ChannelId, ConversationId, NoteId, NoticeId } from './ids.ts'
import { id, named, oneOf, Time } from './schema.ts'

/**
 * Told to the owner of a number and to admins: once when it has not been `connected` for five minutes, and once when it is again. `since`
 * is when it ceased to be, and joins the two; `status` is how it was when that was told.
 */
const ChannelNotice = Type.Object({
  id: id<NoticeId>('ntc_'),
  type: oneOf(['channel_down', 'channel_back']),
  channel_id: id<ChannelId>('chn_'),
  channel_name: Type.String(),
  status: oneOf(channelStatuses),
  detail: Type.Optional(Type.String()),
  since: Time,
  created_at: Time,
})
export type ChannelNotice = Static<typeof ChannelNotice>

/** Told to a person alone whom a colleague has named in a note; `preview` is the note's beginning as it is now. */
const MentionNotice = Type.Object({
  id: id<NoticeId>('ntc_'),
  type: oneOf(['mention']),
  conversation_id: id<ConversationId>('cnv_'),
  note_id: id<NoteId>('nte_'),
  who: Type.Object({ id: Type.String(), name: Type.String() }),
  preview: Type.String(),
  created_at: Time,
})
export type MentionNotice = Static<typeof MentionNotice>

/** What somebody has to know without having looked for it. */
export const Notice = named('Notice', Type.Union([ChannelNotice, MentionNotice]))
export type Notice = Static<typeof Notice>
