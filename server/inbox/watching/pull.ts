import { setTimeout as sleep } from 'node:timers/promises'
import { findCursor, keepPolled } from '../../db/inbound.ts'
import type { Hold, Locks } from '../../db/locks.ts'
import type { Db } from '../../db/schema.ts'
import { raiseSuspicion } from '../../db/watches.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { startWorker, type Worker } from '../../lib/worker.ts'
import type { AccountLink, Provider, Pull, RawBatch } from '../../providers/provider.ts'
import type { Accounts } from '../linking/accounts.ts'
import { defaultWatchTimes, type Guard, startGuard, type WatchTimes } from './guard.ts'
import { startVisits } from './visits.ts'

/** How long an account on which something happens rests between two audits, in milliseconds; by default as `protocol/homeserver.md` 13.3 has it. */
export interface PullTimes extends Partial<WatchTimes> {
  readonly auditEveryMs?: number
  /** How long an account that is followed by asking is waited for at once, in milliseconds. */
  readonly livePollMs?: number
}

export interface PullDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly locks: Pick<Locks, 'tryHold'>
  readonly providers: () => readonly Provider[]
  readonly accounts: Pick<Accounts, 'names' | 'linkOf'>
  readonly wakeIngest: () => void
  readonly times?: PullTimes
  /** The network does not take what we have of an account any more. */
  readonly refused: (accountId: string, detail: string) => Promise<void>
}

const defaultLivePollMs = 30_000
const auditsAtOnce = 8
const defaultAuditEveryMs = 600_000
/** An account on which nothing happens is audited so much more seldom. */
const idleRatio = 36
const lookMs = 1_000
/** What is new is told by a notice; this is for notices that were lost. */
const lookForAccountsMs = 60_000
const longestPauseMs = 30_000
const signsEveryMs = 5_000

/** An account to ask for, by our name of it. */
interface Asked {
  readonly provider: Provider
  readonly pull: Pull
  readonly id: string
  readonly restMs: number
}

/** What this process does for one set-up of a provider while it is the one that asks. */
interface Loop {
  readonly stop: () => Promise<void>
}

/**
 * Keeps asking the networks, account by account: always where nothing is pushed, now and then where pushes carry the same and
 * have to be audited, because they are known to lose events (`protocol/homeserver.md` 0.1). What comes goes through the same
 * door as a push, together with its cursor. One process of all asks; every process reports what it meets. `wake` looks for accounts
 * that are new.
 */
export function startPuller(deps: PullDeps): Worker {
  const { times = {} } = deps
  const { auditEveryMs = defaultAuditEveryMs } = times
  const loops = new Map<string, Loop>()
  const guards = new Map<string, Guard>()
  const signs = followSigns(deps)
  const audits = startVisits<Asked>({
    visit: (asked, signal) => audit(deps, asked, signal),
    failed: (key, failures, error) => tellFailure(deps, key, failures, error),
    restMs: ({ restMs }) => restMs,
    atOnce: auditsAtOnce,
  })
  let hold: Hold | undefined
  let lookAt = 0
  const worker = startWorker({ name: 'pull', idleMs: lookMs, log: deps.log, round })
  return {
    wake() {
      lookAt = 0
      worker.wake()
    },
    async stop() {
      signs.stop()
      await worker.stop()
      await Promise.all([audits.stop(), ...[...loops.values(), ...guards.values()].map((part) => part.stop())])
      await hold?.release()
    },
  }

  async function round(signal: AbortSignal): Promise<boolean> {
    signs.follow()
    if (hold?.lost.aborted !== false) {
      hold = await deps.locks.tryHold('pull')
      lookAt = 0
    }
    if (hold === undefined || performance.now() >= lookAt) {
      lookAt = performance.now() + lookForAccountsMs
      await look(hold === undefined ? [] : deps.providers())
    }
    for (const guard of guards.values()) await guard.look(signal)
    return false
  }

  /** What is audited is visited, with a guard over it; each account that is polled live has a loop. A provider that was set up anew begins anew. */
  async function look(providers: readonly Provider[]): Promise<void> {
    const live = new Map<string, Asked>()
    const audited = new Map<string, Asked>()
    const guarded = new Map<string, Provider>()
    for (const provider of providers) {
      const name = `${provider.name} ${generationOf(provider)}`
      const { pull, watch } = provider.intake
      if (watch !== undefined) guarded.set(name, provider)
      if (pull === undefined) continue
      for (const { id, external: _, is_active } of await deps.accounts.names(provider.name)) {
        const asked = { provider, pull, id, restMs: is_active ? auditEveryMs : auditEveryMs * idleRatio }
        if (pull.pace === 'audit') audited.set(`${name} ${id}`, asked)
        else live.set(`${name} ${id}`, asked)
      }
    }
    audits.keep(audited)
    await keepParts(loops, live, (key, asked) => startLoop(deps, key, asked))
    await keepParts(guards, guarded, guardOver)
  }

  function guardOver(name: string, provider: Provider): Guard {
    const watch = provider.intake.watch
    if (watch === undefined) throw new Error('nothing is pushed here')
    return startGuard(
      {
        ...deps,
        times: { ...defaultWatchTimes, ...times },
        audit: (accounts) => audits.hurry(accounts?.map((id) => `${name} ${id}`)),
      },
      provider,
      watch,
    )
  }
}

/** Starts what is missing and stops what is wanted no more. */
async function keepParts<W, P extends Loop>(
  parts: Map<string, P>,
  wanted: ReadonlyMap<string, W>,
  start: (key: string, what: W) => P,
): Promise<void> {
  const gone = [...parts].filter(([key]) => !wanted.has(key))
  for (const [key] of gone) parts.delete(key)
  for (const [key, what] of wanted) if (!parts.has(key)) parts.set(key, start(key, what))
  await Promise.all(gone.map(([, part]) => part.stop()))
}

/** Writes down the signs of trouble that this process meets, a swarm of them as one, whoever it is that answers them. */
function followSigns({ db, clock, log, providers }: PullDeps) {
  const followed = new Map<Provider, () => void>()
  const raisedAt = new Map<string, number>()
  const waiting = new Map<string, NodeJS.Timeout>()
  return {
    /** Those of the providers as they are set up now. */
    follow() {
      const present = providers()
      for (const [provider, stop] of followed) {
        if (present.includes(provider)) continue
        stop()
        followed.delete(provider)
      }
      for (const provider of present) {
        const { watch } = provider.intake
        if (watch === undefined || followed.has(provider)) continue
        followed.set(
          provider,
          watch.onSign((sign) => hear(provider.name, sign)),
        )
      }
    },
    stop() {
      for (const stop of followed.values()) stop()
      for (const timer of waiting.values()) clearTimeout(timer)
    },
  }

  function hear(provider: string, sign: string): void {
    if (waiting.has(provider)) return
    const wait = (raisedAt.get(provider) ?? 0) + signsEveryMs - clock()
    waiting.set(
      provider,
      setTimeout(() => void raise(provider, sign), Math.max(0, wait)),
    )
  }

  async function raise(provider: string, sign: string): Promise<void> {
    waiting.delete(provider)
    raisedAt.set(provider, clock())
    try {
      await raiseSuspicion(db, provider, sign, new Date(clock()))
    } catch (error) {
      log.warn({ provider, sign, error: messageOf(error) }, 'a sign of lost pushes could not be written down')
    }
  }
}

function startLoop(deps: PullDeps, key: string, asked: Asked): Loop {
  const stopping = new AbortController()
  const { signal } = stopping
  const waitMs = deps.times?.livePollMs ?? defaultLivePollMs
  const done = repeat(deps, key, async () => void (await poll(deps, asked, await linkTo(deps, asked.id), waitMs, signal)), signal)
  return {
    async stop() {
      stopping.abort()
      await done
    },
  }
}

/** Works until the signal aborts. Failures are waited out. */
async function repeat(deps: PullDeps, what: string, work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    try {
      await work()
      failures = 0
    } catch (error) {
      if (signal.aborted) return
      failures += 1
      await sleep(tellFailure(deps, what, failures, error), undefined, { signal }).catch(() => {})
    }
  }
}

/** How long to wait after so many failures in a row: longer and longer, with jitter. Not every one of them is worth a line. */
function tellFailure({ log }: PullDeps, what: string, failures: number, error: unknown): number {
  if (Number.isInteger(Math.log2(failures))) log.warn({ what, failures, error: messageOf(error) }, 'asking a network failed')
  const pause = Math.min(longestPauseMs, 500 * 2 ** Math.min(failures, 6))
  return pause / 2 + Math.random() * (pause / 2)
}

/** Asks until nothing more comes at once. */
async function audit(deps: PullDeps, asked: Asked, signal: AbortSignal): Promise<void> {
  const account = await linkTo(deps, asked.id)
  let more = true
  while (more) more = (await poll(deps, asked, account, 0, signal)) !== undefined
}

/** Opened anew each time: secrets are changed beside us, and those of thousands need not lie in memory. */
async function linkTo({ accounts }: PullDeps, id: string): Promise<AccountLink> {
  const link = await accounts.linkOf(id)
  if (link === undefined) throw new Error('the account is gone')
  return link
}

/** One request; what it brought is kept with its cursor. Undefined when that was nothing, or somebody else was quicker. */
export async function poll(
  deps: PullDeps,
  { provider, pull, id }: Asked,
  account: AccountLink,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<RawBatch | undefined> {
  const cursor = await findCursor(deps.db, provider.name, pull.streamOf(account))
  const batch = await pull.poll(account, cursor, timeoutMs, signal).catch(async (error: unknown) => {
    if (error instanceof AppError && error.code === 'channel_not_connected') await deps.refused(id, error.message)
    throw error
  })
  if (batch === null) return undefined
  const kept = await keepPolled(deps.db, provider.name, batch, cursor, new Date(deps.clock()))
  if (kept) deps.wakeIngest()
  return kept ? batch : undefined
}

/** Tells one set-up of a provider from the next. */
const generations = new WeakMap<Provider, number>()
let lastGeneration = 0
function generationOf(provider: Provider): number {
  const known = generations.get(provider)
  if (known !== undefined) return known
  lastGeneration += 1
  generations.set(provider, lastGeneration)
  return lastGeneration
}
