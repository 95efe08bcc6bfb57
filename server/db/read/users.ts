import type { UserId } from '../../../contract/ids.ts'
import type { User } from '../../../contract/user.ts'
import { AppError } from '../../lib/errors.ts'
import type { Tables } from '../schema.ts'
import type { Selectable } from 'kysely'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest, present } from './page.ts'
import type { Reads } from './viewer.ts'

const columns = ['id', 'email', 'name', 'role', 'external_id', 'active', 'created_at'] as const

function toUser(row: Pick<Selectable<Tables['users']>, (typeof columns)[number]>): User {
  const { id, email, name, role, active } = row
  return { id, email, name, role, ...present('external_id', row.external_id), active, created_at: row.created_at.toISOString() }
}

/** Throws not_found. */
export async function getUser(db: Reads, id: UserId): Promise<User> {
  const row = await db.selectFrom('users').select(columns).where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new AppError('not_found', 'There is no such person.')
  return toUser(row)
}

/** People in the order in which they were added. */
export async function listUsers(db: Reads, { cursor, limit = defaultLimit }: PageRequest): Promise<Page<User>> {
  let query = db
    .selectFrom('users')
    .select(columns)
    .orderBy('id')
    .limit(limit + 1)
  if (cursor !== undefined) query = query.where('id', '>', decodeCursor(cursor, ['id'])[0] as UserId)
  return pageOf(
    await query.execute(),
    limit,
    (last) => encodeCursor([last.id]),
    (rows) => rows.map(toUser),
  )
}
