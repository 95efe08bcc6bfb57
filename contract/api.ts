import Type, { type Static, type TSchema } from 'typebox'
import { AuditEntry, auditOperations } from './audit.ts'
import { Capabilities } from './capability.ts'
import { CannedReply } from './canned-reply.ts'
import { Channel } from './channel.ts'
import { Attachment } from './content.ts'
import { Conversation, ConversationCounts, ConversationInput, ConversationPatch, conversationStatuses, Member } from './conversation.ts'
import { contactOperations } from './contact-api.ts'
import { Contact } from './contact.ts'
import { ExcludedChat } from './copying.ts'
import { Draft } from './draft.ts'
import { Event, eventTypes, Presence, Typing } from './event.ts'
import { DeadLetter, Health, OperationsSample } from './health.ts'
import type { ChannelId, ConversationId, MediaId, MessageId } from './ids.ts'
import { Label } from './label.ts'
import { ConnectInput, Login } from './login.ts'
import { matrixAccountOperations } from './matrix-account-api.ts'
import { MatrixAccount, MatrixRoom } from './matrix-account.ts'
import {
  EditInput,
  LastMessage,
  Message,
  MessageInput,
  MessageQuery,
  MessageToInput,
  MessageVersion,
  ReactionInput,
  Receipt,
  SearchHit,
} from './message.ts'
import { Note } from './note.ts'
import { Notice } from './notice.ts'
import { numberOperations } from './number-api.ts'
import { operatorOperations } from './operator-api.ts'
import { Problem } from './problem.ts'
import { type RouteName, routes } from './routes.ts'
import { peopleOperations, user } from './people-api.ts'
import { id, oneOf, page, PageQuery, ref, strict, Time } from './schema.ts'
import { settingsOperations } from './settings-api.ts'
import { Check, MatrixSystemConfig, WhatsappConfig, WhatsappMode, WhatsappModePreview } from './settings.ts'
import { Activity, activityOperations } from './activity.ts'
import { messageOperations } from './message-api.ts'
import { teamOperations } from './team-api.ts'
import { Template, TemplateList } from './template.ts'
import { Transfer } from './transfer.ts'
import { ApiKey, type Scope, Session, User } from './user.ts'
import { wordingOperations } from './wording-api.ts'

/** The schemas that keep their names in OpenAPI. */
export const namedSchemas = [
  Attachment,
  ApiKey,
  AuditEntry,
  CannedReply,
  Capabilities,
  Channel,
  Check,
  Contact,
  Conversation,
  DeadLetter,
  Draft,
  Event,
  ExcludedChat,
  Health,
  OperationsSample,
  Session,
  Label,
  LastMessage,
  Login,
  MatrixAccount,
  MatrixRoom,
  MatrixSystemConfig,
  Member,
  Activity,
  Receipt,
  MessageVersion,
  Message,
  MessageInput,
  MessageToInput,
  Note,
  Notice,
  Presence,
  Problem,
  SearchHit,
  Template,
  Transfer,
  Typing,
  User,
  WhatsappConfig,
  WhatsappMode,
  WhatsappModePreview,
] as const

/**
 * One call of the API: what it takes, answers and demands. `access` is who may call it with a session; `scope` is what an
 * API key needs besides, and a call without one takes no key. `stream` and `file` bodies are not JSON.
 */
export interface Operation {
  readonly summary: string
  readonly access: 'public' | 'user' | 'admin'
  readonly scope?: Scope
  readonly params?: TSchema
  readonly query?: TSchema
  readonly body?: TSchema
  readonly file?: true
  readonly response: Readonly<Partial<Record<200 | 201 | 202 | 204, TSchema>>>
}

const conversation = strict({ conversation_id: id<ConversationId>('cnv_') })
const message = strict({ message_id: id<MessageId>('msg_') })
const done = { 204: Type.Null() }
const flag = Type.Union([Type.Boolean(), oneOf(['true', 'false', '1', '0'])])

const operations = {
  ...peopleOperations,
  ...settingsOperations,

  connectWhatsapp: {
    summary: 'Start to link a phone; answers with the first QR or code',
    access: 'user',
    scope: 'channels:connect',
    params: user,
    body: ConnectInput,
    response: { 200: ref(Login) },
  },
  getWhatsappLogin: {
    summary: 'The present state of linking; `wait` long-polls for a change, in seconds, since the `updated_at` that `since` names',
    access: 'user',
    scope: 'channels:connect',
    params: user,
    query: strict({ wait: Type.Optional(Type.Integer({ minimum: 0, maximum: 25 })), since: Type.Optional(Time) }),
    response: { 200: ref(Login) },
  },
  cancelWhatsappLogin: {
    summary: 'Give up linking',
    access: 'user',
    scope: 'channels:connect',
    params: user,
    response: { 200: ref(Login) },
  },
  disconnectWhatsapp: {
    summary: 'Unlink a phone; the history stays',
    access: 'user',
    scope: 'channels:connect',
    params: user,
    body: strict({ channel_id: Type.Optional(id<ChannelId>('chn_')) }),
    response: { 200: ref(Channel) },
  },
  getWhatsappStatus: {
    summary: "A person's numbers and the linking that runs",
    access: 'user',
    scope: 'channels:connect',
    params: user,
    response: { 200: Type.Object({ channels: Type.Array(ref(Channel)), login: Type.Optional(ref(Login)) }) },
  },

  ...matrixAccountOperations,

  ...numberOperations,

  listConversations: {
    summary:
      'Conversations, the latest first. `has_failed`: something in them was not sent; `window_closing`: one may write freely for two more hours at most',
    access: 'user',
    scope: 'messages:read',
    query: strict({
      ...PageQuery,
      status: Type.Optional(oneOf(conversationStatuses)),
      assignee: Type.Optional(Type.String({ pattern: '^(me|none|usr_[0-9a-z]+)$' })),
      channel_id: Type.Optional(id<ChannelId>('chn_')),
      label: Type.Optional(Type.String({ maxLength: 40 })),
      unread: Type.Optional(flag),
      has_failed: Type.Optional(flag),
      window_closing: Type.Optional(flag),
      q: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    }),
    response: { 200: page(ref(Conversation)) },
  },
  createConversation: {
    summary: 'Find or begin the chat with a phone number or a contact',
    access: 'user',
    scope: 'messages:send',
    body: ConversationInput,
    response: { 200: ref(Conversation), 201: ref(Conversation) },
  },
  getConversationCounts: {
    summary: "How many open conversations there are: yours, nobody's, all, and those of each with something unread",
    access: 'user',
    scope: 'messages:read',
    response: { 200: ConversationCounts },
  },
  getConversation: {
    summary: 'One conversation',
    access: 'user',
    scope: 'messages:read',
    params: conversation,
    response: { 200: ref(Conversation) },
  },
  updateConversation: {
    summary: 'Assign, close, snooze, label',
    access: 'user',
    scope: 'conversations:write',
    params: conversation,
    body: ConversationPatch,
    response: { 200: ref(Conversation) },
  },
  listMembers: {
    summary: 'Who is in a group besides us',
    access: 'user',
    scope: 'messages:read',
    params: conversation,
    query: strict(PageQuery),
    response: { 200: page(ref(Member)) },
  },
  listMessages: {
    summary: 'Messages of a conversation, newest first unless `after`',
    access: 'user',
    scope: 'messages:read',
    params: conversation,
    query: MessageQuery,
    response: { 200: page(ref(Message)) },
  },
  sendMessage: {
    summary:
      'Send; answers as soon as the message is safely queued. The message may be in another conversation of the contact: `conversation_id` says where. A refusal with `reroute_unconfirmed` is accepted by the same request with `confirm_reroute`, under an Idempotency-Key of its own',
    access: 'user',
    scope: 'messages:send',
    params: conversation,
    body: ref(MessageInput),
    response: { 202: ref(Message) },
  },
  markRead: {
    summary: 'Mark read, for us and for the contact',
    access: 'user',
    scope: 'conversations:write',
    params: conversation,
    body: strict({ up_to_message_id: Type.Optional(id<MessageId>('msg_')) }),
    response: { 200: ref(Conversation) },
  },
  getCapabilities: {
    summary: 'What may be sent here now',
    access: 'user',
    scope: 'messages:read',
    params: conversation,
    response: { 200: ref(Capabilities) },
  },
  sendMessageTo: {
    summary: 'Send to a phone number or a contact, in one call: the chat is found or begun',
    access: 'user',
    scope: 'messages:send',
    body: ref(MessageToInput),
    response: { 202: ref(Message) },
  },
  setTyping: {
    summary: 'Let the contact see that somebody types, for 20 seconds at most; a hint that nothing keeps',
    access: 'user',
    scope: 'messages:send',
    params: conversation,
    body: strict({ on: Type.Boolean() }),
    response: done,
  },
  ...messageOperations,
  ...activityOperations,
  ...teamOperations,

  setReaction: {
    summary: 'React with one emoji; a second one takes its place',
    access: 'user',
    scope: 'messages:send',
    params: message,
    body: ReactionInput,
    response: { 202: ref(Message) },
  },
  removeReaction: {
    summary: 'Take our reaction back',
    access: 'user',
    scope: 'messages:send',
    params: message,
    response: { 202: ref(Message) },
  },
  editMessage: {
    summary: 'Change a text of ours, for the contact too',
    access: 'user',
    scope: 'messages:send',
    params: message,
    body: EditInput,
    response: { 202: ref(Message) },
  },
  deleteMessage: {
    summary: 'Take a message of ours back for everyone',
    access: 'user',
    scope: 'messages:send',
    params: message,
    response: { 202: ref(Message) },
  },
  retryMessage: {
    summary: 'Send a failed message again',
    access: 'user',
    scope: 'messages:send',
    params: message,
    response: { 202: ref(Message) },
  },
  search: {
    summary:
      'Find messages by their text, the latest first. A page may hold fewer than `limit`, or none, while `has_more` says to go on: frequent words are read through piece by piece',
    access: 'user',
    scope: 'messages:read',
    query: strict({
      ...PageQuery,
      q: Type.String({ minLength: 2, maxLength: 200 }),
      conversation_id: Type.Optional(id<ConversationId>('cnv_')),
    }),
    response: { 200: page(ref(SearchHit)) },
  },

  ...contactOperations,

  ...wordingOperations,

  uploadMedia: {
    summary: 'Upload a file to send later (multipart, field `file`), or let it be fetched from an address (JSON, `url`)',
    access: 'user',
    scope: 'messages:send',
    file: true,
    response: { 201: ref(Attachment) },
  },
  getMedia: {
    summary: 'The bytes of a file, with ranges',
    access: 'user',
    scope: 'messages:read',
    params: strict({ media_id: id<MediaId>('med_') }),
    query: strict({ download: Type.Optional(flag) }),
    response: { 200: Type.String({ format: 'binary' }) },
  },

  listEvents: {
    summary:
      'What happened, as a stream (`Accept: text/event-stream`, whose first event `ready` carries the cursor to resume from) or a page; resumes from `after` or `Last-Event-ID`',
    access: 'user',
    scope: 'messages:read',
    query: strict({
      after: Type.Optional(Type.String({ maxLength: 64 })),
      types: Type.Optional(Type.String({ maxLength: 400, examples: [eventTypes.slice(0, 2).join(',')] })),
      channel_id: Type.Optional(id<ChannelId>('chn_')),
      limit: PageQuery.limit,
    }),
    response: { 200: page(ref(Event)) },
  },

  listTemplates: {
    summary: 'What may be sent from this number when the window of a chat is closed',
    access: 'user',
    scope: 'messages:send',
    params: strict({ channel_id: id<ChannelId>('chn_') }),
    response: { 200: TemplateList },
  },

  ...auditOperations,
  ...operatorOperations,
} as const satisfies Record<RouteName, Operation>

/** The whole API: validation, OpenAPI and the typed client all come from this table. */
export const api = Object.fromEntries(
  Object.entries(operations).map(([name, operation]) => [name, { ...routes[name as RouteName], ...operation }]),
) as { [Name in RouteName]: (typeof routes)[Name] & (typeof operations)[Name] }
export type Api = typeof api

type Fields<T> = T extends TSchema ? Static<T> : undefined
type Body<T> = T extends { readonly [K in 200 | 201 | 202]?: infer S } ? Fields<Exclude<S, undefined>> : undefined

/** What a caller passes and gets, by the name of the call. */
export type Call<Name extends RouteName> = {
  readonly params: Api[Name] extends { readonly params: infer S } ? Fields<S> : undefined
  readonly query: Api[Name] extends { readonly query: infer S } ? Fields<S> : undefined
  readonly body: Api[Name] extends { readonly body: infer S } ? Fields<S> : undefined
  readonly answer: Body<Api[Name]['response']>
}
