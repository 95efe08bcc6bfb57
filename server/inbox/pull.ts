import { setTimeout as sleep } from 'node:timers/promises'
import { findCursor, keepPolled } from '../db/inbound.ts'
import type { Db } from '../db/schema.ts'
import type { Clock } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { startWorker, type Worker } from '../lib/worker.ts'
import type { AccountLink, Provider, Pull, Push } from '../providers/provider.ts'
import type { Accounts } from './accounts.ts'
import { startVisits } from './visits.ts'

export interface PullDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly providers: () => readonly Provider[]
  readonly accounts: Pick<Accounts, 'names' | 'linkOf'>
  readonly wakeIngest: () => void
  /** How long one account rests between two audits, in milliseconds. */
  readonly auditEveryMs: number
}

const livePollMs = 30_000
const auditsAtOnce = 8
const lookForAccountsMs = 5_000
const longestPauseMs = 30_000

/** An account to ask for, by our name of it. */
interface Asked {
  readonly provider: Provider
  readonly pull: Pull
  readonly id: string
}

/**
 * Keeps asking the networks, account by account: always where nothing is pushed, now and then where pushes carry the same and
 * have to be audited, because they are known to lose events (`protocol/homeserver.md` 0.1). What comes goes through the same
 * door as a push, together with its cursor. Networks that push are asked to go on with it. `wake` looks for accounts that are new.
 */
export function startPuller(deps: PullDeps): Worker {
  const loops = new Map<string, { readonly stop: AbortController; readonly done: Promise<void> }>()
  const audits = startVisits<Asked>({
    visit: (asked, signal) => audit(deps, asked, signal),
    failed: (key, failures, error) => tellFailure(deps, key, failures, error),
    restMs: deps.auditEveryMs,
    atOnce: auditsAtOnce,
  })
  const worker = startWorker({ name: 'pull', idleMs: lookForAccountsMs, log: deps.log, round })
  return {
    wake: worker.wake,
    async stop() {
      await worker.stop()
      for (const { stop } of loops.values()) stop.abort()
      await Promise.all([audits.stop(), ...[...loops.values()].map(({ done }) => done)])
    },
  }

  /** What is audited is visited; each account that is polled live has a loop, and so have the pushes. A provider that was set up anew begins anew. */
  async function round(): Promise<boolean> {
    const live = new Map<string, (signal: AbortSignal) => Promise<void>>()
    const audited = new Map<string, Asked>()
    for (const provider of deps.providers()) {
      const name = `${provider.name} ${generationOf(provider)}`
      const { pull, push } = provider.intake
      if (push?.nudge !== undefined) live.set(`${name} push`, (signal) => nudge(deps, push, signal))
      if (pull === undefined) continue
      for (const { id, external } of await deps.accounts.names(provider.name)) {
        const asked = { provider, pull, id }
        if (pull.pace === 'audit') audited.set(`${name} ${external}`, asked)
        else live.set(`${name} ${external}`, async (signal) => void (await poll(deps, asked, await linkTo(deps, id), livePollMs, signal)))
      }
    }
    audits.keep(audited)
    for (const [key, { stop }] of loops) {
      if (live.has(key)) continue
      stop.abort()
      loops.delete(key)
    }
    for (const [key, work] of live) {
      if (loops.has(key)) continue
      const stop = new AbortController()
      loops.set(key, { stop, done: repeat(deps, key, () => work(stop.signal), stop.signal) })
    }
    return false
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

/** How long to wait after so many failures in a row: longer and longer, with jitter. */
function tellFailure({ log }: PullDeps, what: string, failures: number, error: unknown): number {
  log.warn({ what, failures, error: messageOf(error) }, 'asking a network failed')
  const pause = Math.min(longestPauseMs, 500 * 2 ** Math.min(failures, 6))
  return pause / 2 + Math.random() * (pause / 2)
}

async function nudge(deps: PullDeps, push: Push, signal: AbortSignal): Promise<void> {
  await push.nudge?.(signal)
  await sleep(deps.auditEveryMs, undefined, { signal })
}

/** Asks until nothing more comes at once. */
async function audit(deps: PullDeps, asked: Asked, signal: AbortSignal): Promise<void> {
  const account = await linkTo(deps, asked.id)
  let more = true
  while (more) more = await poll(deps, asked, account, 0, signal)
}

/** Opened anew each time: secrets are changed beside us, and those of thousands need not lie in memory. */
async function linkTo({ accounts }: PullDeps, id: string): Promise<AccountLink> {
  const link = await accounts.linkOf(id)
  if (link === undefined) throw new Error('the account is gone')
  return link
}

/** One request. True when it brought something. */
async function poll(
  deps: PullDeps,
  { provider, pull }: Asked,
  account: AccountLink,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const cursor = await findCursor(deps.db, provider.name, pull.streamOf(account))
  const batch = await pull.poll(account, cursor, timeoutMs, signal)
  if (batch === null) return false
  const kept = await keepPolled(deps.db, provider.name, batch, cursor, new Date(deps.clock()))
  if (kept) deps.wakeIngest()
  return kept
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
