import { takeSilentImports } from '../../db/copying.ts'
import { appendEvents } from '../../db/events.ts'
import type { Db } from '../../db/schema.ts'
import type { Clock } from '../../lib/clock.ts'

const quietMs = 3 * 60_000
const dayMs = 24 * 3_600_000

/** Says of numbers that were linked three minutes ago and of which no chat has appeared that the bridge copies no history, once. */
export async function noteSilentImports({ db, clock }: { db: Db; clock: Clock }): Promise<boolean> {
  const now = clock()
  await db.transaction().execute(async (tx) => {
    const silent = await takeSilentImports(tx, { after: new Date(now - dayMs), before: new Date(now - quietMs) })
    const changes = silent.map((id) => ({ type: 'channel.updated' as const, objectId: id, channelId: id }))
    await appendEvents(tx, changes, new Date(now))
  })
  return false
}
