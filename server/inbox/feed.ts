import { setTimeout as sleep } from 'node:timers/promises'
import type { FeedLine } from '../db/read/events.ts'
import { type FeedPosition, isAfter, parsePosition, positionText, readFeed, readFeedEdges } from '../db/feed.ts'
import type { Listener } from '../db/listen.ts'
import type { Db } from '../db/schema.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError, messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'

/** Lines that follow one another on the feed, never none. */
export type FeedBatch = readonly [FeedLine, ...FeedLine[]]

/** The change feed, read once for all who follow it. */
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

export interface FeedParts {
  readonly db: Db
  readonly listener: Pick<Listener, 'on'>
  readonly clock: Clock
  readonly log: Log
}

const batchLines = 500
const rememberedLines = 5_000
const idleMs = 1_000
/** A feed that waits longer says that something holds a transaction open (`settled.md` 8). */
const lagLimitMs = 2_000

/** Starts the reader. It is woken by notices and looks by itself every second, so that a lost notice costs time and nothing else. */
export function createFeed({ db, listener, clock, log }: FeedParts): Feed {
  const closing = new AbortController()
  // The newest lines, oldest first; complete for whoever stands at or after `start`.
  let recent: FeedLine[] = []
  let start: FeedPosition | undefined
  let head: FeedPosition | undefined
  let waitingSince: Date | undefined
  let isLagTold = false
  let growth = 0
  const waiting = new Set<() => void>()
  let woken = Promise.withResolvers<void>()
  const unsubscribe = listener.on('feed', () => woken.resolve())
  const running = run()

  return {
    now: async () => positionText((await readFeedEdges(db)).now),

    async check(after) {
      await getPosition(after)
    },

    async *follow(after, signal) {
      let position = await getPosition(after)
      while (!signal.aborted && !closing.signal.aborted) {
        const seen = growth
        const [first, ...rest] = start !== undefined && !isAfter(start, position) ? recentAfter(position) : await catchUp(position, batchLines)
        if (first === undefined) {
          if (seen === growth) await untilGrown(signal)
          continue
        }
        position = parsePosition((rest.at(-1) ?? first).cursor)
        yield [first, ...rest]
      }
    },

    async read(after, limit) {
      return catchUp(await getPosition(after), limit)
    },

    lagSeconds: () => (waitingSince === undefined ? 0 : Math.max(0, clock() - waitingSince.getTime()) / 1000),

    async close() {
      closing.abort()
      unsubscribe()
      woken.resolve()
      tellFollowers()
      await running
    },
  }

  async function run(): Promise<void> {
    let lookAgainMs = 0
    while (!closing.signal.aborted) {
      woken = Promise.withResolvers<void>()
      try {
        const isMore = await readOn()
        lookAgainMs = waitingSince === undefined ? 0 : Math.min(50, Math.max(5, lookAgainMs * 2))
        if (!isMore) await pause(lookAgainMs || idleMs, lookAgainMs === 0)
      } catch (error) {
        if (closing.signal.aborted) return
        log.error({ error: messageOf(error) }, 'the change feed cannot be read; trying again')
        await pause(idleMs, true)
      }
    }
  }

  /** One look at the database; true when there is more to read at once. */
  async function readOn(): Promise<boolean> {
    head ??= start = (await readFeedEdges(db)).now
    const { lines, hiddenSince } = await readFeed(db, head, batchLines)
    noteLag(hiddenSince)
    const last = lines.at(-1)
    if (last === undefined) return false
    head = parsePosition(last.cursor)
    recent.push(...lines)
    if (recent.length > rememberedLines) {
      const forgotten = recent.splice(0, recent.length - rememberedLines / 2)
      start = parsePosition(forgotten.at(-1)?.cursor ?? '')
    }
    tellFollowers()
    return lines.length === batchLines
  }

  function tellFollowers(): void {
    growth += 1
    for (const tell of waiting) tell()
  }

  /** Not a race of promises: a signal that lives for days would remember every one of them. */
  function untilGrown(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const tell = () => {
        waiting.delete(tell)
        signal.removeEventListener('abort', tell)
        resolve()
      }
      waiting.add(tell)
      signal.addEventListener('abort', tell)
    })
  }

  function noteLag(hiddenSince: Date | undefined): void {
    waitingSince = hiddenSince
    const isLate = hiddenSince !== undefined && clock() - hiddenSince.getTime() > lagLimitMs
    if (isLate && !isLagTold) log.warn({}, 'a transaction stays open and holds the change feed back')
    isLagTold = isLate
  }

  function recentAfter(position: FeedPosition): readonly FeedLine[] {
    const from = recent.findLastIndex((line) => !isAfter(parsePosition(line.cursor), position)) + 1
    return recent.slice(from, from + batchLines)
  }

  async function catchUp(position: FeedPosition, limit: number): Promise<readonly FeedLine[]> {
    const { lines } = await readFeed(db, position, limit)
    // Looked at after the lines: what was forgotten before they were read is seen here.
    await refuseExpired(position)
    return lines
  }

  async function getPosition(cursor: string): Promise<FeedPosition> {
    const position = parsePosition(cursor)
    await refuseExpired(position)
    return position
  }

  async function refuseExpired(position: FeedPosition): Promise<void> {
    const { floor, end } = await readFeedEdges(db)
    // A cursor beyond the end comes from another database, such as one that was since restored from a backup.
    if (isAfter(floor, position) || isAfter(position, end)) throw new AppError('cursor_expired', 'The events after this cursor are no longer kept. Load anew, then follow from now.')
  }

  async function pause(ms: number, untilWoken: boolean): Promise<void> {
    const timer = new AbortController()
    const signal = AbortSignal.any([timer.signal, closing.signal])
    await Promise.race([sleep(ms, undefined, { signal }).catch(() => {}), ...(untilWoken ? [woken.promise] : [])])
    timer.abort()
  }
}
