/** Visits things, each again and again after a rest, a few at a time. What is kept of each of ten thousand is little more than a timer. */
export interface Visits<T> {
  /** From now on exactly these are visited, by their keys, in this order where many are due; what is new, or is to rest less, comes now. */
  keep(wanted: ReadonlyMap<string, T>): void
  /** Visits those that are named (all, if none is) as soon as may be. Resolves when each of them has been visited, however that went. */
  hurry(keys?: readonly string[]): Promise<void>
  /** Ends the visits in hand, by their signal, and waits for them. */
  stop(): Promise<void>
}

interface Visit<T> {
  readonly key: string
  what: T
  failures: number
  /** Set while it rests. */
  timer: NodeJS.Timeout | undefined
  /** To be told when the next visit that begins has ended. */
  hurried: (() => void)[]
}

interface Options<T> {
  readonly visit: (what: T, signal: AbortSignal) => Promise<void>
  /** Is told how many visits in a row have failed, and says how long to rest now, in milliseconds. */
  readonly failed: (key: string, failures: number, error: unknown) => number
  /** How long to rest after a visit, in milliseconds, give or take a quarter: what began together does not go on together. */
  readonly restMs: (what: T) => number
  readonly atOnce: number
}

export function startVisits<T>(options: Options<T>): Visits<T> {
  let visits = new Map<string, Visit<T>>()
  const due: Visit<T>[] = []
  const running = new Set<Promise<void>>()
  const stopping = new AbortController()

  return {
    keep(wanted) {
      const kept = new Map<string, Visit<T>>()
      for (const [key, what] of wanted) {
        const known = visits.get(key)
        const isSooner = known !== undefined && options.restMs(what) < options.restMs(known.what)
        if (known !== undefined) known.what = what
        if (isSooner && known.timer !== undefined) becomeDue(known)
        const visit = known ?? { key, what, failures: 0, timer: undefined, hurried: [] }
        kept.set(key, visit)
        if (known === undefined) due.push(visit)
      }
      for (const [key, visit] of visits) if (!kept.has(key)) end(visit)
      visits = kept
      go()
    },
    hurry(keys) {
      const wanted = keys === undefined ? [...visits.values()] : keys.flatMap((key) => visits.get(key) ?? [])
      if (wanted.length === 0 || stopping.signal.aborted) return Promise.resolve()
      const all = countdown(wanted.length)
      for (const visit of wanted) {
        visit.hurried.push(all.tell)
        if (visit.timer !== undefined) becomeDue(visit)
      }
      go()
      return all.told
    },
    async stop() {
      stopping.abort()
      for (const visit of visits.values()) end(visit)
      await Promise.all(running)
    },
  }

  function end(visit: Visit<T>): void {
    clearTimeout(visit.timer)
    for (const tell of visit.hurried.splice(0)) tell()
  }

  function becomeDue(visit: Visit<T>): void {
    clearTimeout(visit.timer)
    visit.timer = undefined
    due.push(visit)
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
    const hurried = visit.hurried.splice(0)
    const restMs = await visited(options, visit, stopping.signal)
    for (const tell of hurried) tell()
    if (stopping.signal.aborted || visits.get(visit.key) !== visit) return
    if (visit.hurried.length > 0) return becomeDue(visit)
    visit.timer = setTimeout(
      () => {
        becomeDue(visit)
        go()
      },
      restMs * (0.75 + Math.random() / 2),
    )
  }
}

/** Makes one visit; says how long to rest after it. */
async function visited<T>({ visit: make, failed, restMs }: Options<T>, visit: Visit<T>, signal: AbortSignal): Promise<number> {
  try {
    await make(visit.what, signal)
    visit.failures = 0
    return restMs(visit.what)
  } catch (error) {
    visit.failures += 1
    return signal.aborted ? 0 : failed(visit.key, visit.failures, error)
  }
}

/** Resolves `told` when `tell` has been called so many times. */
function countdown(from: number): { readonly tell: () => void; readonly told: Promise<void> } {
  const { promise: told, resolve } = Promise.withResolvers<void>()
  let left = from
  const tell = () => {
    left -= 1
    if (left === 0) resolve()
  }
  return { tell, told }
}
