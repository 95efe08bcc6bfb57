import { type Kysely, sql } from 'kysely'

/** What an operator looks at, once a minute, so that it can be seen how it was before. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table samples (
    minute timestamptz primary key,
    feed_lag_seconds real not null,
    inbound_waiting integer not null,
    outbox_waiting integer not null,
    jobs_waiting integer not null,
    deferred_events integer not null,
    dead_letters integer not null,
    not_understood integer not null
  )`.execute(db)
}
