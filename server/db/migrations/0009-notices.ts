import { type Kysely, sql } from 'kysely'

/** Since when a number has not been connected, and what was told of it; and which sends nobody has confirmed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table channels add column unwell_since timestamptz`.execute(db)
  await sql`update channels set unwell_since = status_since where status <> 'connected'`.execute(db)
  await sql`create index channels_unwell on channels (unwell_since) where unwell_since is not null`.execute(db)
  await sql`create table notices (
    id text primary key,
    type text not null check (type in ('channel_down', 'channel_back')),
    channel_id text not null references channels on delete cascade,
    status text not null,
    detail text,
    since timestamptz not null,
    created_at timestamptz not null,
    unique (channel_id, type, since)
  )`.execute(db)
  await sql`create index notices_channel on notices (channel_id, id desc)`.execute(db)
  await sql`create index send_attempts_doubt on send_attempts (channel_id, created_at) where unconfirmed_since is not null`.execute(db)
}
