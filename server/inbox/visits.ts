/** Visits things, each again and again after a rest, a few at a time. What is kept of each of ten thousand is little more than a timer. */
export interface Visits<T> {
  /** From now on exactly these are visited, by their keys; what is new comes first of all. */
  keep(wanted: ReadonlyMap<string, T>): void
  /** Ends the visits in hand, by their signal, and waits for them. */
  stop(): Promise<void>
}

interface Visit<T> {
  readonly key: string
  readonly what: T
  failures: number
  timer: NodeJS.Timeout | undefined
}

/** `failed` is told how many visits in a row have failed and says how long to rest now, in milliseconds. */
export function startVisits<T>(options: {
  readonly visit: (what: T, signal: AbortSignal) => Promise<void>
  readonly failed: (key: string, failures: number, error: unknown) => number
  readonly restMs: number
  readonly atOnce: number
}): Visits<T> {
  const visits = new Map<string, Visit<T>>()
  const due: Visit<T>[] = []
  const running = new Set<Promise<void>>()
  const stopping = new AbortController()

  return {
    keep(wanted) {
      for (const [key, { timer }] of visits) {
        if (wanted.has(key)) continue
        clearTimeout(timer)
        visits.delete(key)
      }
      for (const [key, what] of wanted) {
        if (visits.has(key)) continue
        const visit: Visit<T> = { key, what, failures: 0, timer: undefined }
        visits.set(key, visit)
        due.push(visit)
      }
      go()
    },
    async stop() {
      stopping.abort()
      for (const { timer } of visits.values()) clearTimeout(timer)
      await Promise.all(running)
    },
  }

  function go(): void {
    while (running.size < options.atOnce && !stopping.signal.aborted) {
      const visit = due.shift()
      if (visit === undefined) return
      if (visits.get(visit.key) !== visit) continue
      const done = make(visit).finally(() => {
        running.delete(done)
        go()
      })
      running.add(done)
    }
  }

  async function make(visit: Visit<T>): Promise<void> {
    let restMs = options.restMs
    try {
      await options.visit(visit.what, stopping.signal)
      visit.failures = 0
    } catch (error) {
      if (stopping.signal.aborted) return
      visit.failures += 1
      restMs = options.failed(visit.key, visit.failures, error)
    }
    if (stopping.signal.aborted || visits.get(visit.key) !== visit) return
    visit.timer = setTimeout(() => {
      due.push(visit)
      go()
    }, restMs)
  }
}
