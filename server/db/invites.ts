import type { UserId } from '../../contract/ids.ts'
import type { DbOrTx, Tx } from './schema.ts'

/** Keeps a person's link, in place of the one before. */
export async function keepInvite(db: DbOrTx, invite: { user_id: UserId; token_hash: Buffer; expires_at: Date }): Promise<void> {
  const { token_hash, expires_at } = invite
  await db
    .insertInto('invites')
    .values(invite)
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ token_hash, expires_at }))
    .execute()
}

/** Whose link this is; undefined when it was used, replaced or has ended, or they were deactivated. */
export async function findInvited(db: DbOrTx, tokenHash: Buffer, now: Date) {
  return db
    .selectFrom('invites')
    .innerJoin('users', 'users.id', 'invites.user_id')
    .select(['users.id', 'users.email', 'users.name'])
    .where('invites.token_hash', '=', tokenHash)
    .where('invites.expires_at', '>', now)
    .where('users.active', '=', true)
    .executeTakeFirst()
}

/** Uses a person's link up; false where somebody else was quicker. */
export async function deleteInvite(tx: Tx, tokenHash: Buffer): Promise<boolean> {
  const { numDeletedRows } = await tx.deleteFrom('invites').where('token_hash', '=', tokenHash).executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

export async function deleteInviteOf(tx: Tx, userId: UserId): Promise<void> {
  await tx.deleteFrom('invites').where('user_id', '=', userId).execute()
}
