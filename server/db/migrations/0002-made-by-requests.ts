import { type Kysely, sql } from 'kysely'

/** What a request with an Idempotency-Key has made, written together with it: its repeat finds that, whenever the first one died. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table idempotency_keys add column object_id text`.execute(db)
}
