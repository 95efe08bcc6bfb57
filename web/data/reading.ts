import type { Read } from './overtaking.ts'
import type { Store } from './store.ts'

export interface Reading {
  /** Asks and keeps the answer, unless the feed has begun anew meanwhile: then `again` asks anew, and else nobody needs the answer. */
  readonly reading: <Answer>(ask: () => Promise<Answer>, keep: (answer: Answer, read: Read) => void, again?: boolean) => Promise<void>
  /** Joins whoever has started the same already. */
  readonly once: (name: string, start: () => Promise<void>) => Promise<void>
}

/** How answers get into the store without undoing what events have told meanwhile. */
export function createReading(store: Pick<Store, 'openRead'>): Reading {
  const running = new Map<string, Promise<void>>()
  return {
    reading: async (ask, keep, again = true) => {
      for (;;) {
        const read = store.openRead()
        try {
          const answer = await ask()
          if (!read.isOvertaken()) return keep(answer, read)
          if (!again) return
        } finally {
          read.close()
        }
      }
    },
    once: (name, start) => {
      const known = running.get(name)
      if (known) return known
      const started = start().finally(() => running.delete(name))
      running.set(name, started)
      return started
    },
  }
}
