import { type Kysely, sql } from 'kysely'

/** What somebody has to know of their sessions to end the right one. Those from before are known by their age alone. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table sessions add column id text, add column user_agent text, add column address text,
    add column last_used_at timestamptz, add column remembered boolean not null default true`.execute(db)
  await sql`update sessions set id = 'ses_' || substr(encode(sha256(token_hash), 'hex'), 1, 32), last_used_at = created_at`.execute(db)
  await sql`alter table sessions alter column id set not null, alter column last_used_at set not null`.execute(db)
  await sql`create unique index sessions_id on sessions (id)`.execute(db)
}
