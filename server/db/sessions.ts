import type { Insertable } from 'kysely'
import type { SessionId, UserId } from '../../contract/ids.ts'
import type { DbOrTx, Tables } from './schema.ts'

export async function insertSession(db: DbOrTx, session: Insertable<Tables['sessions']>): Promise<void> {
  await db.insertInto('sessions').values(session).execute()
}

/** The person of a session that has not ended. */
export async function findSession(db: DbOrTx, tokenHash: Buffer, now: Date) {
  return db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select(['users.id', 'users.name', 'users.role', 'sessions.last_used_at', 'sessions.remembered'])
    .where('sessions.token_hash', '=', tokenHash)
    .where('sessions.expires_at', '>', now)
    .where('users.active', '=', true)
    .executeTakeFirst()
}

export async function touchSession(db: DbOrTx, tokenHash: Buffer, times: { last_used_at: Date; expires_at: Date }): Promise<void> {
  await db.updateTable('sessions').set(times).where('token_hash', '=', tokenHash).execute()
}

export async function deleteSession(db: DbOrTx, tokenHash: Buffer): Promise<void> {
  await db.deleteFrom('sessions').where('token_hash', '=', tokenHash).execute()
}

/** Ends one of a person's sessions; false where they have none of this id. */
export async function deleteSessionOf(db: DbOrTx, userId: UserId, id: SessionId): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('sessions').where('user_id', '=', userId).where('id', '=', id).executeTakeFirstOrThrow()
  return numDeletedRows > 0n
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
