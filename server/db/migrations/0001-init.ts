import { type Kysely, sql } from 'kysely'

/** Everything of the first release. Uniqueness that the product promises stands here as constraints, never in code. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  'create extension if not exists pg_trgm',

  // --- people ---
  `create table users (
    id text primary key,
    email text not null,
    name text not null,
    role text not null check (role in ('admin', 'agent')),
    external_id text unique,
    active boolean not null default true,
    password_hash text not null,
    created_at timestamptz not null
  )`,
  'create unique index users_email on users (lower(email))',
  `create table sessions (
    token_hash bytea primary key,
    user_id text not null references users on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null
  )`,
  'create index sessions_user on sessions (user_id)',
  `create table api_keys (
    id text primary key,
    name text not null,
    prefix text not null,
    secret_hash bytea not null unique,
    scopes text[] not null,
    channel_ids text[],
    created_by text references users,
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
  )`,
  // One row a write that carried an Idempotency-Key; kept 48 h. status is null while the first one still runs.
  `create table idempotency_keys (
    principal text not null,
    key text not null,
    request_hash bytea not null,
    status integer,
    body text,
    created_at timestamptz not null,
    primary key (principal, key)
  )`,
  'create index idempotency_keys_age on idempotency_keys (created_at)',

  // --- settings and accounts; what is secret is sealed ---
  `create table settings (
    key text primary key,
    value jsonb not null,
    sealed jsonb not null default '{}',
    updated_at timestamptz not null
  )`,
  `create table accounts (
    id text primary key,
    provider text not null,
    owner_type text not null check (owner_type in ('user', 'channel', 'system')),
    owner_id text not null,
    name text not null,
    external_id text,
    sealed jsonb not null default '{}',
    created_at timestamptz not null,
    unique (provider, owner_type, owner_id),
    unique (provider, external_id)
  )`,

  // --- numbers ---
  `create table channels (
    id text primary key,
    provider text not null,
    external_id text not null,
    account_id text references accounts,
    phone text not null,
    name text not null,
    access text not null check (access in ('shared', 'personal')),
    owner_id text references users,
    is_default boolean not null default false,
    status text not null,
    status_since timestamptz not null,
    status_detail text,
    last_inbound_at timestamptz,
    phone_last_seen_at timestamptz,
    deleted_at timestamptz,
    created_at timestamptz not null,
    unique (provider, external_id)
  )`,
  'create unique index channels_default on channels (provider) where is_default and deleted_at is null',
  `create table channel_members (
    channel_id text not null references channels on delete cascade,
    user_id text not null references users on delete cascade,
    primary key (channel_id, user_id)
  )`,
  `create table logins (
    id text primary key,
    user_id text not null references users,
    requested_by text not null references users,
    account_id text not null references accounts,
    method text not null,
    phone_number text,
    name text,
    access text not null,
    status text not null,
    sealed jsonb not null default '{}',
    known_phones text[] not null default '{}',
    expires_at timestamptz,
    channel_id text references channels,
    error jsonb,
    created_at timestamptz not null,
    updated_at timestamptz not null
  )`,
  `create unique index logins_open on logins (user_id)
    where status in ('starting', 'show_qr', 'show_code', 'passkey', 'finishing')`,
  'create index logins_user on logins (user_id, created_at desc)',

  // --- contacts and conversations ---
  `create table contacts (
    id text primary key,
    name text not null,
    phone text,
    username text,
    external_id text unique,
    metadata jsonb not null default '{}',
    created_at timestamptz not null,
    updated_at timestamptz not null
  )`,
  'create index contacts_name on contacts using gin (lower(name) gin_trgm_ops)',
  `create table contact_addresses (
    type text not null,
    value text not null,
    contact_id text not null references contacts on delete cascade,
    created_at timestamptz not null,
    primary key (type, value)
  )`,
  'create index contact_addresses_contact on contact_addresses (contact_id)',
  `create table conversations (
    id text primary key,
    channel_id text not null references channels,
    external_id text not null,
    type text not null check (type in ('direct', 'group')),
    name text not null default '',
    contact_id text references contacts,
    status text not null default 'open' check (status in ('open', 'snoozed', 'closed')),
    snoozed_until timestamptz,
    assignee_id text references users,
    labels text[] not null default '{}',
    unread_count integer not null default 0,
    read_up_to timestamptz,
    last_message_id text,
    last_message_at timestamptz,
    last_inbound_at timestamptz,
    metadata jsonb not null default '{}',
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (channel_id, external_id)
  )`,
  'create index conversations_list on conversations (last_message_at desc nulls last, id desc)',
  'create index conversations_channel on conversations (channel_id, last_message_at desc nulls last, id desc)',
  'create index conversations_assignee on conversations (assignee_id, last_message_at desc nulls last, id desc)',
  'create index conversations_contact on conversations (contact_id)',
  'create index conversations_name on conversations using gin (lower(name) gin_trgm_ops)',
  'create index conversations_snoozed on conversations (snoozed_until) where snoozed_until is not null',

  // --- messages ---
  `create table messages (
    id text primary key,
    conversation_id text not null references conversations,
    channel_id text not null,
    external_id text,
    direction text not null check (direction in ('inbound', 'outbound')),
    origin text not null check (origin in ('contact', 'inbox', 'api', 'phone', 'history')),
    sender_contact_id text references contacts,
    sender_user_id text references users,
    sender_key_id text references api_keys,
    type text not null,
    content jsonb not null,
    text text not null default '',
    status text,
    attempt integer,
    unconfirmed_since timestamptz,
    error jsonb,
    reply_to_external_id text,
    forwarded boolean not null default false,
    metadata jsonb not null default '{}',
    sent_at timestamptz not null,
    received_at timestamptz not null,
    delivered_at timestamptz,
    read_at timestamptz,
    edited_at timestamptz,
    deleted_at timestamptz,
    unique (channel_id, external_id)
  )`,
  'create index messages_timeline on messages (conversation_id, sent_at desc, id desc)',
  "create index messages_text on messages using gin (lower(text) gin_trgm_ops) where text <> ''",
  // What a contact may still read: few rows, whatever the age of the conversation.
  `create index messages_unread_by_contact on messages (conversation_id, sent_at) where status in ('sent', 'delivered')`,
  // A search looks at a reader's newest messages first.
  'create index messages_channel on messages (channel_id, sent_at desc, id desc)',
  `create table reactions (
    message_id text not null references messages on delete cascade,
    sender text not null,
    contact_id text references contacts,
    user_id text references users,
    emoji text not null,
    external_id text not null,
    at timestamptz not null,
    primary key (message_id, sender)
  )`,
  'create index reactions_external on reactions (external_id)',
  // A file: fetched from the network (ref) or uploaded by a person (uploaded_by) before it is sent.
  `create table media (
    id text primary key,
    message_id text references messages on delete cascade,
    channel_id text,
    position integer not null default 0,
    type text not null,
    mime_type text not null,
    file_name text,
    size_bytes bigint,
    width integer,
    height integer,
    duration_ms integer,
    voice boolean not null default false,
    status text not null check (status in ('pending', 'ready', 'failed', 'expired')),
    ref jsonb,
    sha256 bytea,
    uploaded_by text,
    created_at timestamptz not null
  )`,
  'create index media_message on media (message_id, position)',
  'create index media_unused on media (created_at) where message_id is null',

  // --- the way out ---
  `create table send_attempts (
    id text primary key,
    message_id text not null references messages on delete cascade,
    channel_id text not null,
    number integer not null,
    status text not null,
    external_id text,
    unconfirmed_since timestamptz,
    created_at timestamptz not null,
    unique (message_id, number),
    unique (channel_id, external_id)
  )`,
  // A row for each message that is not settled: queued, being sent under a lease, or waiting for the network's word.
  // The oldest row of a conversation holds its lane.
  `create table outbox (
    seq bigint generated always as identity primary key,
    attempt_id text not null unique references send_attempts on delete cascade,
    message_id text not null references messages on delete cascade,
    conversation_id text not null,
    channel_id text not null,
    state text not null check (state in ('queued', 'sending', 'awaiting')),
    not_before timestamptz not null,
    lease_token text,
    tries integer not null default 0
  )`,
  'create index outbox_lane on outbox (conversation_id, seq)',
  'create index outbox_due on outbox (not_before)',

  // --- the way in ---
  `create table inbound_batches (
    id bigint generated always as identity primary key,
    provider text not null,
    stream text not null,
    key text not null,
    body text not null,
    received_at timestamptz not null,
    done_at timestamptz,
    unique (provider, stream, key)
  )`,
  'create index inbound_waiting on inbound_batches (provider, id) where done_at is null',
  'create index inbound_done on inbound_batches (done_at) where done_at is not null',
  `create table cursors (
    provider text not null,
    stream text not null,
    cursor text,
    polled_at timestamptz,
    primary key (provider, stream)
  )`,
  `create table facts (
    provider text not null,
    key text not null,
    value jsonb not null,
    primary key (provider, key)
  )`,
  // Events that wait for a fact, in the order in which they came.
  `create table deferred_events (
    id bigint generated always as identity primary key,
    provider text not null,
    waits_for text not null,
    raw jsonb not null,
    received_at timestamptz not null
  )`,
  'create index deferred_key on deferred_events (provider, waits_for, id)',
  `create table dead_letters (
    id bigint generated always as identity primary key,
    provider text not null,
    raw jsonb not null,
    error text not null,
    created_at timestamptz not null
  )`,
  // Receipts, edits, reactions and deletions of messages that have not come yet.
  `create table pending_relations (
    id bigint generated always as identity primary key,
    channel_id text not null,
    target text not null,
    event jsonb not null,
    received_at timestamptz not null
  )`,
  'create index pending_target on pending_relations (channel_id, target, id)',

  // --- work to do later ---
  `create table jobs (
    id bigint generated always as identity primary key,
    kind text not null,
    key text not null,
    payload jsonb not null,
    run_at timestamptz not null,
    tries integer not null default 0,
    lease_token text,
    error text,
    created_at timestamptz not null,
    unique (kind, key)
  )`,
  'create index jobs_due on jobs (run_at)',

  // --- the change feed: read only below the oldest running transaction, so that nothing is stepped over ---
  `create table events (
    xid xid8 not null default pg_current_xact_id(),
    id bigint generated always as identity,
    type text not null,
    object_id text not null,
    channel_id text,
    user_id text,
    created_at timestamptz not null,
    primary key (xid, id)
  )`,
  'create index events_age on events (created_at)',
]
