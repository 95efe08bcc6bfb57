import type { ColumnType, Generated, Kysely, Transaction } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { ChannelStatus } from '../../contract/channel.ts'
import type { Conversation } from '../../contract/conversation.ts'
import type { ContentType, FileType } from '../../contract/content.ts'
import type { CopyPolicy } from '../../contract/copying.ts'
import type { DeliveryState } from '../../contract/delivery.ts'
import type { EventType } from '../../contract/event.ts'
import type {
  ApiKeyId,
  ChannelId,
  ContactId,
  ConversationId,
  ExternalId,
  LoginId,
  MediaId,
  MessageId,
  NoteId,
  NoticeId,
  TransferId,
  UserId,
} from '../../contract/ids.ts'
import type { OperationsSample } from '../../contract/health.ts'
import type { LoginError, LoginStatus } from '../../contract/login.ts'
import type { Notice } from '../../contract/notice.ts'
import type { Template, TemplateStatus } from '../../contract/template.ts'
import type { TransferStatus } from '../../contract/transfer.ts'
import type { DeedKind, Held, Message, SendFailure } from '../../contract/message.ts'
import type { Counted, Json, Time } from './columns.ts'
import type { Before, DeedContent, MovedByMerge } from './stored-json.ts'
import type { BesideTables } from './beside-schema.ts'
import type { PeopleTables } from './people-schema.ts'
import type { TeamTables } from './team-schema.ts'

export interface Tables extends PeopleTables, TeamTables, BesideTables {
  idempotency_keys: {
    principal: string
    key: string
    request_hash: Buffer
    status: number | null
    body: string | null
    object_id: string | null
    created_at: Time
  }
  settings: { key: string; value: Json<unknown>; sealed: Json<Record<string, string>>; updated_at: Time }
  accounts: {
    id: string
    provider: string
    owner_type: 'user' | 'channel' | 'system'
    owner_id: string
    name: string
    external_id: ExternalId | null
    sealed: Json<Record<string, string>>
    saved_at: Time | null
    problem: string | null
    created_at: Time
  }
  channels: {
    id: ChannelId
    provider: string
    external_id: ExternalId
    account_id: string | null
    phone: string
    name: string
    access: 'shared' | 'personal'
    owner_id: UserId | null
    is_default: Generated<boolean>
    status: ChannelStatus
    status_since: Time
    status_detail: string | null
    last_inbound_at: Time | null
    phone_last_seen_at: Time | null
    unwell_since: Time | null
    deleted_at: Time | null
    created_at: Time
    messages_per_minute: Generated<number | null>
    new_chats_per_day: Generated<number | null>
    copy: Generated<CopyPolicy>
    copy_since: ColumnType<Date | null, Date | null | undefined, Date | null>
    linked_at: ColumnType<Date | null, Date | null | undefined, Date | null>
    has_excluded: Generated<boolean>
    chats_count: Generated<number>
    messages_count: ColumnType<string, never, never>
    import_hint: ColumnType<string | null, never, string | null>
  }
  left_out_chats: { channel_id: ChannelId; external_id: ExternalId; description: Json<unknown> | null; messages: string; last_at: Time }
  channel_members: { channel_id: ChannelId; user_id: UserId }
  logins: {
    id: LoginId
    user_id: UserId
    requested_by: UserId
    account_id: string
    method: 'qr' | 'phone'
    phone_number: string | null
    name: string | null
    access: 'shared' | 'personal'
    status: LoginStatus
    sealed: Json<Record<string, string>>
    known_phones: string[]
    expires_at: Time | null
    channel_id: ChannelId | null
    error: Json<{ code: LoginError; detail: string }> | null
    transfer_id: TransferId | null
    relinks: string | null
    copy: ColumnType<CopyPolicy | null, CopyPolicy | null | undefined, CopyPolicy | null>
    created_at: Time
    updated_at: Time
  }
  transfers: {
    id: TransferId
    channel_id: ChannelId
    account_id: string
    login_id: LoginId | null
    from_user_id: UserId | null
    to_user_id: UserId | null
    access: 'shared' | 'personal'
    status: TransferStatus
    decided_by: UserId | null
    decided_at: Time | null
    created_at: Time
  }
  contacts: {
    id: ContactId
    name: string
    phone: string | null
    username: string | null
    external_id: string | null
    metadata: Json<Record<string, string>>
    picture_id: MediaId | null
    /** The name was given here, so the network's is not taken over any more. */
    is_named: Generated<boolean>
    /** The person or key who entered it; null for whom only the network told of. */
    created_by: UserId | ApiKeyId | null
    merged_into: ContactId | null
    erased_at: Time | null
    created_at: Time
    updated_at: Time
  }
  contact_merges: {
    id: Counted
    kept_id: ContactId
    merged_id: ContactId
    moved: Json<MovedByMerge>
    merged_by: string | null
    created_at: Time
    undone_at: Time | null
  }
  participants: { contact_id: ContactId; conversation_id: ConversationId }
  contact_addresses: {
    type: 'phone' | 'hidden' | 'matrix' | 'username' | 'business'
    value: string
    /** Within what the value is one person's; empty for what is one's everywhere. */
    scope: Generated<string>
    source: Generated<'network' | 'entered'>
    contact_id: ContactId
    created_at: Time
  }
  conversations: {
    id: ConversationId
    channel_id: ChannelId
    external_id: ExternalId
    type: 'direct' | 'group'
    name: string
    contact_id: ContactId | null
    status: Generated<'open' | 'snoozed' | 'closed'>
    snoozed_until: Time | null
    assignee_id: UserId | null
    labels: Generated<string[]>
    unread_count: Generated<number>
    read_up_to: Time | null
    last_message_id: MessageId | null
    last_message_at: Time | null
    last_inbound_at: Time | null
    /** Null where one may always write freely. */
    window_closes_at: ColumnType<Date | null, Date | null | undefined, Date | null>
    metadata: Json<Record<string, string>>
    picture_id: MediaId | null
    disappearing_seconds: number | null
    gone: Json<NonNullable<Conversation['gone']>> | null
    created_at: Time
    updated_at: Time
    excluded_at: ColumnType<Date | null, never, Date | null>
  }
  conversation_members: {
    conversation_id: ConversationId
    external_id: ExternalId
    contact_id: ContactId
    joined_at: ColumnType<Date | null, Date | null | undefined, Date | null>
    read_up_to: ColumnType<Date | null, Date | null | undefined, Date | null>
    read_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  }
  former_rooms: { channel_id: ChannelId; external_id: ExternalId; conversation_id: ConversationId }
  conversation_merges: { merged_id: ConversationId; kept_id: ConversationId }
  messages: {
    id: MessageId
    conversation_id: ConversationId
    channel_id: ChannelId
    external_id: ExternalId | null
    direction: Message['direction']
    origin: Message['origin']
    sender_contact_id: ContactId | null
    sender_user_id: UserId | null
    sender_key_id: ApiKeyId | null
    type: ContentType
    content: Json<Record<string, unknown>>
    text: Generated<string>
    status: DeliveryState | null
    attempt: number | null
    unconfirmed_since: Time | null
    error: Json<SendFailure> | null
    reply_to_external_id: ExternalId | null
    reply_preview: string | null
    forwarded: Generated<boolean>
    metadata: Json<Record<string, string>>
    sent_at: Time
    received_at: Time
    delivered_at: Time | null
    read_at: Time | null
    edited_at: Time | null
    deleted_at: Time | null
    receipts: ColumnType<Message['receipts'] | null, string | null | undefined, string | null>
  }
  reactions: {
    message_id: MessageId
    sender: string
    contact_id: ContactId | null
    user_id: UserId | null
    emoji: string
    external_id: ExternalId
    at: Time
  }
  poll_votes: {
    message_id: MessageId
    sender: string
    contact_id: ContactId | null
    user_id: UserId | null
    options: Json<string[]>
    external_id: ExternalId
    at: Time
  }
  media: {
    id: MediaId
    message_id: MessageId | null
    channel_id: ChannelId | null
    position: Generated<number>
    type: FileType
    mime_type: string
    file_name: string | null
    size_bytes: ColumnType<string | null, number | null, number | null>
    width: number | null
    height: number | null
    duration_ms: number | null
    voice: Generated<boolean>
    gif: Generated<boolean>
    waveform: Json<number[]> | null
    status: 'pending' | 'ready' | 'failed' | 'expired'
    ref: Json<Record<string, unknown>> | null
    sha256: Buffer | null
    uploaded_by: string | null
    created_at: Time
  }
  send_attempts: {
    id: string
    message_id: MessageId
    channel_id: ChannelId
    number: number
    status: DeliveryState
    external_id: ExternalId | null
    unconfirmed_since: Time | null
    created_at: Time
    started_at: Time | null
    opens_chat: Generated<boolean>
  }
  deeds: {
    id: string
    message_id: MessageId
    channel_id: ChannelId
    conversation_id: ConversationId
    kind: DeedKind
    content: Json<DeedContent>
    before: Json<Before>
    status: 'queued' | 'sending' | 'unconfirmed' | 'done' | 'failed'
    external_id: ExternalId | null
    error: Json<SendFailure> | null
    created_at: Time
  }
  outbox: {
    seq: Counted
    attempt_id: string | null
    deed_id: string | null
    started_at: Time | null
    held_for: Held['reason'] | null
    /** Why, in the network's case. */
    held_detail: ColumnType<string | null, never, string | null>
    message_id: MessageId
    conversation_id: ConversationId
    channel_id: ChannelId
    state: 'queued' | 'sending' | 'awaiting'
    not_before: Time
    lease_token: string | null
    tries: Generated<number>
  }
  inbound_batches: { id: Counted; provider: string; stream: string; key: string; body: string; received_at: Time; done_at: Time | null }
  cursors: { provider: string; stream: string; cursor: string | null; polled_at: Time | null }
  facts: { provider: string; key: string; value: Json<unknown> }
  notices: {
    id: NoticeId
    type: Notice['type']
    channel_id: ChannelId
    status: ChannelStatus | null
    detail: string | null
    since: Time | null
    user_id: ColumnType<UserId | null, never, never>
    note_id: ColumnType<NoteId | null, never, never>
    created_at: Time
  }
  watches: { provider: string; suspicions: Generated<string>; swept: Generated<string>; reason: string; since: Time }
  deferred_events: { id: Counted; provider: string; waits_for: string; raw: Json<unknown>; received_at: Time }
  dead_letters: { id: Counted; provider: string; raw: Json<unknown>; error: string; created_at: Time }
  not_understood: {
    id: Counted
    provider: string
    external_id: ExternalId
    message_id: MessageId | null
    raw: Json<unknown>
    received_at: Time
  }
  pending_relations: { id: Counted; channel_id: ChannelId; target: ExternalId; event: Json<unknown>; received_at: Time }
  templates: {
    provider: string
    account: ExternalId
    id: string
    name: string
    language: string
    category: string
    status: TemplateStatus
    quality: string | null
    reason: string | null
    components: Json<Template['components']>
  }
  jobs: {
    id: Counted
    kind: string
    key: string
    payload: Json<unknown>
    run_at: Time
    tries: Generated<number>
    lease_token: string | null
    error: string | null
    created_at: Time
  }
  events: {
    xid: ColumnType<string, never, never>
    id: Counted
    type: EventType
    object_id: string
    channel_id: ChannelId | null
    user_id: UserId | null
    created_at: Time
  }
  samples: { minute: Time } & Omit<OperationsSample, 'at'>
}

export type Db = Kysely<Tables>
export type Tx = Transaction<Tables>
/** Where a function may run inside or outside a transaction. */
export type DbOrTx = Db | Tx
/** What HTTP gets: it cannot write. */
export type ReadDb = ReadonlyKysely<Tables>
