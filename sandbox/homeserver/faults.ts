/** A fault put in the way of the next `count` matching requests; `ms` is how long a delay lasts, and how long a request that is overtaken waits at most. */
export type Fault = {
  leg: 'client' | 'push'
  match?: { method?: string; path?: string }
  kind: 'drop' | 'delay' | 'duplicate' | 'reorder' | '429' | '5xx' | 'reset_after_accept'
  count: number
  ms?: number
}

/** The faults of one homeserver; the sandbox's control API adds and clears them, the homeserver takes them. */
export type Faults = {
  add(fault: Fault): void
  clear(): void
  list(): Fault[]
  /** The kind and length of the first fault that matches, counted down by one; undefined when nothing is in the way. */
  take(leg: Fault['leg'], method: string, path: string): { kind: Fault['kind']; ms: number } | undefined
}

const kinds: readonly string[] = ['drop', 'delay', 'duplicate', 'reorder', '429', '5xx', 'reset_after_accept'] satisfies Fault['kind'][]

/** An empty set of faults. A kind that there is not throws at `add`. */
export function createFaults(): Faults {
  let faults: Fault[] = []
  return {
    add(fault) {
      if (!kinds.includes(fault.kind)) throw new Error(`one of ${kinds.join(', ')} is expected`)
      if (!Number.isInteger(fault.count) || fault.count < 1) throw new Error('count must be a whole number from 1')
      faults.push({ ...fault })
    },
    clear() {
      faults = []
    },
    list() {
      return faults.map((fault) => ({ ...fault }))
    },
    take(leg, method, path) {
      const fault = faults.find((each) => each.leg === leg && matches(each, method, path))
      if (fault === undefined) return undefined
      fault.count -= 1
      if (fault.count === 0) faults = faults.filter((each) => each !== fault)
      return { kind: fault.kind, ms: fault.ms ?? 1000 }
    },
  }
}

function matches(fault: Fault, method: string, path: string): boolean {
  if (fault.match?.method !== undefined && fault.match.method.toUpperCase() !== method) return false
  return fault.match?.path === undefined || path.includes(fault.match.path)
}
