import { sql } from 'kysely'
import { AppError } from '../lib/errors.ts'
import type { FeedLine } from './read/events.ts'
import type { Db } from './schema.ts'

/** A place on the change feed (`settled.md` 8). */
export interface FeedPosition {
  readonly xid: bigint
  readonly id: bigint
}

/** The largest that PostgreSQL counts to. */
const largest = 2n ** 63n - 1n
const floorKey = 'feed_floor'

export function positionText({ xid, id }: FeedPosition): string {
  return `${xid}-${id}`
}

/** Throws invalid_request for what is no cursor of the feed. */
export function parsePosition(cursor: string): FeedPosition {
  const [, xid, id] = /^(\d{1,19})-(\d{1,19})$/.exec(cursor) ?? []
  const position = xid === undefined || id === undefined ? undefined : { xid: BigInt(xid), id: BigInt(id) }
  if (position === undefined || position.xid > largest || position.id > largest) {
    const detail = 'This is not a cursor of the event stream.'
    throw new AppError('invalid_request', detail, { fields: [{ pointer: '/query/after', code: 'cursor', detail }] })
  }
  return position
}

export function isAfter(one: FeedPosition, other: FeedPosition): boolean {
  return one.xid === other.xid ? one.id > other.id : one.xid > other.xid
}

interface Row extends FeedLine {
  /** No running transaction can still put a line before it. */
  readonly isSafe: boolean
}

/**
 * The lines after a position that no running transaction can still step before; `hiddenSince` is when the first of those was
 * made that are committed but must wait.
 */
export async function readFeed(db: Db, after: FeedPosition, limit: number): Promise<{ lines: FeedLine[]; hiddenSince: Date | undefined }> {
  const { rows } =
    await sql<Row>`select xid || '-' || id as cursor, type, object_id as "objectId", channel_id as "channelId", user_id as "userId",
      created_at as "createdAt", xid < pg_snapshot_xmin(pg_current_snapshot()) as "isSafe"
    from events where (xid, id) > (${after.xid.toString()}::xid8, ${after.id.toString()}::bigint)
    order by xid, id limit ${limit}`.execute(db)
  const lines = rows.filter((row) => row.isSafe)
  return { lines, hiddenSince: rows[lines.length]?.createdAt }
}

/**
 * Where the feed stands: `now` is before everything that is still to come, `floor` is the last line that was forgotten, `end` is
 * beyond every line.
 */
export async function readFeedEdges(db: Db): Promise<{ now: FeedPosition; floor: FeedPosition; end: FeedPosition }> {
  const { rows } = await sql<{ xmin: string; xmax: string; floor: { cursor: string } | null }>`
    select pg_snapshot_xmin(pg_current_snapshot())::text as xmin, pg_snapshot_xmax(pg_current_snapshot())::text as xmax,
      (select value from settings where key = ${floorKey}) as floor`.execute(db)
  const [row] = rows
  if (row === undefined) throw new Error('The database did not answer.')
  const floor = row.floor === null ? { xid: 0n, id: 0n } : parsePosition(row.floor.cursor)
  return { now: { xid: BigInt(row.xmin), id: 0n }, floor, end: { xid: BigInt(row.xmax), id: largest } }
}

/** Forgets at most `limit` of the lines made before a time, and notes how far, so that a cursor before that is refused; true when there may be more. */
export async function forgetEvents(db: Db, before: Date, limit: number): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ xid: string; id: string }>`delete from events where (xid, id) in
        (select xid, id from events where (xid, id) <= (select xid, id from events where created_at < ${before} order by created_at desc limit 1)
          order by xid, id limit ${limit})
      returning xid::text, id::text`.execute(tx)
    const last = rows
      .map((row) => ({ xid: BigInt(row.xid), id: BigInt(row.id) }))
      .reduce((one, other) => (isAfter(one, other) ? one : other), { xid: 0n, id: 0n })
    if (rows.length > 0) {
      await sql`insert into settings (key, value, updated_at) values (${floorKey}, ${JSON.stringify({ cursor: positionText(last) })}::jsonb, ${before})
        on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`.execute(tx)
    }
    return rows.length === limit
  })
}
