import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { SyncOutcome } from '../../../contract/matrix-account.ts'
import { loadFacts } from '../../db/inbound.ts'
import type { Db } from '../../db/schema.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
import type { Json } from '../../lib/json.ts'
import type { Provider, ProviderName, Pull, RawBatch, Task } from '../../providers/provider.ts'
import { type Actor, visibleChannelIds } from '../people/access.ts'
import type { Accounts } from '../linking/accounts.ts'
import { poll, type PullDeps } from './pull.ts'

export interface SyncNowDeps extends PullDeps {
  readonly accounts: Pick<Accounts, 'names' | 'linkOf' | 'find'>
  readonly findProvider: (name: ProviderName) => Provider | undefined
}
/** Asks the homeservers of this person's chats for what is new, and waits until that is applied (product.md 3). */
export type SyncNow = (actor: Actor) => Promise<SyncOutcome>

const atMostMs = 20_000
const lookEveryMs = 40
/** A task that follows pages goes on under its first name with the page behind it. */
const baseKey = (key: string) => key.replace(/:page-\d+$/, '')

/** Throws provider_unavailable where a homeserver does not answer. What the time did not suffice for goes on by itself. */
export function createSyncNow(deps: SyncNowDeps): SyncNow {
  const { db } = deps

  return async (actor) => {
    const deadline = performance.now() + atMostMs
    const signal = AbortSignal.timeout(atMostMs)
    const since = new Date(deps.clock())
    const asked = await listAsked(deps, actor)
    const gaps = new Set<string>()
    let isComplete = true
    for (const one of asked) {
      const tasks = await askAll(deps, one, signal).catch((error: unknown) => {
        if (!signal.aborted) throw toUnavailable(error)
        isComplete = false
        return []
      })
      for (const task of tasks) if (task.kind === 'fill_gap') gaps.add(task.key)
    }
    for (const one of asked) isComplete = (await settle(db, one, gaps, deadline)) && isComplete
    return { ...(await countSince(deps, actor, since)), gaps_filled: await countFilled(db, gaps), complete: isComplete }
  }
}

interface Asked {
  readonly id: string
  readonly external: string
  readonly provider: Provider
  readonly pull: Pull
  readonly restMs: number
}

/** The accounts behind the chats that the actor sees, and their own, that may have none yet. */
async function listAsked(deps: SyncNowDeps, actor: Actor): Promise<readonly Asked[]> {
  const visible = await visibleChannelIds(deps.db, actor)
  const { rows } = await sql<{ id: string }>`select id from accounts where external_id is not null and (
    (owner_type = 'user' and owner_id = ${actor.id}) or id in (select account_id from channels where id = any(${visible}::text[])))`.execute(
    deps.db,
  )
  const found = await Promise.all(rows.map(({ id }) => deps.accounts.find(id)))
  return found.flatMap((account) => {
    const provider = account === undefined ? undefined : deps.findProvider(account.provider)
    const pull = provider?.intake.pull
    if (account === undefined || provider === undefined || pull === undefined) return []
    return [{ id: account.id, external: account.link.external, provider, pull, restMs: 0 }]
  })
}

/** Asks until nothing more comes at once; returns what is to be done for what came. */
async function askAll(deps: SyncNowDeps, asked: Asked, signal: AbortSignal): Promise<readonly Task[]> {
  const link = await deps.accounts.linkOf(asked.id)
  if (link === undefined) return []
  const tasks: Task[] = []
  for (;;) {
    const batch = await poll(deps, asked, link, 0, signal)
    if (batch === undefined) return tasks
    tasks.push(...(await tasksOf(deps.db, asked.provider, batch)))
  }
}

async function tasksOf(db: Db, { name, intake }: Provider, batch: RawBatch): Promise<readonly Task[]> {
  const facts = new Map<string, Json>()
  const seen = new Set<string>()
  for (;;) {
    const missing = intake.factKeys(batch, facts).filter((key) => !seen.has(key))
    if (missing.length === 0) return intake.parse(batch, facts).tasks
    for (const key of missing) seen.add(key)
    for (const [key, value] of await loadFacts(db, name, missing)) facts.set(key, value)
  }
}

/** Waits until all that came is applied and what it asked for is done. Notes the gaps that are met on the way. False when time is over. */
async function settle(db: Db, { provider, external }: Asked, gaps: Set<string>, deadline: number): Promise<boolean> {
  while (performance.now() < deadline) {
    const { rows: jobs } = await sql<{ kind: string; key: string }>`select kind, key from jobs
      where starts_with(kind, ${`${provider.name}.`}) and payload ->> 'account' = ${external}`.execute(db)
    for (const { kind, key } of jobs) if (kind.endsWith('.fill_gap')) gaps.add(baseKey(key))
    const { rows: waiting } = await sql`select 1 from inbound_batches
      where provider = ${provider.name} and done_at is null limit 1`.execute(db)
    if (jobs.length === 0 && waiting.length === 0) return true
    await sleep(lookEveryMs)
  }
  return false
}

async function countFilled(db: Db, gaps: ReadonlySet<string>): Promise<number> {
  if (gaps.size === 0) return 0
  const { rows } = await sql<{ key: string }>`select key from jobs where kind like '%.fill_gap'`.execute(db)
  const open = new Set(rows.map(({ key }) => baseKey(key)))
  return [...gaps].filter((key) => !open.has(key)).length
}

/** What has appeared in this person's chats meanwhile, by the change feed. */
async function countSince({ db }: SyncNowDeps, actor: Actor, since: Date): Promise<Pick<SyncOutcome, 'rooms' | 'messages' | 'receipts'>> {
  const visible = await visibleChannelIds(db, actor)
  const { rows } = await sql<{ rooms: number; messages: number; receipts: number }>`select
      count(distinct e.object_id) filter (where e.type = 'conversation.created')::int as rooms,
      count(distinct e.object_id) filter (where e.type = 'message.created')::int as messages,
      count(distinct e.object_id) filter (where e.type = 'message.updated' and m.status in ('delivered', 'read', 'played'))::int as receipts
    from events e left join messages m on e.type = 'message.updated' and m.id = e.object_id and m.direction = 'outbound'
    where e.created_at >= ${since} and e.channel_id = any(${visible}::text[])
      and e.type in ('conversation.created', 'message.created', 'message.updated')`.execute(db)
  return rows[0] ?? { rooms: 0, messages: 0, receipts: 0 }
}

function toUnavailable(error: unknown): AppError {
  if (error instanceof AppError && error.code === 'channel_not_connected') return error
  return new AppError('provider_unavailable', `The homeserver did not answer: ${messageOf(error)}`, { cause: error })
}
