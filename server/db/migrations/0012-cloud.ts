import { type Kysely, sql } from 'kysely'

/** What Meta's Cloud API brings: ids of people that hold within a business, the window in which one may write freely, and templates. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table contact_addresses
    add column scope text not null default '',
    add column source text not null default 'network' check (source in ('network', 'entered')),
    drop constraint contact_addresses_pkey,
    add primary key (type, value, scope)`.execute(db)
  await sql`alter table conversations add column window_closes_at timestamptz`.execute(db)
  await sql`alter table outbox
    add column held_detail text,
    drop constraint outbox_held_for_check,
    add constraint outbox_held_for_check
      check (held_for in ('messages_per_minute', 'new_chats_per_day', 'number_limit', 'contact_limit', 'to_be_set_right'))`.execute(db)
  await sql`create table templates (
    provider text not null,
    account text not null,
    id text not null,
    name text not null,
    language text not null,
    category text not null,
    status text not null check (status in ('approved', 'pending', 'rejected', 'paused', 'disabled')),
    quality text,
    reason text,
    components jsonb not null,
    primary key (provider, account, id)
  )`.execute(db)
}
