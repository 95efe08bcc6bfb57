import { type Log } from './log.ts'
import { messageOf } from './errors.ts'
import { pause } from './pause.ts'

/** A loop that works when woken, and by itself now and then. */
export interface Worker {
  wake(): void
  /** Ends after the round in hand; waits for it. */
  stop(): Promise<void>
}

/**
 * Runs `round` until it reports that nothing is left (`false`), then sleeps until woken or `idleMs` have passed. A round that
 * throws is logged and tried again after a pause that grows to 10 s: what drives it is durable, so nothing is lost by waiting.
 */
export function startWorker(options: { name: string; round: (signal: AbortSignal) => Promise<boolean>; idleMs: number; log: Log }): Worker {
  const { name, round, idleMs, log } = options
  const stopping = new AbortController()
  let wakeUp = Promise.withResolvers<void>()

  const finished = run()
  return {
    wake: () => wakeUp.resolve(),
    async stop() {
      stopping.abort()
      wakeUp.resolve()
      await finished
    },
  }

  async function run(): Promise<void> {
    let failures = 0
    while (!stopping.signal.aborted) {
      wakeUp = Promise.withResolvers<void>()
      try {
        const more = await round(stopping.signal)
        failures = 0
        if (!more) await pause(idleMs, wakeUp.promise)
      } catch (error) {
        if (stopping.signal.aborted) return
        failures += 1
        log.error({ worker: name, failures, error: messageOf(error) }, 'worker round failed')
        await pause(Math.min(10_000, 100 * 2 ** Math.min(failures, 7)), wakeUp.promise)
      }
    }
  }
}
