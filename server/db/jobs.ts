import { sql } from 'kysely'
import type { ChannelId } from '../../contract/ids.ts'
import type { Json } from '../lib/json.ts'
import { notify } from './notify.ts'
import { recordset } from './rows.ts'
import type { DbOrTx, Tx } from './schema.ts'

/** Work to do later, at least once. Two jobs of one kind and key are one job. */
export interface NewJob {
  readonly kind: string
  readonly key: string
  readonly payload: Json
}
export interface Job extends NewJob {
  readonly id: string
  readonly tries: number
  readonly lease_token: string
}

export async function insertJobsOnce(tx: Tx, jobs: readonly NewJob[], now: Date): Promise<void> {
  if (jobs.length === 0) return
  await sql`insert into jobs (kind, key, payload, run_at, created_at)
    select r.kind, r.key, r.payload, ${now}, ${now} from ${recordset(jobs, { kind: 'text', key: 'text', payload: 'jsonb' })}
    on conflict (kind, key) do nothing`.execute(tx)
  await notify(tx, 'jobs')
}

/** Takes due jobs under a lease: whoever dies with one loses it when the lease ends. */
export async function claimJobs(
  db: DbOrTx,
  options: { token: string; limit: number; now: Date; leaseUntil: Date },
): Promise<readonly Job[]> {
  const { rows } = await sql<Job>`update jobs set lease_token = ${options.token}, run_at = ${options.leaseUntil}, tries = tries + 1
    where id in (select id from jobs where run_at <= ${options.now} order by run_at limit ${options.limit} for update skip locked)
    returning id, kind, key, payload, tries, lease_token`.execute(db)
  return rows
}

/** Goes on holding a job that takes long. */
export async function extendJob(db: DbOrTx, job: Job, leaseUntil: Date): Promise<void> {
  await sql`update jobs set run_at = ${leaseUntil} where id = ${job.id} and lease_token = ${job.lease_token}`.execute(db)
}

/** Ends a job; false when its lease has passed to somebody else, who must then be left to finish it. */
export async function finishJob(tx: DbOrTx, job: Job): Promise<boolean> {
  const { numAffectedRows } = await sql`delete from jobs where id = ${job.id} and lease_token = ${job.lease_token}`.execute(tx)
  return numAffectedRows === 1n
}

/** Lets the files of a number be asked for now that are waiting to be. */
export async function hastenFiles(tx: Tx, channel: ChannelId, now: Date): Promise<void> {
  await sql`update jobs set run_at = ${now} where kind = 'media' and lease_token is null and run_at > ${now}
    and payload ->> 'media_id' in (select id from media where channel_id = ${channel} and status = 'pending')`.execute(tx)
  await notify(tx, 'jobs')
}

/** Puts a job off, with the reason. One that could not be tried at all has not been tried: `untried`. */
export async function postponeJob(db: DbOrTx, job: Job, until: Date, error: string, untried = false): Promise<void> {
  await sql`update jobs set run_at = ${until}, error = ${error.slice(0, 500)}, lease_token = null, tries = tries - ${untried ? 1 : 0}
    where id = ${job.id} and lease_token = ${job.lease_token}`.execute(db)
}
