import { sql } from 'kysely'
import { moveAhead, TooLongToJoin } from '../db/conversation-merges.ts'
import { appendDeadLetters, type DeadLetter } from '../db/dead-letters.ts'
import { defer, emptyBatches, listWaitingBatches, lockIngest, markBatchesDone, releaseDeferred, rememberFacts } from '../db/inbound.ts'
import { insertJobsOnce } from '../db/jobs.ts'
import { keepNotUnderstood } from '../db/not-understood.ts'
import { isDataError } from '../db/rows.ts'
import type { Db, Tx } from '../db/schema.ts'
import { transact } from '../db/transact.ts'
import type { Clock } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import type { Json } from '../lib/json.ts'
import type { Log } from '../lib/log.ts'
import type { Metrics } from '../lib/metrics.ts'
import type { InboundEvent, Parsed, Provider } from '../providers/provider.ts'
import { type ApplyDeps, applyEvents } from './apply/apply.ts'
import { eventsAtOnce, read, type Reading } from './reading.ts'
import { taskJob } from './tasks.ts'

/** What is read at once holds about as many, so that little is read in vain. */
const mostAtOnce = { batches: 50, bytes: 200_000 }

export interface IngestDeps extends ApplyDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly metrics?: Pick<Metrics, 'count'>
}

/**
 * Applies the oldest kept batches of a provider: pure parsing first, then rows, facts, tasks and feed in one transaction. False
 * when nothing is left waiting, or another process is at it. What the database refuses is isolated event by event and put aside as
 * a dead letter, so that its neighbours are never held up.
 */
export async function drain(deps: IngestDeps, provider: Provider): Promise<boolean> {
  try {
    return await drainSomehow(deps, provider)
  } catch (error) {
    if (!(error instanceof TooLongToJoin)) throw error
    await moveAhead(deps.db, error)
    return true
  }
}

async function drainSomehow(deps: IngestDeps, provider: Provider): Promise<boolean> {
  try {
    return await drainOnce(deps, provider, mostAtOnce, 'together')
  } catch (error) {
    if (!isRefused(error)) throw error
    deps.log.warn({ provider: provider.name, error: messageOf(error) }, 'a batch was refused; applying it event by event')
    return drainOnce(deps, provider, { ...mostAtOnce, batches: 1 }, 'isolated')
  }
}

async function drainOnce(deps: IngestDeps, provider: Provider, most: typeof mostAtOnce, manner: Manner): Promise<boolean> {
  let reading: Reading | undefined
  const outcome: Outcome = { resolved: new Set(), left: new Set() }
  for (let start = 0; ; start += eventsAtOnce) {
    const state = await transact(deps.db, async (tx): Promise<'unfinished' | 'more' | 'done'> => {
      if (!(await lockIngest(tx, provider.name))) return 'done'
      reading ??= await read(tx, provider, await listWaitingBatches(tx, provider.name, most))
      if (reading.batches.length === 0) return 'done'
      const now = new Date(deps.clock())
      const dead = await apply[manner](deps, tx, provider.name, reading.events.slice(start, start + eventsAtOnce), now, outcome)
      await appendDeadLetters(tx, provider.name, dead, now)
      if (start + eventsAtOnce < reading.events.length) return 'unfinished'
      await finish(tx, provider.name, reading, outcome, now)
      return reading.more ? 'more' : 'done'
    })
    countEvents(deps, provider.name, reading?.events.slice(start, start + eventsAtOnce) ?? [])
    if (state !== 'unfinished') return state === 'more'
  }
}

function countEvents({ metrics }: IngestDeps, provider: string, events: readonly InboundEvent[]): void {
  for (const { type } of events) metrics?.count('mistok_inbound_events_total', { provider, type })
}

type Manner = 'together' | 'isolated'
/** What applying has taught besides, over all transactions of one reading: keys of what need wait no longer. */
interface Outcome {
  readonly resolved: Set<string>
  readonly left: Set<InboundEvent>
}
type Apply = (
  deps: IngestDeps,
  tx: Tx,
  provider: string,
  events: readonly InboundEvent[],
  now: Date,
  outcome: Outcome,
) => Promise<readonly DeadLetter[]>

const apply: Readonly<Record<Manner, Apply>> = {
  async together(deps, tx, provider, events, now, outcome) {
    if (events.length > 0) note(outcome, await applyEvents(deps, tx, provider, events, now))
    return []
  },
  async isolated(deps, tx, provider, events, now, outcome) {
    const dead: DeadLetter[] = []
    for (const event of events) {
      await sql`savepoint one_event`.execute(tx)
      try {
        const applied = await applyEvents(deps, tx, provider, [event], now)
        await sql`release savepoint one_event`.execute(tx)
        note(outcome, applied)
      } catch (error) {
        if (!isRefused(error)) throw error
        await sql`rollback to savepoint one_event`.execute(tx)
        dead.push({ raw: { event: event as unknown as Json }, error: messageOf(error) })
      }
    }
    return dead
  },
}

function note(outcome: Outcome, applied: Awaited<ReturnType<typeof applyEvents>>): void {
  for (const key of applied.resolved) outcome.resolved.add(key)
  for (const event of applied.left) outcome.left.add(event)
}

/** Whether the same event would be refused again: by the database for its data, or by our own code. */
function isRefused(error: unknown): boolean {
  if (error instanceof TooLongToJoin) return false
  const isConnection = error instanceof Error && ('code' in error || /connection|terminat|timeout/i.test(error.message))
  return isDataError(error) || !isConnection
}

/** Writes what goes with the events: facts, tasks, what waits, what cannot be read; and marks the batches done. */
async function finish(tx: Tx, provider: string, { parsed, batches, broken }: Reading, outcome: Outcome, now: Date): Promise<void> {
  const items = parsed.flatMap((one) => one.items)
  const dead = items.filter((item) => item.type === 'dead').map((item) => ({ raw: { raw: item.raw }, error: item.error }))
  if (
    !(await markBatchesDone(
      tx,
      batches.map((batch) => batch.id),
      now,
    ))
  )
    return
  await appendDeadLetters(tx, provider, [...broken, ...dead], now)
  const bare = new Set(parsed.filter((one) => one.items.some((item) => outcome.left.has(item as InboundEvent))))
  await emptyBatches(
    tx,
    batches.filter((_, at) => bare.has(parsed[at] as Parsed)).map((batch) => batch.id),
  )
  const unknown = parsed.filter((one) => !bare.has(one)).flatMap((one) => one.items.filter((item) => item.type === 'unknown'))
  await keepNotUnderstood(
    tx,
    provider,
    unknown.map(({ id, raw }) => ({ external_id: id, message_id: null, raw })),
    now,
  )
  await defer(
    tx,
    provider,
    items.filter((item) => item.type === 'deferred'),
    now,
  )
  await rememberFacts(
    tx,
    provider,
    parsed.flatMap((one) => one.facts),
  )
  await releaseDeferred(tx, provider, [...parsed.flatMap((one) => one.resolved), ...outcome.resolved], now)
  await insertJobsOnce(
    tx,
    parsed.flatMap((one) => one.tasks).map((task) => taskJob(provider, task)),
    now,
  )
}
