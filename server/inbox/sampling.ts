import type { OperationsSample } from '../../contract/health.ts'
import { keepSample, listSamples } from '../db/samples.ts'
import type { Db } from '../db/schema.ts'
import type { Clock } from '../lib/clock.ts'
import { readOperations } from './operations.ts'

interface Deps {
  readonly db: Db
  readonly clock: Clock
}

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** Writes down the figures of this minute, and forgets those of yesterday. Nothing is left to do then. */
export async function sample({ db, clock }: Deps): Promise<false> {
  const { degraded: _, warnings: __, ...figures } = await readOperations(db)
  const now = clock()
  await keepSample(db, new Date(now - (now % minuteMs)), figures, new Date(now - dayMs))
  return false
}

/** How the figures were in the last 24 hours. */
export async function readHistory({ db, clock }: Deps): Promise<readonly OperationsSample[]> {
  return listSamples(db, new Date(clock() - dayMs))
}
