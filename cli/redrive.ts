import { redriveDeadLetters } from '../server/inbox/operations.ts'
import { newId, systemClock } from '../server/lib/clock.ts'
import { createLog } from '../server/lib/log.ts'
import { openCommandData } from './join.ts'

/** Tries again what could not be stored and reads again what was not understood. A running server takes it up; else the next start does. */
export async function run(args: readonly string[]): Promise<number> {
  const { data } = await openCommandData(args)
  try {
    const { redriven, left, reread } = await redriveDeadLetters({
      db: data.db,
      clock: systemClock,
      newId,
      log: createLog('warn'),
      applyChannelStatus: leftToTheServer,
      applyPhone: leftToTheServer,
      wakeIngest: () => {},
    })
    process.stdout.write(`${redriven} dead letters are tried again, ${left} are left; ${reread} events are read again.\n`)
  } finally {
    await data.close()
  }
  return 0
}

// What the network says of numbers needs the road to it, which only a server has; such a letter stays.
function leftToTheServer(): Promise<never> {
  return Promise.reject(new Error('only a running server applies this: ask it by POST /api/v1/operations/dead-letters/redrive'))
}
