import { type Kysely, sql } from 'kysely'

/** The words that colleagues have in common, and how conversations are found by theirs. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table canned_replies (
    id text primary key,
    shortcut text not null,
    title text not null,
    text text not null,
    owner_id text references users,
    created_at timestamptz not null,
    updated_at timestamptz not null
  )`.execute(db)
  await sql`create unique index canned_replies_team on canned_replies (lower(shortcut)) where owner_id is null`.execute(db)
  await sql`create unique index canned_replies_personal on canned_replies (owner_id, lower(shortcut)) where owner_id is not null`.execute(
    db,
  )
  await sql`create table labels (id text primary key, name text not null, colour text not null, created_at timestamptz not null)`.execute(
    db,
  )
  await sql`create unique index labels_name on labels (lower(name))`.execute(db)
  await sql`create index conversations_labels on conversations using gin (labels) where labels <> '{}'`.execute(db)
}
