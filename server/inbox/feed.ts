import { type FeedPosition, isAfter, parsePosition, positionText, readFeed, readFeedEdges } from '../db/feed.ts'
import type { FeedLine } from '../db/read/events.ts'
import { AppError } from '../lib/errors.ts'
import { type FeedReaderParts, startFeedReader } from './feed-reader.ts'

/** Lines that follow one another on the feed, never none. */
export type FeedBatch = readonly [FeedLine, ...FeedLine[]]

/** The change feed (`settled.md` 8), read once for all who follow it. */
export interface Feed {
  /** The cursor behind which everything is still to come. */
  now(): Promise<string>
  /** Throws as `follow` does for a cursor that cannot be followed. */
  check(after: string): Promise<void>
  /**
   * Every line after the cursor, for ever, in order and without a gap, until the signal aborts. Throws cursor_expired when lines after
   * it have been forgotten, invalid_request when it is no cursor.
   */
  follow(after: string, signal: AbortSignal): AsyncGenerator<FeedBatch, void, undefined>
  /** The lines after a cursor that can be read now, at most `limit`. Throws as `follow`. */
  read(after: string, limit: number): Promise<readonly FeedLine[]>
  /** Seconds for which the oldest committed change has waited for an older transaction to end; 0 when none waits. */
  lagSeconds(): number
  close(): Promise<void>
}

const batchLines = 500

/** The feed of one process; its reader starts at once. */
export function createFeed(parts: FeedReaderParts): Feed {
  const { db } = parts
  const reader = startFeedReader(parts)
  const closing = new AbortController()

  return {
    now: async () => positionText((await readFeedEdges(db)).now),

    async check(after) {
      await getPosition(after)
    },

    async *follow(after, signal) {
      let position = await getPosition(after)
      while (!signal.aborted && !closing.signal.aborted) {
        const seen = reader.bell.rung()
        const [first, ...rest] = reader.after(position, batchLines) ?? (await catchUp(position, batchLines))
        if (first === undefined) {
          await reader.bell.wait(seen, signal)
          continue
        }
        position = parsePosition((rest.at(-1) ?? first).cursor)
        yield [first, ...rest]
      }
    },

    async read(after, limit) {
      return catchUp(await getPosition(after), limit)
    },

    lagSeconds: reader.lagSeconds,

    async close() {
      closing.abort()
      await reader.close()
    },
  }

  async function getPosition(cursor: string): Promise<FeedPosition> {
    const position = parsePosition(cursor)
    await refuseExpired(position)
    return position
  }

  async function catchUp(position: FeedPosition, limit: number): Promise<readonly FeedLine[]> {
    const { lines } = await readFeed(db, position, limit)
    // Looked at after the lines: what was forgotten before they were read is seen here.
    await refuseExpired(position)
    return lines
  }

  async function refuseExpired(position: FeedPosition): Promise<void> {
    const { floor, end } = await readFeedEdges(db)
    // Of the database that was before a restore, whatever it counted to; or beyond the end of this one.
    if (position.mark !== end.mark || isAfter(floor, position) || isAfter(position, end))
      throw new AppError('cursor_expired', 'The events after this cursor are no longer kept. Load anew, then follow from now.')
  }
}
