import { type Kysely, sql } from 'kysely'

/** Accounts that a person has entered: when, and why they do not work now. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table accounts add column saved_at timestamptz, add column problem text`.execute(db)
}
