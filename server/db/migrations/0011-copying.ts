import { type Kysely, sql } from 'kysely'

/** What of a phone is copied, how far that has come, and the chats that are left out: counted, without what was said in them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table logins add column copy text`.execute(db)
  await sql`alter table channels
    add column copy text not null default 'everything' check (copy in ('everything', 'from_now', 'known_contacts')),
    add column copy_since timestamptz,
    add column linked_at timestamptz,
    add column has_excluded boolean not null default false,
    add column chats_count integer not null default 0,
    add column messages_count bigint not null default 0,
    add column import_hint text`.execute(db)
  await sql`alter table conversations add column excluded_at timestamptz`.execute(db)
  await sql`create index conversations_excluded on conversations (channel_id) where excluded_at is not null`.execute(db)
  // What the network says of a chat is kept until its first message is stored.
  await sql`create table left_out_chats (
    channel_id text not null references channels,
    external_id text not null,
    description jsonb,
    messages bigint not null default 0,
    last_at timestamptz not null,
    primary key (channel_id, external_id)
  )`.execute(db)
  // Only that it was met, so that a message which comes by two ways is counted once.
  await sql`create table left_out_messages (channel_id text not null, external_id text not null, primary key (channel_id, external_id))`.execute(
    db,
  )
  await sql`update channels c set
    chats_count = (select count(*) from conversations v where v.channel_id = c.id),
    messages_count = (select count(*) from messages m where m.channel_id = c.id)`.execute(db)
}
