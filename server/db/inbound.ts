import { sql } from 'kysely'
import { cleanText, type Json, toJsonb } from '../lib/json.ts'
import { isOneOf } from './prepare.ts'
import type { Db, DbOrTx, Tx } from './schema.ts'

/** A raw batch as the provider's port has it. */
interface Batch {
  readonly stream: string
  readonly key: string
  readonly body: string
  readonly cursor?: string
}
export interface KeptBatch extends Batch {
  readonly id: string
  readonly receivedAt: string
}

/** Keeps a raw batch; false when its key is known already. Committed when this returns. */
export async function insertBatchOnce(db: DbOrTx, provider: string, batch: Batch, now: Date): Promise<boolean> {
  const inserted = await db
    .insertInto('inbound_batches')
    .values({ provider, stream: batch.stream, key: batch.key, body: batch.body, received_at: now, done_at: null })
    .onConflict((conflict) => conflict.columns(['provider', 'stream', 'key']).doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}

/** The oldest batches that have not been applied: the first, and as many more as together have at most so many bytes; and whether others wait. */
export async function listWaitingBatches(
  tx: Tx,
  provider: string,
  most: { batches: number; bytes: number },
): Promise<{ readonly batches: readonly KeptBatch[]; readonly more: boolean }> {
  const { rows } = await sql<Omit<KeptBatch, 'receivedAt'> & { readonly received_at: Date; readonly waiting: number }>`select
      id, stream, key, body, received_at, waiting from (
      select id, stream, key, body, received_at, sum(octet_length(body)) over (order by id) as bytes, min(id) over () as first,
        count(*) over ()::int as waiting from (
        select id, stream, key, body, received_at from inbound_batches where provider = ${provider} and done_at is null order by id limit ${most.batches}
      ) oldest
    ) counted where bytes <= ${most.bytes} or id = first order by id`.execute(tx)
  const waiting = rows[0]?.waiting ?? 0
  const batches = rows.map(({ id, stream, key, body, received_at }) => ({ id, stream, key, body, receivedAt: received_at.toISOString() }))
  return { batches, more: waiting > rows.length || waiting === most.batches }
}

/** False when another process has finished them meanwhile. */
export async function markBatchesDone(tx: Tx, ids: readonly string[], now: Date): Promise<boolean> {
  const { numAffectedRows } = await sql`update inbound_batches set done_at = ${now}
    where id = any(${ids}::bigint[]) and done_at is null`.execute(tx)
  return (numAffectedRows ?? 0n) > 0n
}

/** Forgets what batches said of which something was left out; their keys stay, by which a repeat is known. */
export async function emptyBatches(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await sql`update inbound_batches set body = '' where id = any(${ids}::bigint[])`.execute(tx)
}

/** Only one process applies what a provider brought, so that its order is kept. Freed at the end of the transaction, however it ends. */
export async function lockIngest(tx: Tx, provider: string): Promise<boolean> {
  const { rows } = await sql<{
    locked: boolean
  }>`select pg_try_advisory_xact_lock(hashtext('ingest'), hashtext(${provider})) as locked`.execute(tx)
  return rows[0]?.locked ?? false
}

/**
 * The same for what changes facts from elsewhere: waits for whoever applies, because they have looked for those facts already and
 * may be putting events aside that wait for them. To be taken before any row, as they do.
 */
export async function awaitIngest(tx: Tx, provider: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('ingest'), hashtext(${provider}))`.execute(tx)
}

export async function findCursor(db: DbOrTx, provider: string, stream: string): Promise<string | null> {
  const row = await db
    .selectFrom('cursors')
    .select('cursor')
    .where('provider', '=', provider)
    .where('stream', '=', stream)
    .executeTakeFirst()
  return row?.cursor ?? null
}

/**
 * Keeps a polled batch and moves its stream's cursor on, in one transaction. False when somebody else has moved the cursor
 * meanwhile: then theirs holds the same events.
 */
export async function keepPolled(db: Db, provider: string, batch: Batch, from: string | null, now: Date): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const moved =
      await sql`insert into cursors (provider, stream, cursor, polled_at) values (${provider}, ${batch.stream}, ${batch.cursor ?? from}, ${now})
      on conflict (provider, stream) do update set cursor = excluded.cursor, polled_at = excluded.polled_at
      where cursors.cursor is not distinct from ${from}`.execute(tx)
    if (moved.numAffectedRows !== 1n) return false
    await insertBatchOnce(tx, provider, batch, now)
    return true
  })
}

/** Puts events aside until the fact that each waits for is known. */
export async function defer(tx: Tx, provider: string, events: readonly { waitsFor: string; raw: Json }[], now: Date): Promise<void> {
  if (events.length === 0) return
  await tx
    .insertInto('deferred_events')
    .values(events.map((event) => ({ provider, waits_for: cleanText(event.waitsFor), raw: toJsonb(event.raw), received_at: now })))
    .execute()
}

const releasedAtOnce = 500

/** Brings back, as new batches in their old order, the events that waited for these keys. */
export async function releaseDeferred(tx: Tx, provider: string, keys: readonly string[], now: Date): Promise<void> {
  if (keys.length === 0) return
  const { rows } = await sql<{ id: string; raw: Json }>`with released as (
      delete from deferred_events where provider = ${provider} and waits_for = any(${keys.map(cleanText)}::text[]) returning id, raw
    ) select id, raw from released order by id`.execute(tx)
  for (let start = 0; start < rows.length; start += releasedAtOnce) {
    const part = rows.slice(start, start + releasedAtOnce)
    await insertBatchOnce(
      tx,
      provider,
      { stream: 'deferred', key: `deferred-${part[0]?.id}`, body: JSON.stringify(part.map((row) => row.raw)) },
      now,
    )
  }
}

export async function loadFacts(db: DbOrTx, provider: string, keys: readonly string[]): Promise<Map<string, Json>> {
  if (keys.length === 0) return new Map()
  const wanted = isOneOf('key', keys.map(cleanText))
  const { rows } = await sql<{ key: string; value: Json }>`select key, value from facts where provider = ${provider} and ${wanted}`.execute(
    db,
  )
  return new Map(rows.map((row) => [row.key, row.value]))
}

/** Takes over what is known under keys that begin so from another road, as far as nothing else is known here. */
export async function carryFacts(tx: Tx, from: string | null, to: string, begin: string | undefined): Promise<void> {
  if (from === null || begin === undefined) return
  await sql`insert into facts (provider, key, value) select ${to}, key, value from facts
    where provider = ${from} and starts_with(key, ${begin}) on conflict do nothing`.execute(tx)
}

/** Stores what the provider has learnt, the last word on each key; null forgets. */
export async function rememberFacts(tx: Tx, provider: string, facts: readonly { key: string; value: Json }[]): Promise<void> {
  const latest = new Map(facts.map((fact) => [fact.key, fact.value]))
  const forgotten = [...latest].filter(([, value]) => value === null).map(([key]) => key)
  const kept = [...latest].filter(([, value]) => value !== null).map(([key, value]) => ({ key, value }))
  if (forgotten.length > 0)
    await sql`delete from facts where provider = ${provider} and key = any(${forgotten.map(cleanText)}::text[])`.execute(tx)
  if (kept.length === 0) return
  await sql`insert into facts (provider, key, value)
    select ${provider}, r.key, r.value from jsonb_to_recordset(${toJsonb(kept)}::jsonb) as r(key text, value jsonb)
    on conflict (provider, key) do update set value = excluded.value`.execute(tx)
}
