import { sql } from 'kysely'
import type { Topic } from './listen.ts'
import type { DbOrTx } from './schema.ts'

/** Tells every process of this database, at commit. */
export async function notify(db: DbOrTx, topic: Topic, payload = ''): Promise<void> {
  await sql`select pg_notify(${`mistok_${topic}`}, ${payload})`.execute(db)
}
