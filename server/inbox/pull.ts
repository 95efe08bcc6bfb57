import { setTimeout as sleep } from 'node:timers/promises'
import { findCursor, keepPolled } from '../db/inbound.ts'
import type { Db } from '../db/schema.ts'
import type { Clock } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { startWorker, type Worker } from '../lib/worker.ts'
import type { AccountLink, Provider, Push } from '../providers/provider.ts'

export interface PullDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly providers: () => readonly Provider[]
  readonly listAccounts: (provider: string) => Promise<readonly AccountLink[]>
  readonly wakeIngest: () => void
  /** How long one account rests between two audits, in milliseconds. */
  readonly auditEveryMs: number
}

const livePollMs = 30_000
const auditsAtOnce = 8
const lookForAccountsMs = 5_000
const longestPauseMs = 30_000

/**
 * Keeps asking the networks, account by account: always where nothing is pushed, now and then where pushes carry the same and
 * have to be audited, because they are known to lose events (`protocol/homeserver.md` 0.1). What comes goes through the same
 * door as a push, together with its cursor. Networks that push are asked to go on with it. `wake` looks for accounts that are new.
 */
export function startPuller(deps: PullDeps): Worker {
  const loops = new Map<string, { readonly stop: AbortController; readonly done: Promise<void> }>()
  const takeTurn = createTurns(auditsAtOnce)
  const worker = startWorker({ name: 'pull', idleMs: lookForAccountsMs, log: deps.log, round })
  return {
    wake: worker.wake,
    async stop() {
      await worker.stop()
      for (const { stop } of loops.values()) stop.abort()
      await Promise.all([...loops.values()].map(({ done }) => done))
    },
  }

  /** One loop for each account of each provider, and one for its pushes; a provider that was set up anew gets new loops. */
  async function round(): Promise<boolean> {
    const wanted = new Map<string, (signal: AbortSignal) => Promise<void>>()
    for (const provider of deps.providers()) {
      const name = `${provider.name} ${generationOf(provider)}`
      const { pull, push } = provider.intake
      if (push?.nudge !== undefined) wanted.set(`${name} push`, (signal) => nudge(deps, push, signal))
      if (pull === undefined) continue
      for (const account of await deps.listAccounts(provider.name)) {
        wanted.set(`${name} ${pull.streamOf(account)}`, (signal) => ask(deps, takeTurn, provider, account, signal))
      }
    }
    for (const [key, { stop }] of loops) {
      if (wanted.has(key)) continue
      stop.abort()
      loops.delete(key)
    }
    for (const [key, work] of wanted) {
      if (loops.has(key)) continue
      const stop = new AbortController()
      loops.set(key, { stop, done: repeat(deps, key, () => work(stop.signal), stop.signal) })
    }
    return false
  }
}

/** Works until the signal aborts. Failures are waited out, longer and longer, with jitter. */
async function repeat(deps: PullDeps, what: string, work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    try {
      await work()
      failures = 0
    } catch (error) {
      if (signal.aborted) return
      failures += 1
      deps.log.warn({ what, failures, error: messageOf(error) }, 'asking a network failed')
      const pause = Math.min(longestPauseMs, 500 * 2 ** Math.min(failures, 6))
      await sleep(pause / 2 + Math.random() * (pause / 2), undefined, { signal }).catch(() => {})
    }
  }
}

async function ask(deps: PullDeps, takeTurn: Turns, provider: Provider, account: AccountLink, signal: AbortSignal): Promise<void> {
  if (provider.intake.pull?.pace === 'live') {
    await poll(deps, provider, account, livePollMs, signal)
    return
  }
  await takeTurn(() => audit(deps, provider, account, signal))
  await sleep(deps.auditEveryMs, undefined, { signal })
}

async function nudge(deps: PullDeps, push: Push, signal: AbortSignal): Promise<void> {
  await push.nudge?.(signal)
  await sleep(deps.auditEveryMs, undefined, { signal })
}

/** Asks until nothing more comes at once. */
async function audit(deps: PullDeps, provider: Provider, account: AccountLink, signal: AbortSignal): Promise<void> {
  let more = true
  while (more) more = await poll(deps, provider, account, 0, signal)
}

/** One request. True when it brought something. */
async function poll(deps: PullDeps, provider: Provider, account: AccountLink, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  const { pull } = provider.intake
  if (pull === undefined) return false
  const cursor = await findCursor(deps.db, provider.name, pull.streamOf(account))
  const batch = await pull.poll(account, cursor, timeoutMs, signal)
  if (batch === null) return false
  const kept = await keepPolled(deps.db, provider.name, batch, cursor, new Date(deps.clock()))
  if (kept) deps.wakeIngest()
  return kept
}

type Turns = (work: () => Promise<void>) => Promise<void>

/** Lets at most so many work at once; the others wait in the order in which they came. */
function createTurns(atOnce: number): Turns {
  let free = atOnce
  const waiting: (() => void)[] = []
  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
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
