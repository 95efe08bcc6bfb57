/** Runs a function soon: at the next frame, or after some milliseconds. Returned so that tests can turn the clock by hand. */
export interface Schedule {
  readonly frame: (run: () => void) => void
  readonly after: (ms: number, run: () => void) => void
}

/** The browser's own; a hidden page draws no frames, so there a short timer stands in. */
export const browserSchedule: Schedule = {
  frame: (run) => {
    if (document.hidden) setTimeout(run, 50)
    else requestAnimationFrame(run)
  },
  after: (ms, run) => void setTimeout(run, ms),
}

export interface Publisher<Topic extends string> {
  readonly subscribe: (topic: Topic, listener: () => void) => () => void
  /** Says that what is read under these topics has changed. */
  readonly touch: (...topics: readonly Topic[]) => void
}

/** Tells listeners of changes once a frame, however many changes there were. */
export function createPublisher<Topic extends string>({ frame }: Pick<Schedule, 'frame'>): Publisher<Topic> {
  const listeners = new Map<Topic, Set<() => void>>()
  let dirty = new Set<Topic>()

  function flush(): void {
    const topics = dirty
    dirty = new Set()
    for (const topic of topics) for (const listener of listeners.get(topic) ?? []) listener()
  }

  return {
    subscribe: (topic, listener) => {
      const set = listeners.get(topic) ?? new Set()
      listeners.set(topic, set.add(listener))
      return () => {
        set.delete(listener)
        if (set.size === 0 && listeners.get(topic) === set) listeners.delete(topic)
      }
    },
    touch: (...topics) => {
      if (dirty.size === 0 && topics.length > 0) frame(flush)
      for (const topic of topics) dirty.add(topic)
    },
  }
}
