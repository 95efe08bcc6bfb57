import type { UserId } from '../../../contract/ids.ts'
import type { Session } from '../../../contract/user.ts'
import { present } from './page.ts'
import type { Reads } from './viewer.ts'

/** The sessions of a person that have not ended, the last used first; `current` is the hash of the caller's own. */
export async function listSessions(db: Reads, userId: UserId, current: Buffer, now: Date): Promise<Session[]> {
  const rows = await db
    .selectFrom('sessions')
    .select(['id', 'token_hash', 'user_agent', 'address', 'created_at', 'last_used_at', 'expires_at', 'remembered'])
    .where('user_id', '=', userId)
    .where('expires_at', '>', now)
    .orderBy('last_used_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    is_current: row.token_hash.equals(current),
    ...present('user_agent', row.user_agent),
    ...present('address', row.address),
    remembered: row.remembered,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
  }))
}
