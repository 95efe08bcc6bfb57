import { isDeepStrictEqual } from 'node:util'
import { loadFacts, rememberFacts } from '../../db/inbound.ts'
import { insertJobsOnce } from '../../db/jobs.ts'
import type { Db } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import {
  answerSuspicion,
  findBatchAfter,
  findNewestBatch,
  listAwaited,
  listBereftAccounts,
  listSuspicions,
  listUnproven,
  raiseSuspicion,
  type Suspicion,
} from '../../db/watches.ts'
import type { Clock } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { Provider, Watch } from '../../providers/provider.ts'
import { taskJob } from '../tasks.ts'

/** The waiting times of the watch over pushes, in milliseconds (`protocol/homeserver.md` 13.4). */
export interface WatchTimes {
  /** After so long without a push one is asked for. */
  readonly quietMs: number
  /** It has to come within this time. */
  readonly lateMs: number
  /** Between two sweeps. */
  readonly sweepRestMs: number
}

export const defaultWatchTimes: WatchTimes = { quietMs: 15_000, lateMs: 5_000, sweepRestMs: 15_000 }

export interface GuardDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly times: WatchTimes
  /** Asks for everything that the accounts named (all, if none is) have missed. Resolves when each was asked for, however that went. */
  readonly audit: (accounts?: readonly string[]) => Promise<void>
}

/** Sees to it that nothing which a network should have pushed stays lost for long. One process of all guards. */
export interface Guard {
  /** Looks whether something is to be done; to be called every second. */
  look(signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

/** Reasons that every start brings. */
const usual: Readonly<Record<'away' | 'again', string>> = { away: 'This server was away for a while', again: 'Pushes have come again' }
/** The fact that says where the network was last made to push something. */
const placeKey = 'canary'
/** What is missing for longer than this is not on its way any more. */
const strangeForMs = 30_000
const singWithinMs = 10_000
/** A sweep is followed by a rest of at least so many times its length, so that trouble which lasts does not become a storm. */
const restRatio = 4
const provenWithinMs = 7 * 86_400_000
const provenAfterMs = 30_000

export function startGuard(deps: GuardDeps, provider: Provider, watch: Watch): Guard {
  const { db, clock, log, times } = deps
  const stopping = new AbortController()
  const suspect = (reason: string) => raiseSuspicion(db, provider.name, reason, new Date(clock()))
  const pulse = createPulse({ db, clock, times, provider, watch, suspect })
  let sweeping: Promise<void> | undefined
  let sweepAfter = 0
  let strangeUpTo = clock()
  // What was pushed while no process was here to guard is suspicious as it is.
  let isGreeted = false
  const listening = listen()

  return {
    async look(signal) {
      if (!isGreeted) await suspect(usual.away)
      isGreeted = true
      await pulse.feel(signal)
      await lookForStrange()
      const [suspicion] = await listSuspicions(db, provider.name)
      if (suspicion === undefined || sweeping !== undefined || clock() < sweepAfter) return
      const begun = clock()
      sweeping = sweep(suspicion).then((isSwept) => {
        sweeping = undefined
        sweepAfter = clock() + Math.max(times.sweepRestMs, isSwept ? restRatio * (clock() - begun) : 0)
      })
    },
    async stop() {
      stopping.abort()
      await Promise.all([listening, sweeping])
    },
  }

  /** A connection that breaks is a sign which the provider gives; here it is only made again. */
  async function listen(): Promise<void> {
    while (!stopping.signal.aborted) {
      await watch.listen(stopping.signal).catch(() => {})
      await pause(times.lateMs, stopping.signal)
    }
  }

  async function sweep(suspicion: Suspicion): Promise<boolean> {
    const isUsual = Object.values(usual).includes(suspicion.reason)
    log[isUsual ? 'info' : 'warn'](
      { provider: provider.name, reason: suspicion.reason },
      'pushes may have been lost: everything is asked for',
    )
    // As long as nothing is pushed, the next message is missing too: the suspicion then stays.
    const wasDeaf = pulse.isDeaf()
    try {
      await watch.nudge(stopping.signal)
      await deps.audit()
      if (stopping.signal.aborted) return false
      const now = clock()
      const unproven = await listUnproven(db, provider.name, new Date(now - provenWithinMs), new Date(now - provenAfterMs))
      const tasks = unproven.map(({ account, ...target }) => taskJob(provider.name, watch.lookUp(account, target)))
      await transact(db, async (tx) => {
        await insertJobsOnce(tx, tasks, new Date(now))
        if (!wasDeaf) await answerSuspicion(tx, suspicion)
      })
      return true
    } catch (error) {
      if (!stopping.signal.aborted) log.warn({ provider: provider.name, error: messageOf(error) }, 'everything will be asked for again')
      return false
    }
  }

  /** What refers to something that we do not know, and has done so for a while: once for each such thing. */
  async function lookForStrange(): Promise<void> {
    const upTo = clock() - strangeForMs
    if (upTo - strangeUpTo < strangeForMs) return
    const span = [new Date(strangeUpTo), new Date(upTo)] as const
    strangeUpTo = upTo
    const awaited = await listAwaited(db, provider.name, ...span)
    if (awaited.some(watch.isMissed)) await suspect('Something was pushed of a chat that is not known')
    const accounts = await listBereftAccounts(db, provider.name, ...span)
    if (accounts.length > 0) void deps.audit(accounts)
  }
}

interface PulseDeps extends Pick<GuardDeps, 'db' | 'clock' | 'times'> {
  readonly provider: Provider
  readonly watch: Watch
  readonly suspect: (reason: string) => Promise<void>
}

/** Makes the network push something when nothing has come for a while, and suspects it when that does not come. */
function createPulse({ db, clock, times, provider, watch, suspect }: PulseDeps) {
  /** The newest push that was seen, and when it was; the log's end stands for one before the first. */
  let newest: string | undefined
  let seenAt = clock()
  let sungAt: number | undefined
  let isLate = false
  let hasHeard = false

  return {
    /** Whether what was to be pushed has not come. */
    isDeaf: () => isLate,
    async feel(signal: AbortSignal): Promise<void> {
      newest ??= await findNewestBatch(db)
      const heard = await findBatchAfter(db, provider.name, watch.stream, newest)
      const now = clock()
      if (heard !== undefined) {
        newest = heard
        seenAt = now
        sungAt = undefined
        isLate = false
        // Until it pushes again the homeserver drops what it tells only once, such as receipts, even after the first sweep (protocol/homeserver.md 3.6).
        if (!hasHeard) await suspect(usual.again)
        hasHeard = true
      }
      if (sungAt !== undefined && !isLate && now - sungAt >= times.lateMs) {
        isLate = true
        await suspect('What the homeserver was asked to push has not come')
      }
      if (now - Math.max(seenAt, sungAt ?? 0) >= times.quietMs) await sing(signal)
    },
  }

  async function sing(signal: AbortSignal): Promise<void> {
    sungAt = clock()
    try {
      const known = (await loadFacts(db, provider.name, [placeKey])).get(placeKey) ?? null
      const place = await watch.sing(known, AbortSignal.any([signal, AbortSignal.timeout(singWithinMs)]))
      if (!isDeepStrictEqual(place, known)) await transact(db, (tx) => rememberFacts(tx, provider.name, [{ key: placeKey, value: place }]))
    } catch (error) {
      if (signal.aborted || isLate) return
      isLate = true
      await suspect(`The homeserver could not be made to push anything: ${messageOf(error).slice(0, 300)}`)
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end, { once: true })
    function end() {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    if (signal.aborted) end()
  })
}
