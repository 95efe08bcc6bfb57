import { createHash, randomBytes } from 'node:crypto'
import type { SessionId, UserId } from '../../../contract/ids.ts'
import { deleteSession, deleteSessionOf, deleteSessionsOf, findSession, insertSession, touchSession } from '../../db/sessions.ts'
import type { Db } from '../../db/schema.ts'
import type { Clock, NewId } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { UserActor } from './access.ts'

const dayMs = 24 * 3_600_000
/** How long a session lives after it was last used: one that outlives the browser's window, and one that does not. */
const lives = { remembered: 30 * dayMs, forgotten: dayMs } as const
/** The last use is written down so seldom that it costs nothing. */
const touchMs = 15 * 60_000
const mostUserAgent = 256

/** A session that was just begun; `token` goes into the cookie and is kept nowhere. `lifeMs` is absent where the cookie ends with the window. */
export interface NewSession {
  readonly userId: UserId
  readonly token: string
  readonly lifeMs?: number
}

/** Where a session is begun: the caller's address, which also slows guessing down, and the browser by its own word. */
export interface Place {
  readonly address: string
  readonly userAgent?: string | undefined
}

/** The browsers in which people are signed in. */
export interface UserSessions {
  begin(userId: UserId, place: Place, remembered: boolean): Promise<NewSession>
  logout(token: string): Promise<void>
  /** Ends one of a person's sessions. Throws not_found. */
  end(userId: UserId, id: SessionId): Promise<void>
  /** Ends all of a person's sessions, but for the one of this token. */
  endAll(userId: UserId, keptToken?: string): Promise<void>
  /** Whose session this is; undefined when it ended. Using it keeps it alive. */
  authenticate(token: string): Promise<UserActor | undefined>
}

export function createUserSessions({ db, clock, newId }: { readonly db: Db; readonly clock: Clock; readonly newId: NewId }): UserSessions {
  return {
    async begin(userId, { address, userAgent }, remembered) {
      const token = randomBytes(32).toString('base64url')
      const now = clock()
      await insertSession(db, {
        id: newId<SessionId>('session'),
        token_hash: hashOf(token),
        user_id: userId,
        user_agent: userAgent?.slice(0, mostUserAgent) ?? null,
        address,
        created_at: new Date(now),
        last_used_at: new Date(now),
        expires_at: new Date(now + lifeOf(remembered)),
        remembered,
      })
      return { userId, token, ...(remembered ? { lifeMs: lives.remembered } : {}) }
    },

    logout: (token) => deleteSession(db, hashOf(token)),

    async end(userId, id) {
      if (!(await deleteSessionOf(db, userId, id))) throw new AppError('not_found', 'There is no such session.')
    },

    endAll: (userId, keptToken) => deleteSessionsOf(db, userId, keptToken === undefined ? null : hashOf(keptToken)),

    async authenticate(token) {
      const hash = hashOf(token)
      const now = clock()
      const session = await findSession(db, hash, new Date(now))
      if (session === undefined) return undefined
      const { id, name, role, last_used_at, remembered } = session
      if (last_used_at.getTime() < now - touchMs) {
        await touchSession(db, hash, { last_used_at: new Date(now), expires_at: new Date(now + lifeOf(remembered)) })
      }
      return { kind: 'user', id, name, role }
    },
  }
}

const lifeOf = (remembered: boolean) => (remembered ? lives.remembered : lives.forgotten)

/** What is kept of a token: enough to know it again, nothing to sign in with. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
