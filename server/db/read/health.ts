import { sql } from 'kysely'
import type { DeadLetter, Health } from '../../../contract/health.ts'
import type { DbOrTx } from '../schema.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest, present, presentTime } from './page.ts'

/** How things stand in the database, without what is costly to count. */
export async function readState(db: DbOrTx, now: Date) {
  const { rows } = await sql<{
    inbound_waiting: number
    inbound_seconds: number
    queued: number
    held: number
    sending: number
    outbox_seconds: number
    unconfirmed: number
    dead_letters: number
    not_understood: number
    deferred_events: number
    jobs_waiting: number
    jobs_failing: number
    database_bytes: number
  }>`select i.*, o.*, j.*,
      (select count(*) from messages where unconfirmed_since is not null and id in
        (select message_id from send_attempts where unconfirmed_since is not null))::int as unconfirmed,
      (select count(*) from dead_letters)::int as dead_letters,
      (select count(*) from not_understood)::int as not_understood,
      (select count(*) from deferred_events)::int as deferred_events,
      pg_database_size(current_database())::float8 as database_bytes
    from (select count(*)::int as inbound_waiting, coalesce(greatest(0, extract(epoch from ${now}::timestamptz - min(received_at))), 0)::float8 as inbound_seconds
        from inbound_batches where done_at is null) i,
      (select count(*) filter (where state = 'queued' and held_for is null)::int as queued, count(*) filter (where state = 'queued' and held_for is not null)::int as held,
        count(*) filter (where state <> 'queued')::int as sending,
        coalesce(greatest(0, extract(epoch from ${now}::timestamptz - min(not_before) filter (where state = 'queued'))), 0)::float8 as outbox_seconds from outbox) o,
      (select count(*)::int as jobs_waiting, count(*) filter (where error is not null)::int as jobs_failing from jobs) j`.execute(db)
  const [row] = rows
  if (row === undefined) throw new Error('the database answered nothing')
  return row
}

/** What was not sent, by its reason. */
export async function countFailed(db: DbOrTx, since: Date): Promise<Health['failed_24h']> {
  const { rows } = await sql<Health['failed_24h'][number]>`select coalesce(error ->> 'code', 'internal') as code, count(*)::int as count
    from messages where status = 'failed' and deleted_at is null and sent_at >= ${since} group by 1 order by 2 desc, 1`.execute(db)
  return rows
}

/** The files that are here. */
export async function measureMedia(db: DbOrTx): Promise<Health['media']> {
  const { rows } = await sql<Health['media']>`select count(*)::int as files, coalesce(sum(size_bytes), 0)::float8 as bytes
    from media where status = 'ready'`.execute(db)
  return rows[0] ?? { files: 0, bytes: 0 }
}

/** Every number with its state, those that want to be looked at first. */
export async function listChannelStates(db: DbOrTx): Promise<Health['channels']> {
  const rows = await db
    .selectFrom('channels')
    .select(['id', 'name', 'phone', 'status', 'status_since', 'status_detail', 'last_inbound_at'])
    .where('deleted_at', 'is', null)
    .orderBy(sql`status = 'connected'`)
    .orderBy('name')
    .execute()
  return rows.map(({ status_since, status_detail, last_inbound_at, ...row }) => ({
    ...row,
    status_since: status_since.toISOString(),
    ...present('status_detail', status_detail),
    ...presentTime('last_inbound_at', last_inbound_at),
  }))
}

/** What was put aside, the latest first, without what it says. */
export async function listDeadLetters(db: DbOrTx, { cursor, limit = defaultLimit }: PageRequest): Promise<Page<DeadLetter>> {
  const from = cursor === undefined ? sql`true` : sql`id < ${decodeCursor(cursor, ['micros'])[0]}::bigint`
  const { rows } = await sql<{
    id: string
    road: DeadLetter['road']
    kind: DeadLetter['kind']
    type: string | null
    error: string
    created_at: Date
  }>`select id::text, case when provider = 'cloud' then 'classical' else 'matrix' end as road,
      case when raw ? 'event' then 'event' when raw ? 'batch' then 'batch' else 'raw' end as kind,
      left(coalesce(raw -> 'event' ->> 'type', raw -> 'raw' ->> 'type', raw -> 'raw' ->> 'field'), 80) as type, error, created_at
    from dead_letters where ${from} order by id desc limit ${limit + 1}`.execute(db)
  return pageOf(
    rows,
    limit,
    (last) => encodeCursor([last.id]),
    (shown) => shown.map(({ type, created_at, ...row }) => ({ ...row, ...present('type', type), created_at: created_at.toISOString() })),
  )
}
