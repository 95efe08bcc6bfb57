import { type Kysely, sql } from 'kysely'

/** What comes in besides words and files: how recordings look, votes, what an answer quotes, and what was not understood. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  'alter table media add column gif boolean not null default false',
  'alter table media add column waveform jsonb',
  'alter table messages add column reply_preview text',
  `create table poll_votes (
    message_id text not null references messages on delete cascade,
    sender text not null,
    contact_id text references contacts on delete cascade,
    user_id text references users,
    options jsonb not null,
    external_id text not null,
    at timestamptz not null,
    primary key (message_id, sender)
  )`,
  'create index poll_votes_contact on poll_votes (contact_id)',
  // What could not be read, as it came: read again after an update. message_id is null for what is no message that we know.
  `create table not_understood (
    id bigint generated always as identity primary key,
    provider text not null,
    external_id text not null,
    message_id text references messages on delete cascade,
    raw jsonb not null,
    received_at timestamptz not null,
    unique (provider, external_id)
  )`,
  'create index not_understood_message on not_understood (message_id)',
]
