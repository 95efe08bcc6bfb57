/** A list that waits before it moves: what is shown now, and how many have come to stand higher meanwhile. */
export interface HeldOrder<Id extends string> {
  readonly shown: readonly Id[]
  readonly newAbove: number
}

/**
 * What may be shown of a new order while somebody points at the old one: nothing moves, what is gone leaves, and what comes
 * below the end is added. `newAbove` counts those that are new or would stand higher.
 */
export function holdOrder<Id extends string>(shown: readonly Id[], next: readonly Id[]): HeldOrder<Id> {
  if (shown.length === 0) return { shown: next, newAbove: 0 }
  const isNext = new Set(next)
  const kept = shown.filter((id) => isNext.has(id))
  const isKept = new Set(kept)
  const end = next.findLastIndex((id) => isKept.has(id))
  const below = next.slice(end + 1).filter((id) => !isKept.has(id))
  const still = next.filter((id) => isKept.has(id))
  const fresh = next.slice(0, end + 1).filter((id) => !isKept.has(id)).length
  const moved = climbed(kept, still)
  const held = [...kept, ...below]
  return { shown: held.length === shown.length && kept.length === shown.length ? shown : held, newAbove: fresh + moved }
}

/** How many have to be taken out for the others to stand as before: those that have climbed over others. */
function climbed<Id extends string>(before: readonly Id[], after: readonly Id[]): number {
  let count = 0
  let at = 0
  const taken = new Set<Id>()
  for (const id of after) {
    while (at < before.length && taken.has(before[at] as Id)) at += 1
    if (before[at] === id) at += 1
    else {
      taken.add(id)
      count += 1
    }
  }
  return count
}

/** The list with the open one kept where it stood, so that reading an unread conversation does not take it away. */
export function keepOpen<Id extends string>(before: readonly Id[], next: readonly Id[], open: Id | undefined): readonly Id[] {
  if (open === undefined || next.includes(open)) return next
  const at = before.indexOf(open)
  return at < 0 ? next : next.toSpliced(at, 0, open)
}
