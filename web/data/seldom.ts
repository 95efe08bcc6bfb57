import type { Schedule } from './publisher.ts'

/** Runs something when it is asked for, but at most once in a while: what was asked meanwhile is one more run at the end of it. */
export function createSeldom({ after }: Pick<Schedule, 'after'>, everyMs: number, run: () => Promise<unknown>): () => void {
  let state: 'idle' | 'resting' | 'asked' = 'idle'
  function start(): void {
    state = 'resting'
    // What failed is asked for again by the next change.
    run().catch(() => undefined)
    after(everyMs, () => {
      if (state === 'asked') start()
      else state = 'idle'
    })
  }
  return () => {
    if (state === 'idle') start()
    else state = 'asked'
  }
}
