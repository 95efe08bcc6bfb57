/** As many attempts and recipients are remembered at once; the oldest are forgotten first, and then count as new. */
const most = 10_000

/**
 * What one process remembers between the tries of a send. Nothing that matters is lost with it: pauses begin small again, and a file is
 * uploaded once more.
 */
export interface Memory {
  /** How often this came before, this time not included. */
  count(key: string): number
  /** It came through: the next time is the first one again. */
  reset(key: string): void
  /** The id of a file that is on the network already. */
  media(attempt: string): string | undefined
  keepMedia(attempt: string, id: string): void
}

export function createMemory(): Memory {
  const counts = new Map<string, number>()
  const uploads = new Map<string, string>()
  return {
    count(key) {
      const before = counts.get(key) ?? 0
      counts.delete(key)
      counts.set(key, before + 1)
      trim(counts)
      return before
    },
    reset(key) {
      counts.delete(key)
    },
    media: (attempt) => uploads.get(attempt),
    keepMedia(attempt, id) {
      uploads.set(attempt, id)
      trim(uploads)
    },
  }
}

function trim(map: Map<string, unknown>): void {
  const [oldest] = map.keys()
  if (map.size > most && oldest !== undefined) map.delete(oldest)
}
