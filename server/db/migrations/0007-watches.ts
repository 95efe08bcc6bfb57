import { type Kysely, sql } from 'kysely'

/**
 * How far the pushes of a network can be trusted: so many times it was suspected that some were lost, and so many of these suspicions
 * were answered by asking for everything. `since` and `reason` are of the oldest that is open.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table watches (
    provider text primary key,
    suspicions bigint not null default 0,
    swept bigint not null default 0,
    reason text not null,
    since timestamptz not null
  )`.execute(db)
}
