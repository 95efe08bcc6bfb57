/** Work that goes one after another in its lane, while lanes do not wait for each other. */
export interface Lanes<Lane extends string> {
  readonly add: (lane: Lane, key: string) => void
  /** Keys that wait or are being worked on. */
  readonly keys: () => readonly string[]
  /** Ends every pause now. */
  readonly wake: () => void
  readonly close: () => void
  readonly signal: AbortSignal
}

interface Deps {
  /** One try. Answers the least time to wait before the next, or nothing when this key has come to an end. */
  readonly attempt: (key: string) => Promise<number | undefined>
  /** Ends after this time, or when the signal fires. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000

/** Repeats each key until it ends, with growing pauses, and only then takes the next one of its lane. */
export function createLanes<Lane extends string>({ attempt, pause }: Deps): Lanes<Lane> {
  const lanes = new Map<Lane, string[]>()
  const closing = new AbortController()
  let waking = new AbortController()

  async function drain(name: Lane, keys: string[]): Promise<void> {
    let wait = FIRST_PAUSE_MS
    for (let key = keys[0]; key !== undefined && !closing.signal.aborted; key = keys[0]) {
      const least = await attempt(key)
      if (least === undefined) {
        keys.shift()
        wait = FIRST_PAUSE_MS
      } else {
        await pause(Math.max(least, wait), AbortSignal.any([closing.signal, waking.signal]))
        wait = Math.min(wait * 2, LONGEST_PAUSE_MS)
      }
    }
    lanes.delete(name)
  }

  return {
    add: (name, key) => {
      const running = lanes.get(name)
      if (running) return void (running.includes(key) || running.push(key))
      const keys = [key]
      lanes.set(name, keys)
      void drain(name, keys)
    },
    keys: () => [...lanes.values()].flat(),
    wake: () => {
      waking.abort()
      waking = new AbortController()
    },
    close: () => closing.abort(),
    signal: closing.signal,
  }
}
