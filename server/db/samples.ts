import { sql } from 'kysely'
import type { OperationsSample } from '../../contract/health.ts'
import type { DbOrTx } from './schema.ts'

/** The figures of one moment. */
export type Figures = Omit<OperationsSample, 'at'>

/** Keeps the figures of a minute, of which there is one row whatever number of servers write it; forgets those from before `since`. */
export async function keepSample(db: DbOrTx, minute: Date, figures: Figures, since: Date): Promise<void> {
  await db
    .insertInto('samples')
    .values({ minute, ...figures })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await db.deleteFrom('samples').where('minute', '<', since).execute()
}

/** The worst of each quarter of an hour, the earliest first. */
export async function listSamples(db: DbOrTx, since: Date): Promise<readonly OperationsSample[]> {
  const { rows } = await sql<Figures & { readonly at: Date }>`select date_bin('15 minutes', minute, 'epoch') as at,
      max(feed_lag_seconds)::float8 as feed_lag_seconds, max(inbound_waiting) as inbound_waiting, max(outbox_waiting) as outbox_waiting,
      max(jobs_waiting) as jobs_waiting, max(deferred_events) as deferred_events, max(dead_letters) as dead_letters,
      max(not_understood) as not_understood
    from samples where minute >= ${since} group by 1 order by 1`.execute(db)
  return rows.map(({ at, ...figures }) => ({ at: at.toISOString(), ...figures }))
}
