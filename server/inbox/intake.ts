import { insertBatchOnce } from '../db/inbound.ts'
import type { Db } from '../db/schema.ts'
import type { Clock } from '../lib/clock.ts'
import type { ProviderName, RawBatch } from '../providers/provider.ts'

/** Keeps what a network pushed to us. When it resolves, the batch is on disk and the sender may be answered. */
export type Keep = (provider: ProviderName, batch: RawBatch) => Promise<void>

/** `wake` tells the worker of this process that there is something to apply; other processes look by themselves. */
export function createKeep({ db, clock, wake }: { db: Db; clock: Clock; wake: () => void }): Keep {
  return async (provider, batch) => {
    const isNew = await insertBatchOnce(db, provider, batch, new Date(clock()))
    if (isNew) wake()
  }
}
