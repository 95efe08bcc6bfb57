import { type Kysely, sql } from 'kysely'

/** What was done with conversations, by whom and when. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table activities (
    id bigint generated always as identity primary key,
    conversation_id text not null references conversations on delete cascade,
    at timestamptz not null,
    actor_id text,
    kind text not null check (kind in ('assigned', 'closed', 'reopened', 'snoozed', 'labelled')),
    assignee_id text,
    until timestamptz,
    added text[] not null default '{}',
    removed text[] not null default '{}'
  )`.execute(db)
  await sql`create index activities_conversation on activities (conversation_id, id desc)`.execute(db)
  await sql`create index activities_at on activities (at)`.execute(db)
}
