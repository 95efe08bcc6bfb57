import type { UserId } from '../../contract/ids.ts'
import type { DbOrTx } from './schema.ts'

export async function insertSession(
  db: DbOrTx,
  session: { token_hash: Buffer; user_id: UserId; created_at: Date; expires_at: Date },
): Promise<void> {
  await db.insertInto('sessions').values(session).execute()
}

/** The person of a session that has not ended. */
export async function findSession(db: DbOrTx, tokenHash: Buffer, now: Date) {
  return db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select(['users.id', 'users.name', 'users.role', 'sessions.expires_at'])
    .where('sessions.token_hash', '=', tokenHash)
    .where('sessions.expires_at', '>', now)
    .where('users.active', '=', true)
    .executeTakeFirst()
}

export async function extendSession(db: DbOrTx, tokenHash: Buffer, expiresAt: Date): Promise<void> {
  await db.updateTable('sessions').set({ expires_at: expiresAt }).where('token_hash', '=', tokenHash).execute()
}

export async function deleteSession(db: DbOrTx, tokenHash: Buffer): Promise<void> {
  await db.deleteFrom('sessions').where('token_hash', '=', tokenHash).execute()
}

/** Ends every session of a person, but for the one that is kept. */
export async function deleteSessionsOf(db: DbOrTx, userId: UserId, kept: Buffer | null = null): Promise<void> {
  const all = db.deleteFrom('sessions').where('user_id', '=', userId)
  await (kept === null ? all : all.where('token_hash', '<>', kept)).execute()
}

/** Forgets sessions that have ended. */
export async function deleteExpiredSessions(db: DbOrTx, now: Date): Promise<void> {
  await db.deleteFrom('sessions').where('expires_at', '<=', now).execute()
}
