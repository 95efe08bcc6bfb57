import { type ChannelRow, listLiveChannels } from '../../db/channels.ts'
import type { Hold, Locks } from '../../db/locks.ts'
import { listOpenLogins } from '../../db/logins.ts'
import type { Db } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { startWorker } from '../../lib/worker.ts'
import type { LinkedPhone, Provider } from '../../providers/provider.ts'
import type { Account, Accounts } from '../linking/accounts.ts'
import type { Channels } from './channels.ts'
import { judgeTraffic } from './silence.ts'

export interface ChannelHealthDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly locks: Pick<Locks, 'tryHold'>
  readonly accounts: Pick<Accounts, 'list' | 'names'>
  readonly channels: Pick<Channels, 'attach' | 'applyStatus'>
  readonly providers: () => readonly Provider[]
  /** From the end of one round to the next, in milliseconds. */
  readonly everyMs?: number
}
/** Keeps the state of linked numbers true, whatever pushes were lost (`protocol/bridge.md` 7.2). */
export interface ChannelHealth {
  /** Looks now rather than at its time. */
  wake(): void
  stop(): Promise<void>
}

const atOnce = 8
/** So many failures in a row, and the bridge counts as away. */
const patience = 3
type State = Pick<LinkedPhone, 'status' | 'detail'>
const awayOf = ({ numbers }: Provider): State => ({ status: 'degraded', detail: numbers.words.away })
const goneOf = ({ numbers }: Provider): State => ({ status: 'logged_out', detail: numbers.words.gone })

export function startChannelHealth(deps: ChannelHealthDeps): ChannelHealth {
  const watch: Watch = { deps, failures: new Map(), strangers: new Set() }
  let hold: Hold | undefined
  const worker = startWorker({ name: 'channel health', idleMs: deps.everyMs ?? 45_000, log: deps.log, round })
  return {
    wake: worker.wake,
    async stop() {
      await worker.stop()
      await hold?.release()
    },
  }

  /** One process of all looks; it stays the same one until it ends. */
  async function round(signal: AbortSignal): Promise<boolean> {
    if (hold?.lost.aborted !== false) hold = await deps.locks.tryHold('channel health')
    if (hold === undefined) return false
    for (const provider of deps.providers()) {
      await lookAfter(watch, provider, signal)
      await judgeTraffic(deps, provider.name)
    }
    return false
  }
}

/** What is remembered from round to round. */
interface Watch {
  readonly deps: ChannelHealthDeps
  /** Failures in a row, by account; by provider, how often its bridge was not ready. */
  readonly failures: Map<string, number>
  /** Numbers without a channel that the last round met. */
  strangers: ReadonlySet<string>
}

/** Page by page, so that thousands of accounts with their secrets are never at hand at once. */
async function lookAfter(watch: Watch, provider: Provider, signal: AbortSignal): Promise<void> {
  const { db, accounts } = watch.deps
  if (await isAway(watch, provider)) return markAllAway(watch, provider)
  const busy = new Set((await listOpenLogins(db)).map((open) => open.account_id))
  const strangers = new Set<string>()
  for (
    let page = await accounts.list(provider.name);
    page.length > 0 && !signal.aborted;
    page = await accounts.list(provider.name, page.at(-1)?.id)
  ) {
    await lookAtEach(watch, provider, page, { busy, strangers, signal })
  }
  watch.strangers = strangers
}

/** The process says so, several times in a row: then nobody need be asked for one by one (`protocol/bridge.md` 7.2). */
async function isAway({ failures }: Watch, provider: Provider): Promise<boolean> {
  const isReady = await (provider.numbers.isReady?.() ?? true)
  const unready = isReady ? 0 : (failures.get(provider.name) ?? 0) + 1
  failures.set(provider.name, unready)
  return unready >= patience
}

async function markAllAway(watch: Watch, provider: Provider): Promise<void> {
  const accounts = (await watch.deps.accounts.names(provider.name)).map(({ id }) => id)
  for (const channel of await listLiveChannels(watch.deps.db, accounts)) await markLost(watch, provider, channel, awayOf(provider))
}

interface Round {
  /** Accounts with an open login, which looks after its own phone. */
  readonly busy: ReadonlySet<string>
  readonly strangers: Set<string>
  readonly signal: AbortSignal
}

async function lookAtEach(watch: Watch, provider: Provider, accounts: readonly Account[], round: Round): Promise<void> {
  const { db, log } = watch.deps
  const { busy, strangers, signal } = round
  const channels = Map.groupBy(
    await listLiveChannels(
      db,
      accounts.map((account) => account.id),
    ),
    (channel) => channel.account_id,
  )
  const rest = accounts.values()
  const lane = async () => {
    for (const account of rest) {
      if (signal.aborted) return
      try {
        await lookAt(account)
      } catch (error) {
        log.warn({ account: account.id, error: messageOf(error) }, 'an account could not be looked after')
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))

  async function lookAt(account: Account): Promise<void> {
    const own = channels.get(account.id) ?? []
    const phones = await ask(watch, provider, account)
    if (phones === undefined) {
      if ((watch.failures.get(account.id) ?? 0) < patience) return
      for (const channel of own) await markLost(watch, provider, channel, awayOf(provider))
      return
    }
    if ('status' in phones) {
      for (const channel of own) await markLost(watch, provider, channel, phones)
      return
    }
    for (const channel of own) await compare(watch, provider, channel, phones)
    // Where nobody links phones, an admin says which numbers are taken in.
    if (busy.has(account.id) || provider.login === undefined) return
    for (const phone of phones) {
      if (phone.status === 'logged_out' || own.some((channel) => channel.external_id === phone.external)) continue
      const key = `${account.id} ${phone.external}`
      strangers.add(key)
      if (watch.strangers.has(key)) await adopt(watch, provider, account, phone)
    }
  }
}

/** The phones, or why nothing can be done as this account; undefined where nobody answers. */
async function ask({ deps, failures }: Watch, provider: Provider, account: Account): Promise<readonly LinkedPhone[] | State | undefined> {
  try {
    const phones = await provider.numbers.list(account.link)
    failures.delete(account.id)
    return phones
  } catch (error) {
    failures.set(account.id, (failures.get(account.id) ?? 0) + 1)
    deps.log.warn({ account: account.id, error: messageOf(error) }, 'could not ask for the state of an account')
    if (error instanceof AppError && toBeSetRight.has(error.code)) return { status: 'degraded', detail: error.message }
    return undefined
  }
}

/** What an operator has to set right says so in its own words. */
const toBeSetRight: ReadonlySet<string> = new Set(['not_configured', 'channel_not_connected', 'conflict', 'rate_limited'])

async function markLost(watch: Watch, provider: Provider, channel: ChannelRow, why: State): Promise<void> {
  if (channel.status !== 'logged_out' && channel.status !== 'banned') await setState(watch, provider, channel, why)
}

async function compare(watch: Watch, provider: Provider, channel: ChannelRow, phones: readonly LinkedPhone[]): Promise<void> {
  const phone = phones.find(({ external }) => external === channel.external_id)
  if (phone !== undefined) await setState(watch, provider, channel, phone)
  else if (channel.status !== 'logged_out') await setState(watch, provider, channel, goneOf(provider))
}

async function setState({ deps }: Watch, provider: Provider, channel: ChannelRow, state: State): Promise<void> {
  const { status, detail } = state
  if (channel.status === status && channel.status_detail === (detail ?? null)) return
  const now = new Date(deps.clock())
  const event = {
    type: 'channel',
    channel: channel.external_id,
    at: now.toISOString(),
    status,
    ...(detail === undefined ? {} : { detail }),
  } as const
  await transact(deps.db, (tx) => deps.channels.applyStatus(tx, provider.name, event, now))
}

/**
 * A phone that was linked from elsewhere, or whose login we lost sight of, gets its channel. Only when two rounds in a row have
 * met it: one may have seen an answer that was on its way while the number was deleted here.
 */
async function adopt({ deps }: Watch, provider: Provider, account: Account, phone: LinkedPhone): Promise<void> {
  const result = await transact(deps.db, (tx) => deps.channels.attach(tx, { provider, account, phone }))
  deps.log.info({ account: account.id, result: result.type }, 'a phone without a channel was found')
}
