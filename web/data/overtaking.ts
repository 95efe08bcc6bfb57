/**
 * A request under way whose answer will be kept. What an event has touched since it began is newer than the answer, so
 * `isFresh` says which of its objects may still be written. Must be closed.
 */
export interface Read {
  readonly isFresh: (id: string) => boolean
  /** The feed has begun anew since: the answer may lack what the hole has swallowed. */
  readonly isOvertaken: () => boolean
  readonly close: () => void
}

/** Remembers what events have touched while reads are under way, and nothing when there are none. */
export function createOvertaking() {
  const revisions = new Map<string, number>()
  let revision = 0
  let open = 0
  let edition = 0
  return {
    touched: (id: string) => {
      if (open > 0) revisions.set(id, ++revision)
    },
    beginAnew: () => {
      edition += 1
    },
    open: (): Read => {
      const [began, beganIn] = [revision, edition]
      open += 1
      return {
        isFresh: (id) => (revisions.get(id) ?? 0) <= began,
        isOvertaken: () => beganIn !== edition,
        close: () => {
          open -= 1
          if (open === 0) revisions.clear()
        },
      }
    },
  }
}
