import type { TransferId } from '../../../contract/ids.ts'
import type { Transfer, TransferStatus } from '../../../contract/transfer.ts'
import { AppError } from '../../lib/errors.ts'
import { isOneOf } from '../prepare.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest, present, presentTime } from './page.ts'
import type { Reads } from './viewer.ts'

function rowsOf(db: Reads) {
  return db
    .selectFrom('transfers as t')
    .innerJoin('channels as c', 'c.id', 't.channel_id')
    .selectAll('t')
    .select(['c.name as channel_name', 'c.phone'])
}
type Row = Awaited<ReturnType<ReturnType<typeof rowsOf>['execute']>>[number]

function toTransfer(row: Row): Transfer {
  return {
    id: row.id,
    channel_id: row.channel_id,
    channel_name: row.channel_name,
    phone: row.phone,
    ...present('from_user_id', row.from_user_id),
    ...present('to_user_id', row.to_user_id),
    access: row.access,
    status: row.status,
    created_at: row.created_at.toISOString(),
    ...presentTime('decided_at', row.decided_at),
    ...present('decided_by', row.decided_by),
  }
}

/** Transfers by id. They are for admins, who are known as such before. */
export async function presentTransfers(db: Reads, ids: readonly TransferId[]): Promise<ReadonlyMap<TransferId, Transfer>> {
  if (ids.length === 0) return new Map()
  const rows = await rowsOf(db).where(isOneOf('t.id', ids)).execute()
  return new Map(rows.map((row) => [row.id, toTransfer(row)]))
}

/** Throws not_found. */
export async function getTransfer(db: Reads, id: TransferId): Promise<Transfer> {
  const found = (await presentTransfers(db, [id])).get(id)
  if (found === undefined) throw new AppError('not_found', 'There is no such transfer.')
  return found
}

/** All of them or those of one state, the latest first. */
export async function listTransfers(
  db: Reads,
  status: TransferStatus | undefined,
  { cursor, limit = defaultLimit }: PageRequest,
): Promise<Page<Transfer>> {
  let query = rowsOf(db)
    .orderBy('t.id', 'desc')
    .limit(limit + 1)
  if (status !== undefined) query = query.where('t.status', '=', status)
  if (cursor !== undefined) query = query.where('t.id', '<', decodeCursor(cursor, ['id'])[0] as TransferId)
  const rows = await query.execute()
  return pageOf(
    rows,
    limit,
    (last) => encodeCursor([last.id]),
    (shown) => shown.map(toTransfer),
  )
}
