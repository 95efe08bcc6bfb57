import type { ApiKeyId, ChannelId, UserId } from '../../contract/ids.ts'
import type { Scope } from '../../contract/user.ts'
import type { DbOrTx } from './schema.ts'

export interface NewApiKey {
  readonly id: ApiKeyId
  readonly name: string
  readonly prefix: string
  readonly secret_hash: Buffer
  readonly scopes: Scope[]
  readonly channel_ids: ChannelId[] | null
  readonly created_by: UserId
  readonly created_at: Date
  readonly expires_at: Date | null
}

export async function insertApiKey(db: DbOrTx, key: NewApiKey): Promise<void> {
  await db.insertInto('api_keys').values(key).execute()
}

/** The key of this secret, if it may still be used. */
export async function findApiKey(db: DbOrTx, secretHash: Buffer, now: Date) {
  return db
    .selectFrom('api_keys')
    .select(['id', 'name', 'scopes', 'channel_ids', 'last_used_at'])
    .where('secret_hash', '=', secretHash)
    .where('revoked_at', 'is', null)
    .where((e) => e.or([e('expires_at', 'is', null), e('expires_at', '>', now)]))
    .executeTakeFirst()
}

export async function noteApiKeyUse(db: DbOrTx, id: ApiKeyId, now: Date): Promise<void> {
  await db.updateTable('api_keys').set({ last_used_at: now }).where('id', '=', id).execute()
}

/** True when there is such a key; the first revocation stands. */
export async function revokeApiKey(db: DbOrTx, id: ApiKeyId, now: Date): Promise<boolean> {
  const result = await db
    .updateTable('api_keys')
    .set((e) => ({ revoked_at: e.fn.coalesce('revoked_at', e.val(now)) }))
    .where('id', '=', id)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export async function revokeApiKeysOf(db: DbOrTx, userId: UserId, now: Date): Promise<void> {
  await db.updateTable('api_keys').set({ revoked_at: now }).where('created_by', '=', userId).where('revoked_at', 'is', null).execute()
}
