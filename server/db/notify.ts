import { type RawBuilder, sql } from 'kysely'
import type { Topic } from './listen.ts'
import type { DbOrTx } from './schema.ts'

/** Tells every process of this database, at commit. */
export async function notify(db: DbOrTx, topic: Topic, payload = ''): Promise<void> {
  await sql`select ${notice(topic, payload)}`.execute(db)
}

/** The same as a column, to be selected by the last part of a statement that changes something. */
export function notice(topic: Topic, payload = ''): RawBuilder<unknown> {
  return sql`pg_notify(${`mistok_${topic}`}, ${payload})`
}
