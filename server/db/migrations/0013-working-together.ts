import { type Kysely, sql } from 'kysely'

/** What colleagues write beside conversations: notes, with those who are told of them, and drafts; and what the views count by. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table notes (
    id text primary key,
    conversation_id text not null references conversations,
    author_id text not null,
    text text not null,
    mentions jsonb not null default '[]',
    created_at timestamptz not null,
    edited_at timestamptz,
    deleted_at timestamptz
  )`.execute(db)
  await sql`create index notes_conversation on notes (conversation_id, id desc)`.execute(db)
  await sql`alter table notices
    add column user_id text references users on delete cascade,
    add column note_id text references notes on delete cascade,
    alter column status drop not null,
    alter column since drop not null,
    drop constraint notices_type_check,
    add constraint notices_type_check check (type in ('channel_down', 'channel_back', 'mention')),
    add constraint notices_of check (case when type = 'mention' then user_id is not null and note_id is not null
      else status is not null and since is not null end),
    add unique (note_id, user_id)`.execute(db)
  await sql`create index notices_user on notices (user_id, id desc) where user_id is not null`.execute(db)
  await sql`create table drafts (
    user_id text not null references users on delete cascade,
    conversation_id text not null references conversations,
    mode text not null check (mode in ('reply', 'note')),
    text text not null,
    reply_to_id text,
    mentions jsonb,
    updated_at timestamptz not null,
    primary key (user_id, conversation_id, mode)
  )`.execute(db)
  await sql`create index drafts_conversation on drafts (conversation_id)`.execute(db)
  await sql`create index conversations_open on conversations (channel_id, assignee_id) include (unread_count)
    where status = 'open' and excluded_at is null`.execute(db)
  await sql`create index conversations_window on conversations (window_closes_at) where window_closes_at is not null`.execute(db)
  await sql`create index messages_failed on messages (conversation_id) where status = 'failed' and deleted_at is null`.execute(db)
}
