import { sql } from 'kysely'
import type { Json } from '../lib/json.ts'
import { recordset } from './rows.ts'
import type { DbOrTx, Tx } from './schema.ts'

/**
 * What could not be understood (`raw`, as the provider gave it; `batch`, where not even the rest of its batch could be) or not be stored
 * (`event`, in our words), kept to be tried again.
 */
export interface DeadLetter {
  readonly raw: { readonly raw: Json } | { readonly event: Json } | { readonly batch: { readonly stream: string; readonly body: string } }
  readonly error: string
}

export async function appendDeadLetters(tx: Tx, provider: string, letters: readonly DeadLetter[], now: Date): Promise<void> {
  if (letters.length === 0) return
  await sql`insert into dead_letters (provider, raw, error, created_at)
    select ${provider}, r.raw, left(r.error, 1000), ${now} from ${recordset(letters, { raw: 'jsonb', error: 'text' })}`.execute(tx)
}

/** Takes a letter out to be tried again; undefined when somebody else has it. */
export async function takeDeadLetter(tx: Tx, id: string): Promise<{ provider: string; raw: DeadLetter['raw'] } | undefined> {
  const { rows } = await sql<{
    provider: string
    raw: DeadLetter['raw']
  }>`delete from dead_letters where id = ${id} returning provider, raw`.execute(tx)
  return rows[0]
}

export async function countDeadLetters(db: DbOrTx): Promise<number> {
  const { count } = await db.selectFrom('dead_letters').select(db.fn.countAll<string>().as('count')).executeTakeFirstOrThrow()
  return Number(count)
}
