import { sql } from 'kysely'
import type { ExternalId, MessageId } from '../../contract/ids.ts'
import type { Json } from '../lib/json.ts'
import { recordset } from './rows.ts'
import type { DbOrTx, Tx } from './schema.ts'

/** Something that came and was not understood. `message_id` is null for what made no message. */
export interface NotUnderstood {
  readonly external_id: ExternalId
  readonly message_id: MessageId | null
  readonly raw: Json
}

/** Keeps what was not understood, each once. */
export async function keepNotUnderstood(tx: Tx, provider: string, some: readonly NotUnderstood[], now: Date): Promise<void> {
  if (some.length === 0) return
  await sql`insert into not_understood (provider, external_id, message_id, raw, received_at)
    select ${provider}, r.external_id, r.message_id, r.raw, ${now}
    from ${recordset(some, { external_id: 'text', message_id: 'text', raw: 'jsonb' })} on conflict do nothing`.execute(tx)
}

/** Whether a message still has a part that waits to be read. */
export async function hasNotUnderstood(tx: Tx, message: MessageId): Promise<boolean> {
  const row = await tx.selectFrom('not_understood').select('id').where('message_id', '=', message).limit(1).executeTakeFirst()
  return row !== undefined
}

/** Forgets what was not understood of a message that says something else by now. */
export async function forgetNotUnderstood(tx: Tx, message: MessageId): Promise<void> {
  await tx.deleteFrom('not_understood').where('message_id', '=', message).execute()
}

/** The last of all that waits to be read, to read up to; null when nothing waits. */
export async function lastNotUnderstood(db: DbOrTx): Promise<string | null> {
  const row = await db
    .selectFrom('not_understood')
    .select((select) => select.fn.max('id').as('id'))
    .executeTakeFirst()
  return row?.id ?? null
}

/** Takes the oldest of what waits, up to an id, of one provider. */
export async function takeNotUnderstood(
  tx: Tx,
  upTo: string,
  limit: number,
): Promise<{ provider: string; first: string; raws: readonly Json[] } | undefined> {
  const { rows } = await sql<{ id: string; provider: string; raw: Json }>`with oldest as (
      select id, provider from not_understood where id <= ${upTo} order by id limit ${limit} for update skip locked
    ) delete from not_understood n using oldest where n.id = oldest.id and n.provider = (select provider from oldest order by id limit 1)
    returning n.id, n.provider, n.raw`.execute(tx)
  const sorted = rows.toSorted((a, b) => Number(BigInt(a.id) - BigInt(b.id)))
  const [first] = sorted
  return first === undefined ? undefined : { provider: first.provider, first: first.id, raws: sorted.map((row) => row.raw) }
}
