import { createChannels } from '../server/inbox/channels.ts'
import { redriveDeadLetters } from '../server/inbox/operations.ts'
import { newId, systemClock } from '../server/lib/clock.ts'
import { createLog } from '../server/lib/log.ts'
import { openCommandData } from './join.ts'

/** Tries again what could not be stored and reads again what was not understood. A running server takes it up; else the next start does. */
export async function run(args: readonly string[]): Promise<number> {
  const { data } = await openCommandData(args)
  try {
    const { db } = data
    const channels = createChannels({ db, clock: systemClock, newId, findProvider: () => undefined, linkOf: () => Promise.resolve(undefined) })
    const { redriven, left, reread } = await redriveDeadLetters({
      db,
      clock: systemClock,
      newId,
      log: createLog('warn'),
      applyChannelStatus: channels.applyStatus,
      wakeIngest: () => {},
    })
    process.stdout.write(`${redriven} dead letters are tried again, ${left} are left; ${reread} events are read again.\n`)
  } finally {
    await data.close()
  }
  return 0
}
