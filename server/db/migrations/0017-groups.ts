import { type Kysely, sql } from 'kysely'

/** Who has got and read what we say in groups; what messages said before they were edited. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table message_receipts (
    message_id text not null references messages on update cascade on delete cascade,
    contact_id text not null references contacts,
    delivered_at timestamptz not null,
    read_at timestamptz,
    primary key (message_id, contact_id)
  )`.execute(db)
  await sql`create index message_receipts_contact on message_receipts (contact_id)`.execute(db)
  // What has to be counted anew, and when.
  await sql`create table receipt_news (
    message_id text primary key references messages on update cascade on delete cascade,
    due_at timestamptz not null
  )`.execute(db)
  await sql`create index receipt_news_due on receipt_news (due_at)`.execute(db)
  await sql`alter table messages add column receipts jsonb`.execute(db)
  // Null for who was there before us.
  await sql`alter table conversation_members add column joined_at timestamptz, add column read_up_to timestamptz,
    add column read_at timestamptz`.execute(db)
  // In groups it said how far the quickest has read.
  await sql`update conversations set read_up_to = null where type = 'group'`.execute(db)

  await sql`create table message_versions (
    message_id text not null references messages on update cascade on delete cascade,
    written_at timestamptz not null,
    text text not null,
    primary key (message_id, written_at)
  )`.execute(db)
}
