import { sql } from 'kysely'
import { insertBatchOnce } from '../db/inbound.ts'
import { countDeadLetters, takeDeadLetter } from '../db/dead-letters.ts'
import { lastNotUnderstood, takeNotUnderstood } from '../db/not-understood.ts'
import type { DbOrTx } from '../db/schema.ts'
import { transact } from '../db/transact.ts'
import { listSuspicions } from '../db/watches.ts'
import { AppError, messageOf } from '../lib/errors.ts'
import type { InboundEvent } from '../providers/provider.ts'
import { applyEvents } from './apply/apply.ts'
import type { IngestDeps } from './ingest.ts'
import { rereadStream } from './reading.ts'

export interface Operations {
  readonly feed_lag_seconds: number
  readonly inbound_waiting: number
  readonly dead_letters: number
  readonly deferred_events: number
  /** Messages and events that were not wholly understood, kept as they came. */
  readonly not_understood: number
  readonly outbox_waiting: number
  readonly jobs_waiting: number
  /** Roads on which messages may come late, until everything on them has been asked for. */
  readonly degraded: { readonly road: Road; readonly since: string; readonly detail: string }[]
  readonly warnings: string[]
}
type Road = 'classical' | 'matrix'

/** A feed older than this, in seconds, means that something holds a transaction open. */
const feedLagLimit = 2

/** What an operator looks at first. */
export async function readOperations(db: DbOrTx): Promise<Operations> {
  const { rows } = await sql<Omit<Operations, 'warnings' | 'degraded'> & { readonly long_deferred: number }>`select
      coalesce((select extract(epoch from clock_timestamp() - min(xact_start)) from pg_stat_activity
        where backend_xid is not null and datname = current_database()), 0)::float8 as feed_lag_seconds,
      (select count(*) from inbound_batches where done_at is null)::int as inbound_waiting,
      (select count(*) from dead_letters)::int as dead_letters,
      (select count(*) from deferred_events)::int as deferred_events,
      (select count(*) from deferred_events where received_at < now() - interval '1 hour')::int as long_deferred,
      (select count(*) from not_understood)::int as not_understood,
      (select count(*) from outbox)::int as outbox_waiting,
      (select count(*) from jobs)::int as jobs_waiting`.execute(db)
  const [row] = rows
  if (row === undefined) throw new Error('the database answered nothing')
  const { long_deferred, ...figures } = row
  const degraded = await listDegraded(db)
  const warnings = [
    ...degraded.map(({ detail }) => detail),
    ...(figures.feed_lag_seconds > feedLagLimit
      ? ['A transaction stays open and holds the change feed back. Look for other programs in this database cluster.']
      : []),
    ...(long_deferred > 0
      ? [
          `${long_deferred} events have waited for more than an hour for something that is not known here, such as a number that is not connected. Connect it, or save its settings again; after 30 days they are forgotten.`,
        ]
      : []),
    ...(figures.dead_letters > 0 ? [`${figures.dead_letters} events could not be understood or stored. Update, then redrive them.`] : []),
  ]
  return { ...figures, degraded, warnings }
}

/** Roads on which messages may come late. */
export async function listDegraded(db: DbOrTx): Promise<Operations['degraded']> {
  return (await listSuspicions(db)).map(({ provider, reason, since }) => ({
    road: provider === 'matrix' ? ('matrix' as const) : ('classical' as const),
    since: since.toISOString(),
    detail: `${reason}: messages may come late until everything has been asked for again.`,
  }))
}

/** Tries one of what was put aside again; false where it fails again. Throws not_found. */
export async function redriveDeadLetter(deps: IngestDeps & { wakeIngest: () => void }, id: string): Promise<boolean> {
  const letter = await deps.db.selectFrom('dead_letters').select('id').where('id', '=', id).executeTakeFirst()
  if (letter === undefined) throw new AppError('not_found', 'There is no such dead letter.')
  const redriven = await redrive(deps, id)
  deps.wakeIngest()
  return redriven
}

/**
 * Tries again everything that was put aside: what the network said is parsed anew, what we could not store is applied anew.
 * What fails again stays. What was not understood is read again as well; a message that is understood now becomes what it is in its place.
 */
export async function redriveDeadLetters(
  deps: IngestDeps & { wakeIngest: () => void },
): Promise<{ redriven: number; left: number; reread: number }> {
  const letters = await deps.db.selectFrom('dead_letters').select('id').orderBy('id').execute()
  let redriven = 0
  for (const { id } of letters) if (await redrive(deps, id)) redriven += 1
  const reread = await rereadAll(deps)
  deps.wakeIngest()
  return { redriven, left: await countDeadLetters(deps.db), reread }
}

const rereadAtOnce = 100

/** Brings back what was not understood, as new batches in its old order; what is not understood again is kept again. */
async function rereadAll({ db, clock }: Pick<IngestDeps, 'db' | 'clock'>): Promise<number> {
  const last = await lastNotUnderstood(db)
  if (last === null) return 0
  for (let reread = 0; ;) {
    const taken = await transact(db, async (tx) => {
      const some = await takeNotUnderstood(tx, last, rereadAtOnce)
      if (some === undefined) return 0
      const { provider, first, raws } = some
      const batch = { stream: rereadStream, key: `reread-${first}`, body: JSON.stringify(raws) }
      await insertBatchOnce(tx, provider, batch, new Date(clock()))
      return raws.length
    })
    if (taken === 0) return reread
    reread += taken
  }
}

async function redrive(deps: IngestDeps, id: string): Promise<boolean> {
  try {
    return await deps.db.transaction().execute(async (tx) => {
      const letter = await takeDeadLetter(tx, id)
      if (letter === undefined) return false
      const now = new Date(deps.clock())
      const { provider, raw } = letter
      const key = `redriven-${id}`
      if ('event' in raw) await applyEvents(deps, tx, provider, [raw.event as unknown as InboundEvent], now)
      else if ('batch' in raw) await insertBatchOnce(tx, provider, { ...raw.batch, key }, now)
      else await insertBatchOnce(tx, provider, { stream: 'deferred', key, body: JSON.stringify([raw.raw]) }, now)
      return true
    })
  } catch (error) {
    deps.log.warn({ dead_letter: id, error: messageOf(error) }, 'a dead letter was refused again')
    return false
  }
}
