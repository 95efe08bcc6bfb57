import { type Kysely, sql } from 'kysely'

/** One-time links by which people choose their own password; whoever was invited has none until then. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table invites (
    user_id text primary key references users on delete cascade,
    token_hash bytea not null unique,
    expires_at timestamptz not null
  )`.execute(db)
  await sql`alter table users alter column password_hash drop not null`.execute(db)
}
