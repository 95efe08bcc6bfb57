/** Wakes the long polls of users; knows nothing of what changed. */
export type Notifier = {
  wake(userIds: Iterable<string>): void
  /** Resolves when the user is woken, after `ms`, or when the signal fires. */
  wait(userId: string, ms: number, signal: AbortSignal): Promise<void>
}

/** A notifier that nobody waits on yet. */
export function createNotifier(): Notifier {
  const waiting = new Map<string, Set<() => void>>()
  return {
    wake(userIds) {
      for (const userId of userIds) {
        for (const resume of waiting.get(userId) ?? []) resume()
      }
    },
    wait(userId, ms, signal) {
      return new Promise((resolve) => {
        const waiters = waiting.get(userId) ?? new Set()
        waiting.set(userId, waiters)
        const resume = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', resume)
          waiters.delete(resume)
          if (waiters.size === 0 && waiting.get(userId) === waiters) waiting.delete(userId)
          resolve()
        }
        const timer = setTimeout(resume, ms)
        signal.addEventListener('abort', resume)
        waiters.add(resume)
        if (signal.aborted) resume()
      })
    },
  }
}
