import { sql } from 'kysely'
import type { Json } from '../lib/json.ts'
import { recordset } from './rows.ts'
import type { DbOrTx, Tx } from './schema.ts'

/** What could not be understood (`raw`, as the provider gave it) or not be stored (`event`, in our words), kept to be tried again. */
export interface DeadLetter {
  readonly raw: { readonly raw: Json } | { readonly event: Json }
  readonly error: string
}

export async function appendDeadLetters(tx: Tx, provider: string, letters: readonly DeadLetter[], now: Date): Promise<void> {
  if (letters.length === 0) return
  await sql`insert into dead_letters (provider, raw, error, created_at)
    select ${provider}, r.raw, left(r.error, 1000), ${now} from ${recordset(letters, { raw: 'jsonb', error: 'text' })}`.execute(tx)
}

/** Takes letters out to be tried again; those that fail again become new ones. */
export async function takeDeadLetters(tx: Tx, limit: number): Promise<readonly { provider: string; raw: DeadLetter['raw']; id: string }[]> {
  const { rows } = await sql<{ provider: string; raw: DeadLetter['raw']; id: string }>`with taken as (
      delete from dead_letters where id in (select id from dead_letters order by id limit ${limit} for update skip locked)
      returning id, provider, raw
    ) select id, provider, raw from taken order by id`.execute(tx)
  return rows
}

export async function countDeadLetters(db: DbOrTx): Promise<number> {
  const { count } = await db.selectFrom('dead_letters').select(db.fn.countAll<string>().as('count')).executeTakeFirstOrThrow()
  return Number(count)
}
