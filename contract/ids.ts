/** A string that names one kind of thing and cannot be passed where another kind is wanted. */
type Id<Kind extends string> = string & { readonly __kind: Kind }

export type UserId = Id<'user'>
export type ContactId = Id<'contact'>
export type ConversationId = Id<'conversation'>
export type MessageId = Id<'message'>
export type ChannelId = Id<'channel'>
export type MediaId = Id<'media'>
export type ApiKeyId = Id<'api_key'>
export type LoginId = Id<'login'>
export type TransferId = Id<'transfer'>
export type NoticeId = Id<'notice'>
export type NoteId = Id<'note'>
export type CannedReplyId = Id<'canned_reply'>
export type LabelId = Id<'label'>
export type AuditId = Id<'audit'>
export type SessionId = Id<'session'>

/** An identifier minted by the network. Opaque: only its provider may read meaning into it. */
export type ExternalId = Id<'external'>

/** What each kind of id starts with, so that a pasted id tells what it names. */
export const idPrefixes = {
  user: 'usr_',
  contact: 'con_',
  conversation: 'cnv_',
  message: 'msg_',
  channel: 'chn_',
  media: 'med_',
  api_key: 'key_',
  login: 'lgn_',
  transfer: 'trf_',
  notice: 'ntc_',
  note: 'nte_',
  canned_reply: 'can_',
  label: 'lbl_',
  audit: 'aud_',
  session: 'ses_',
} as const
export type IdKind = keyof typeof idPrefixes
