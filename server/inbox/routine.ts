import { insertJobsOnce } from '../db/jobs.ts'
import type { Db } from '../db/schema.ts'
import { transact } from '../db/transact.ts'
import type { Clock } from '../lib/clock.ts'
import type { Provider } from '../providers/provider.ts'
import type { Accounts } from './linking/accounts.ts'
import { taskJob } from './tasks.ts'

export interface RoutineDeps {
  readonly db: Db
  readonly clock: Clock
  readonly accounts: Pick<Accounts, 'list'>
  readonly providers: () => readonly Provider[]
}

/**
 * Asks for what a network wants to be asked for again and again: as tasks, so that several processes ask but once. A provider whose settings
 * have changed is another one, and is asked at once.
 */
export function createRoutine({ db, clock, accounts, providers }: RoutineDeps): () => Promise<boolean> {
  const asked = new WeakMap<Provider, number>()
  return async () => {
    const now = clock()
    for (const provider of providers()) {
      const { routine } = provider
      if (routine === undefined || now - (asked.get(provider) ?? -Infinity) < routine.everyMs) continue
      const jobs = (await accounts.list(provider.name))
        .flatMap(({ link }) => routine.tasks(link))
        .map((task) => taskJob(provider.name, task))
      if (jobs.length === 0) continue
      asked.set(provider, now)
      await transact(db, (tx) => insertJobsOnce(tx, jobs, new Date(now)))
    }
    return false
  }
}
