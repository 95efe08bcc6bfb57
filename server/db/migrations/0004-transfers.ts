import { type Kysely, sql } from 'kysely'

/** Numbers that somebody linked who does not own them, until an admin decides; and what a login was meant to link again. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table transfers (
    id text primary key,
    channel_id text not null references channels,
    account_id text not null references accounts,
    login_id text,
    from_user_id text references users,
    to_user_id text references users,
    access text not null check (access in ('shared', 'personal')),
    status text not null check (status in ('pending', 'accepted', 'refused', 'withdrawn')),
    decided_by text references users,
    decided_at timestamptz,
    created_at timestamptz not null
  )`.execute(db)
  await sql`create unique index transfers_pending on transfers (channel_id) where status = 'pending'`.execute(db)
  await sql`alter table logins add column transfer_id text, add column relinks text`.execute(db)
}
