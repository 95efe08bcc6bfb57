import { setTimeout as sleep } from 'node:timers/promises'
import { findCursor, keepPolled } from '../db/inbound.ts'
import type { Db } from '../db/schema.ts'
import type { Clock } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { AccountLink, Provider } from '../providers/provider.ts'

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

export interface Puller {
  /** Asks for everything that there is, now, of all accounts; resolves when all have answered or failed. */
  sweep(): Promise<void>
  /** Looks for accounts that are new. */
  wake(): void
  stop(): Promise<void>
}

const livePollMs = 30_000
const auditsAtOnce = 8
const lookForAccountsMs = 5_000
const longestPauseMs = 30_000

/**
 * Keeps asking the networks, account by account: always where nothing is pushed, now and then where pushes carry the same and
 * have to be audited, because they are known to lose events (`protocol/homeserver.md` 0.1). What comes goes through the same
 * door as a push, together with its cursor.
 */
export function startPuller(deps: PullDeps): Puller {
  const stopping = new AbortController()
  const loops = new Map<string, { stop: AbortController; done: Promise<void> }>()
  let slots = auditsAtOnce
  const waiting: (() => void)[] = []
  let looking: Promise<void> = Promise.resolve()
  const timer = setInterval(() => void look(), lookForAccountsMs)
  void look()

  return {
    wake: () => void look(),
    async sweep() {
      for (const provider of deps.providers()) {
        const accounts = provider.intake.pull === undefined ? [] : await deps.listAccounts(provider.name)
        await Promise.all(accounts.map((account) => audit(provider, account, stopping.signal).catch(() => {})))
      }
    },
    async stop() {
      clearInterval(timer)
      stopping.abort()
      await looking
      await Promise.allSettled([...loops.values()].map((loop) => loop.done))
    },
  }

  function look(): Promise<void> {
    looking = looking.then(startMissing).catch((error: unknown) => deps.log.warn({ error: messageOf(error) }, 'could not list accounts to poll'))
    return looking
  }

  /** One loop for each account of each provider; a provider that was set up anew gets new loops. */
  async function startMissing(): Promise<void> {
    if (stopping.signal.aborted) return
    const wanted = new Map<string, { provider: Provider; account: AccountLink }>()
    for (const provider of deps.providers()) {
      const { pull } = provider.intake
      if (pull === undefined) continue
      for (const account of await deps.listAccounts(provider.name)) {
        wanted.set(`${provider.name} ${generationOf(provider)} ${pull.streamOf(account)}`, { provider, account })
      }
    }
    for (const [key, running] of loops) {
      if (wanted.has(key)) continue
      running.stop.abort()
      loops.delete(key)
    }
    for (const [key, { provider, account }] of wanted) {
      if (loops.has(key)) continue
      const stop = new AbortController()
      loops.set(key, { stop, done: loop(provider, account, AbortSignal.any([stop.signal, stopping.signal])) })
    }
  }

  async function loop(provider: Provider, account: AccountLink, signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      try {
        if (provider.intake.pull?.pace === 'live') await poll(provider, account, livePollMs, signal)
        else {
          await audit(provider, account, signal)
          await sleep(deps.auditEveryMs, undefined, { signal })
        }
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        failures += 1
        deps.log.warn({ provider: provider.name, failures, error: messageOf(error) }, 'polling an account failed')
        const pause = Math.min(longestPauseMs, 500 * 2 ** Math.min(failures, 6))
        await sleep(pause / 2 + Math.random() * (pause / 2), undefined, { signal }).catch(() => {})
      }
    }
  }

  /** Asks until nothing more comes at once. */
  async function audit(provider: Provider, account: AccountLink, signal: AbortSignal): Promise<void> {
    await takeSlot()
    try {
      while (await poll(provider, account, 0, signal));
    } finally {
      slots += 1
      waiting.shift()?.()
    }
  }

  async function takeSlot(): Promise<void> {
    while (slots <= 0) await new Promise<void>((resolve) => waiting.push(resolve))
    slots -= 1
  }

  /** One request. True when it brought something. */
  async function poll(provider: Provider, account: AccountLink, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    const { pull } = provider.intake
    if (pull === undefined) return false
    const cursor = await findCursor(deps.db, provider.name, pull.streamOf(account))
    const batch = await pull.poll(account, cursor, timeoutMs, signal)
    if (batch === null) return false
    const kept = await keepPolled(deps.db, provider.name, batch, cursor, new Date(deps.clock()))
    if (kept) deps.wakeIngest()
    return kept
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
