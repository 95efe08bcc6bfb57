import { type Kysely, sql } from 'kysely'

/** What is done to messages that were sent before, in the same lanes as they; and the pace of linked numbers. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  // `before` is what the message showed until then: put back when the network refuses.
  `create table deeds (
    id text primary key,
    message_id text not null references messages on delete cascade,
    channel_id text not null,
    conversation_id text not null,
    kind text not null check (kind in ('reaction', 'edit', 'delete')),
    content jsonb not null,
    before jsonb not null,
    status text not null check (status in ('queued', 'sending', 'unconfirmed', 'done', 'failed')),
    external_id text,
    error jsonb,
    created_at timestamptz not null,
    unique (channel_id, external_id)
  )`,
  'create index deeds_message on deeds (message_id, id)',
  // A line of the lane is a message's attempt or a deed. `held_for` says which limit of the pace it waits for.
  `alter table outbox alter column attempt_id drop not null,
    add column deed_id text unique references deeds on delete cascade,
    add column started_at timestamptz,
    add column held_for text check (held_for in ('messages_per_minute', 'new_chats_per_day')),
    add constraint outbox_line check (num_nonnulls(attempt_id, deed_id) = 1)`,
  'create index outbox_held on outbox (channel_id, held_for, not_before) where held_for is not null',
  'create index outbox_message on outbox (message_id)',
  // Which sends count for the pace: those that were begun, each once.
  'alter table send_attempts add column started_at timestamptz, add column opens_chat boolean not null default false',
  'create index send_attempts_started on send_attempts (channel_id, started_at) where started_at is not null',
  'create index send_attempts_opening on send_attempts (channel_id, started_at) where opens_chat',
  // Null is no limit, for a road that has limits of its own. So far every number is a linked one.
  `alter table channels add column messages_per_minute integer default 20, add column new_chats_per_day integer default 30`,
]
