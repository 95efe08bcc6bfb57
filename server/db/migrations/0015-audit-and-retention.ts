import { type Kysely, sql } from 'kysely'

/** What people and keys have changed; and how old files are found. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table audit (
    id text primary key,
    at timestamptz not null,
    actor_id text,
    actor_name text,
    action text not null,
    target_id text,
    fields text[] not null default '{}',
    "values" jsonb not null default '{}',
    address text,
    outcome text not null check (outcome in ('done', 'refused', 'unknown')),
    code text
  )`.execute(db)
  await sql`create index audit_at on audit (at)`.execute(db)
  await sql`create index audit_actor on audit (actor_id, id desc)`.execute(db)
  await sql`create index audit_action on audit (action, id desc)`.execute(db)
  await sql`create index media_age on media (created_at) where status = 'ready' and message_id is not null`.execute(db)
}
