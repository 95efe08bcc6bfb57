import { setTimeout as sleep } from 'node:timers/promises'

/** How long to wait (ms) and what for, in words that stand in the error. */
export interface WaitOptions {
  what: string
  timeout?: number
  interval?: number
}

/** Asks until the answer is neither undefined nor false, then gives it; throws naming `what` after `timeout` (30 s). */
export async function waitFor<T>(ask: () => T | Promise<T>, options: WaitOptions): Promise<Exclude<T, undefined | false>> {
  const { what, timeout = 30_000, interval = 25 } = options
  const until = Date.now() + timeout
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>
    if (Date.now() >= until) throw new Error(`waited ${timeout} ms in vain for ${what}`)
    await sleep(interval)
  }
}
