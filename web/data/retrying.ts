import { ApiError } from './api-error.ts'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000

/** Reads until it works or the signal fires. A refusal ends it, since repeating would not help. `onFailure` hears of each try that failed. */
export async function retryWhile(
  read: () => Promise<unknown>,
  signal: AbortSignal,
  onFailure: (error: unknown) => void = () => undefined,
): Promise<void> {
  for (let wait = FIRST_PAUSE_MS; !signal.aborted; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    try {
      await read()
      return
    } catch (error) {
      if (!signal.aborted) onFailure(error)
      if (error instanceof ApiError && error.status < 500 && error.status !== 429) return
      await pause(wait, signal)
    }
  }
}

/** Ends after this time, or when the signal fires. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
