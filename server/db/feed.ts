import { sql } from 'kysely'
import { AppError } from '../lib/errors.ts'
import type { FeedLine } from './read/events.ts'
import type { Db, Tx } from './schema.ts'

/** A place on the change feed (`settled.md` 8). */
export interface FeedPosition {
  readonly xid: bigint
  readonly id: bigint
  /** Of which restored database it is a place; '' for one that never was restored. */
  readonly mark: string
}

/** The largest that PostgreSQL counts to. */
const largest = 2n ** 63n - 1n
const floorKey = 'feed_floor'
/** A restored database counts anew: by its mark, places of the one that was are told from its own. */
const markKey = 'feed_mark'
const markSuffix = sql<string>`(select coalesce((select '-' || (value ->> 'mark') from settings where key = ${markKey}), ''))`

export function positionText({ xid, id, mark }: FeedPosition): string {
  return mark === '' ? `${xid}-${id}` : `${xid}-${id}-${mark}`
}

/** Throws invalid_request for what is no cursor of the feed. */
export function parsePosition(cursor: string): FeedPosition {
  const [, xid, id, mark = ''] = /^(\d{1,19})-(\d{1,19})(?:-([0-9a-f]{8}))?$/.exec(cursor) ?? []
  const position = xid === undefined || id === undefined ? undefined : { xid: BigInt(xid), id: BigInt(id), mark }
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
    await sql<Row>`select xid || '-' || id || ${markSuffix} as cursor, type, object_id as "objectId", channel_id as "channelId", user_id as "userId",
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
  const { rows } = await sql<{ xmin: string; xmax: string; floor: { cursor: string } | null; suffix: string }>`
    select pg_snapshot_xmin(pg_current_snapshot())::text as xmin, pg_snapshot_xmax(pg_current_snapshot())::text as xmax,
      (select value from settings where key = ${floorKey}) as floor, ${markSuffix} as suffix`.execute(db)
  const [row] = rows
  if (row === undefined) throw new Error('The database did not answer.')
  const mark = row.suffix.slice(1)
  const floor = row.floor === null ? { xid: 0n, id: 0n, mark } : { ...parsePosition(row.floor.cursor), mark }
  return { now: { xid: BigInt(row.xmin), id: 0n, mark }, floor, end: { xid: BigInt(row.xmax), id: largest, mark } }
}

/** Makes every place of before one of another database; `mark` is eight hexadecimal digits that it never had. Lines that are there are forgotten. */
export async function beginFeedAnew(tx: Tx, mark: string, now: Date): Promise<void> {
  const { now: position } = await readFeedEdges(tx as unknown as Db)
  for (const [key, value] of [
    [floorKey, { cursor: positionText({ ...position, mark: '' }) }],
    [markKey, { mark }],
  ] as const)
    await sql`insert into settings (key, value, updated_at) values (${key}, ${JSON.stringify(value)}::jsonb, ${now})
      on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`.execute(tx)
}

/** Forgets at most `limit` of the lines made before a time, and notes how far, so that a cursor before that is refused; true when there may be more. */
export async function forgetEvents(db: Db, before: Date, limit: number): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ xid: string; id: string }>`delete from events where (xid, id) in
        (select xid, id from events where (xid, id) <= (select xid, id from events where created_at < ${before} order by created_at desc limit 1)
          order by xid, id limit ${limit})
      returning xid::text, id::text`.execute(tx)
    const last = rows
      .map((row) => ({ xid: BigInt(row.xid), id: BigInt(row.id), mark: '' }))
      .reduce((one, other) => (isAfter(one, other) ? one : other), { xid: 0n, id: 0n, mark: '' })
    if (rows.length > 0) {
      await sql`insert into settings (key, value, updated_at) values (${floorKey}, ${JSON.stringify({ cursor: positionText(last) })}::jsonb, ${before})
        on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`.execute(tx)
    }
    return rows.length === limit
  })
}
