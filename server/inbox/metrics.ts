import { sql } from 'kysely'
import type { DbOrTx } from '../db/schema.ts'
import { gaugeText, type Metrics, type Sample } from '../lib/metrics.ts'

interface Waiting {
  readonly inbound_waiting: number
  readonly inbound_oldest_seconds: number
  readonly outbox_oldest_seconds: number
  readonly deferred_events: number
  readonly dead_letters: number
  readonly not_understood: number
  readonly jobs_failing: number
}
type Counts = readonly { readonly [label: string]: string | number; readonly count: number }[]

/** All that `/metrics` shows: what this process has counted, and how things stand in the database for all processes. */
export async function readMetrics(deps: {
  db: DbOrTx
  metrics: Metrics
  feedLagSeconds: () => number
  now: () => number
}): Promise<string> {
  const { db, metrics, feedLagSeconds, now } = deps
  const at = new Date(now())
  const [waiting, outbox, jobs, channels] = await Promise.all([
    readWaiting(db, at),
    readCounts(db, sql`select state, count(*)::int as count from outbox group by state`),
    readCounts(db, sql`select kind, count(*)::int as count from jobs group by kind`),
    readCounts(db, sql`select provider, status, count(*)::int as count from channels where deleted_at is null group by provider, status`),
  ])
  const { rss, heapUsed, external } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const one = (value: number): readonly Sample[] => [{ value }]
  return [
    metrics.text(),
    gaugeText('mistok_inbound_batches_waiting', 'Received and not read yet.', one(waiting.inbound_waiting)),
    gaugeText('mistok_inbound_lag_seconds', 'How long the oldest of them has waited.', one(waiting.inbound_oldest_seconds)),
    gaugeText('mistok_outbox_messages', 'Messages on their way out, by state.', samplesOf(outbox)),
    gaugeText(
      'mistok_outbox_lag_seconds',
      'For how long the message that is due longest has been due.',
      one(waiting.outbox_oldest_seconds),
    ),
    gaugeText('mistok_jobs_waiting', 'Durable jobs that are not done, by kind.', samplesOf(jobs)),
    gaugeText('mistok_jobs_failing', 'Those of them that have failed before.', one(waiting.jobs_failing)),
    gaugeText('mistok_deferred_events', 'Events that wait for something to be known.', one(waiting.deferred_events)),
    gaugeText('mistok_dead_letters', 'Events that could not be stored.', one(waiting.dead_letters)),
    gaugeText('mistok_not_understood', 'What could not be read and is kept.', one(waiting.not_understood)),
    gaugeText('mistok_channels', 'Numbers, by road and status.', samplesOf(channels)),
    gaugeText('mistok_feed_lag_seconds', 'How long the oldest change waits for a transaction to end.', one(feedLagSeconds())),
    gaugeText('process_resident_memory_bytes', 'Memory of this process.', one(rss)),
    gaugeText('nodejs_heap_used_bytes', 'Its JavaScript objects.', one(heapUsed)),
    gaugeText('nodejs_external_memory_bytes', 'Its buffers.', one(external)),
    gaugeText('process_cpu_seconds', 'Processor time of this process.', one((user + system) / 1e6)),
    gaugeText('process_uptime_seconds', 'Since when this process runs.', one(process.uptime())),
  ].join('')
}

async function readWaiting(db: DbOrTx, at: Date): Promise<Waiting> {
  const { rows } = await sql<Waiting>`select
      (select count(*) from inbound_batches where done_at is null)::int as inbound_waiting,
      coalesce((select extract(epoch from ${at}::timestamptz - min(received_at)) from inbound_batches where done_at is null), 0)::float8 as inbound_oldest_seconds,
      coalesce((select greatest(0, extract(epoch from ${at}::timestamptz - min(not_before))) from outbox where state = 'queued'), 0)::float8 as outbox_oldest_seconds,
      (select count(*) from deferred_events)::int as deferred_events,
      (select count(*) from dead_letters)::int as dead_letters,
      (select count(*) from not_understood)::int as not_understood,
      (select count(*) from jobs where error is not null)::int as jobs_failing`.execute(db)
  const [row] = rows
  if (row === undefined) throw new Error('the database answered nothing')
  return row
}

async function readCounts(db: DbOrTx, query: ReturnType<typeof sql>): Promise<Counts> {
  return (await query.execute(db)).rows as unknown as Counts
}

function samplesOf(counts: Counts): readonly Sample[] {
  return counts.map(({ count, ...labels }) => ({ labels: labels as Record<string, string>, value: count }))
}
