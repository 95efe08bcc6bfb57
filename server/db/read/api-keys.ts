import type { Selectable } from 'kysely'
import type { ApiKeyId } from '../../../contract/ids.ts'
import type { ApiKey } from '../../../contract/user.ts'
import { AppError } from '../../lib/errors.ts'
import type { Tables } from '../schema.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest, present, presentTime } from './page.ts'
import type { Reads } from './viewer.ts'

const columns = ['id', 'name', 'prefix', 'scopes', 'channel_ids', 'created_at', 'expires_at', 'revoked_at', 'last_used_at'] as const

function toApiKey(row: Pick<Selectable<Tables['api_keys']>, (typeof columns)[number]>): ApiKey {
  const { id, name, prefix, scopes } = row
  return {
    id,
    name,
    prefix,
    scopes,
    ...present('channel_ids', row.channel_ids),
    created_at: row.created_at.toISOString(),
    ...presentTime('expires_at', row.expires_at),
    ...presentTime('revoked_at', row.revoked_at),
    ...presentTime('last_used_at', row.last_used_at),
  }
}

/** Throws not_found. */
export async function getApiKey(db: Reads, id: ApiKeyId): Promise<ApiKey> {
  const row = await db.selectFrom('api_keys').select(columns).where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new AppError('not_found', 'There is no such API key.')
  return toApiKey(row)
}

/** Keys, the newest first, the revoked ones too. */
export async function listApiKeys(db: Reads, { cursor, limit = defaultLimit }: PageRequest): Promise<Page<ApiKey>> {
  let query = db
    .selectFrom('api_keys')
    .select(columns)
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (cursor !== undefined) query = query.where('id', '<', decodeCursor(cursor, ['id'])[0] as ApiKeyId)
  return pageOf(
    await query.execute(),
    limit,
    (last) => encodeCursor([last.id]),
    (rows) => rows.map(toApiKey),
  )
}
