import { type FeedPosition, isAfter, parsePosition, readFeed, readFeedEdges } from '../db/feed.ts'
import type { Listener } from '../db/listen.ts'
import type { FeedLine } from '../db/read/events.ts'
import type { Db } from '../db/schema.ts'
import type { Clock } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { pause } from '../lib/pause.ts'

/** The one who reads the feed for all followers of this process. */
export interface FeedReader {
  /** The newest lines after a position; undefined for a position that is not remembered any more, or not yet. */
  after(position: FeedPosition, limit: number): readonly FeedLine[] | undefined
  /** Rings when lines have come. */
  readonly bell: Bell
  /** Seconds for which the oldest committed line has waited for an older transaction to end; 0 when none waits. */
  lagSeconds(): number
  close(): Promise<void>
}

export interface FeedReaderParts {
  readonly db: Db
  readonly listener: Pick<Listener, 'on'>
  readonly clock: Clock
  readonly log: Log
}

const linesAtOnce = 500
const rememberedLines = 5_000
const idleMs = 1_000
/** A feed that waits longer says that something holds a transaction open (`settled.md` 8). */
const lagLimitMs = 2_000

/** Starts reading. Woken by notices; looks by itself every second, so that a lost notice costs time and nothing else. */
export function startFeedReader({ db, listener, clock, log }: FeedReaderParts): FeedReader {
  let isClosing = false
  const recent = createRecentLines()
  const bell = createBell()
  let waitingSince: Date | undefined
  let isLagTold = false
  let woken = Promise.withResolvers<void>()
  const unsubscribe = listener.on('feed', () => woken.resolve())
  const running = run()

  return {
    after: recent.after,
    bell,
    lagSeconds: () => (waitingSince === undefined ? 0 : Math.max(0, clock() - waitingSince.getTime()) / 1000),
    async close() {
      isClosing = true
      unsubscribe()
      woken.resolve()
      bell.ring()
      await running
    },
  }

  async function run(): Promise<void> {
    let lookAgainMs = 0
    while (!isClosing) {
      woken = Promise.withResolvers<void>()
      try {
        const isMore = await readOn()
        // A line that waits shows when its older neighbour ends, and nobody tells when that is.
        lookAgainMs = waitingSince === undefined ? 0 : Math.min(50, Math.max(5, lookAgainMs * 2))
        if (!isMore) await (lookAgainMs === 0 ? pause(idleMs, woken.promise) : pause(lookAgainMs))
      } catch (error) {
        if (isClosing) return
        log.error({ error: messageOf(error) }, 'the change feed cannot be read; trying again')
        await pause(idleMs)
      }
    }
  }

  /** One look at the database; true when there is more to read at once. */
  async function readOn(): Promise<boolean> {
    const head = recent.head() ?? recent.begin((await readFeedEdges(db)).now)
    const { lines, hiddenSince } = await readFeed(db, head, linesAtOnce)
    noteLag(hiddenSince)
    if (lines.length === 0) return false
    recent.add(lines)
    bell.ring()
    return lines.length === linesAtOnce
  }

  function noteLag(hiddenSince: Date | undefined): void {
    waitingSince = hiddenSince
    const isLate = hiddenSince !== undefined && clock() - hiddenSince.getTime() > lagLimitMs
    if (isLate && !isLagTold) log.warn({}, 'a transaction stays open and holds the change feed back')
    isLagTold = isLate
  }
}

/** The newest lines, complete for whoever stands at or after `start`. */
function createRecentLines() {
  const lines: FeedLine[] = []
  let start: FeedPosition | undefined
  let head: FeedPosition | undefined
  return {
    head: () => head,
    begin(position: FeedPosition): FeedPosition {
      start = head = position
      return position
    },
    add(more: readonly FeedLine[]): void {
      lines.push(...more)
      const last = more.at(-1)
      if (last !== undefined) head = parsePosition(last.cursor)
      if (lines.length <= rememberedLines) return
      const forgotten = lines.splice(0, lines.length - rememberedLines / 2).at(-1)
      if (forgotten !== undefined) start = parsePosition(forgotten.cursor)
    },
    after(position: FeedPosition, limit: number): readonly FeedLine[] | undefined {
      if (start === undefined || isAfter(start, position)) return undefined
      const from = lines.findLastIndex((line) => !isAfter(parsePosition(line.cursor), position)) + 1
      return lines.slice(from, from + limit)
    },
  }
}

/** Something that many wait for, again and again. */
interface Bell {
  ring(): void
  /** How often it has rung. */
  rung(): number
  /** Resolves when it has rung more often than `seen`, or the signal aborts. */
  wait(seen: number, signal: AbortSignal): Promise<void>
}

/** Not a race of promises: a signal that lives for days would remember every one of them. */
function createBell(): Bell {
  const waiting = new Set<() => void>()
  let rung = 0
  return {
    ring() {
      rung += 1
      for (const tell of waiting) tell()
    },
    rung: () => rung,
    wait: (seen, signal) =>
      new Promise((resolve) => {
        const tell = () => {
          waiting.delete(tell)
          signal.removeEventListener('abort', tell)
          resolve()
        }
        waiting.add(tell)
        signal.addEventListener('abort', tell)
        if (rung !== seen || signal.aborted) tell()
      }),
  }
}
