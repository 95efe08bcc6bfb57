import { insertBatchOnce } from '../db/inbound.ts'
import { finishJob, insertJobsOnce, type Job, type NewJob } from '../db/jobs.ts'
import type { Db } from '../db/schema.ts'
import type { ExternalId } from '../../contract/ids.ts'
import type { Clock } from '../lib/clock.ts'
import type { Json } from '../lib/json.ts'
import type { AccountLink, Provider, ProviderName, Task } from '../providers/provider.ts'

/** A provider's task as a durable job. */
export function taskJob(provider: string, task: Task): NewJob {
  const { kind, key, account, payload } = task
  return { kind: `${provider}.${kind}`, key, payload: { account: account ?? null, payload } }
}

export interface TaskDeps {
  readonly db: Db
  readonly clock: Clock
  readonly findProvider: (name: ProviderName) => Provider | undefined
  readonly findAccount: (provider: string, external: ExternalId) => Promise<AccountLink | undefined>
  readonly wakeIngest: () => void
}

/** So often an account that is not here is looked for; then the task is told that there is none. */
const patience = 10

/**
 * Does one task of a provider and keeps what it brought. The batches, the task that goes on from here, and the end of this one
 * are one transaction, so that a crash between two pages of a gap neither loses nor forgets one.
 */
export async function runTask(deps: TaskDeps, job: Job, signal: AbortSignal): Promise<void> {
  const [name = '', kind = ''] = job.kind.split('.')
  const provider = deps.findProvider(name as ProviderName)
  if (provider === undefined) throw new Error(`the ${name} road is not set up`)
  const { account, payload } = job.payload as { account: ExternalId | null; payload: Json }
  const link = account === null ? null : await deps.findAccount(name, account)
  if (link === undefined && job.tries < patience) throw new Error('the account of this task is not ours any more')
  const task = { kind, key: job.key, payload, tries: job.tries, ...(account === null ? {} : { account }) }
  const result = await provider.run(task, link ?? null, signal)
  await deps.db.transaction().execute(async (tx) => {
    if (!(await finishJob(tx, job))) return
    const now = new Date(deps.clock())
    for (const batch of result.batches) await insertBatchOnce(tx, name, batch, now)
    if (result.next !== undefined) await insertJobsOnce(tx, [taskJob(name, result.next)], now)
  })
  if (result.batches.length > 0) deps.wakeIngest()
}
