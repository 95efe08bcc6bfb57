import { sql } from 'kysely'
import { insertBatchOnce } from '../db/inbound.ts'
import { countDeadLetters, takeDeadLetters } from '../db/dead-letters.ts'
import type { Db, DbOrTx } from '../db/schema.ts'
import type { Json } from '../lib/json.ts'
import type { InboundEvent } from '../providers/provider.ts'
import { applyEvents } from './apply/apply.ts'
import type { IngestDeps } from './ingest.ts'

export interface Operations {
  readonly feed_lag_seconds: number
  readonly inbound_waiting: number
  readonly dead_letters: number
  readonly deferred_events: number
  readonly outbox_waiting: number
  readonly jobs_waiting: number
  readonly warnings: readonly string[]
}

/** A feed older than this, in seconds, means that something holds a transaction open. */
const feedLagLimit = 2

/** What an operator looks at first. */
export async function readOperations(db: DbOrTx): Promise<Operations> {
  const { rows } = await sql<Omit<Operations, 'warnings'>>`select
      coalesce((select extract(epoch from clock_timestamp() - min(xact_start)) from pg_stat_activity
        where backend_xid is not null and datname = current_database()), 0)::float8 as feed_lag_seconds,
      (select count(*) from inbound_batches where done_at is null)::int as inbound_waiting,
      (select count(*) from dead_letters)::int as dead_letters,
      (select count(*) from deferred_events)::int as deferred_events,
      (select count(*) from outbox)::int as outbox_waiting,
      (select count(*) from jobs)::int as jobs_waiting`.execute(db)
  const [figures] = rows
  if (figures === undefined) throw new Error('the database answered nothing')
  const warnings = [
    ...(figures.feed_lag_seconds > feedLagLimit ? ['A transaction stays open and holds the change feed back. Look for other programs in this database cluster.'] : []),
    ...(figures.dead_letters > 0 ? [`${figures.dead_letters} events could not be understood or stored. Update, then redrive them.`] : []),
  ]
  return { ...figures, warnings }
}

const redrivenAtOnce = 500

/** Tries again everything that was put aside. What the network said is parsed anew; what we could not store is applied anew. */
export async function redriveDeadLetters(deps: IngestDeps & { db: Db; wakeIngest: () => void }): Promise<{ redriven: number; left: number }> {
  const before = await countDeadLetters(deps.db)
  let redriven = 0
  for (let taken = -1; taken !== 0 && redriven < before; redriven += taken) {
    taken = await redriveSome(deps, Math.min(redrivenAtOnce, before - redriven))
  }
  deps.wakeIngest()
  return { redriven, left: await countDeadLetters(deps.db) }
}

async function redriveSome(deps: IngestDeps, limit: number): Promise<number> {
  return deps.db.transaction().execute(async (tx) => {
    const letters = await takeDeadLetters(tx, limit)
    const now = new Date(deps.clock())
    for (const letter of letters) {
      if ('event' in letter.raw) await applyEvents(deps, tx, letter.provider, [letter.raw.event as unknown as InboundEvent], now)
      else await keepAgain(letter.provider, letter.id, letter.raw.raw)
    }
    return letters.length

    async function keepAgain(provider: string, id: string, raw: Json): Promise<void> {
      await insertBatchOnce(tx, provider, { stream: 'deferred', key: `redriven-${id}`, body: JSON.stringify([raw]) }, now)
    }
  })
}
