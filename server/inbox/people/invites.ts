import { randomBytes } from 'node:crypto'
import type { Static } from 'typebox'
import type { UserId } from '../../../contract/ids.ts'
import type { AcceptInviteInput } from '../../../contract/user.ts'
import { deleteInvite, findInvited, keepInvite } from '../../db/invites.ts'
import type { Db } from '../../db/schema.ts'
import { deleteSessionsOf } from '../../db/sessions.ts'
import { findUser, updateUser } from '../../db/users.ts'
import type { Clock, NewId } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { Passwords } from '../../lib/password.ts'
import { createSignInLimit } from './sign-in-limit.ts'
import { createUserSessions, hashOf, type NewSession, type Place } from './user-sessions.ts'

const lifeMs = 7 * 24 * 3_600_000

/** One-time links by which a person chooses a password: the first one, or a new one where it was forgotten. */
export interface Invites {
  /** A link for a person, which ends the one before. Throws conflict where they are deactivated. */
  make(userId: UserId): Promise<{ readonly token: string; readonly expiresAt: Date }>
  /** Whose link it is. Throws invalid_credentials when it has ended. */
  look(token: string, address: string): Promise<{ readonly email: string; readonly name: string }>
  /** Sets the password, ends all other sessions and signs in; the link has ended then. Throws invalid_credentials. */
  accept(input: Static<typeof AcceptInviteInput>, place: Place): Promise<NewSession>
}

export interface InviteParts {
  readonly db: Db
  readonly clock: Clock
  readonly newId: NewId
  readonly passwords: Passwords
}

export function createInvites({ db, clock, newId, passwords }: InviteParts): Invites {
  const limit = createSignInLimit(clock)
  const sessions = createUserSessions({ db, clock, newId })

  /** Nobody guesses 256 bits; a program that tries them is to tire itself, not the database. */
  async function find(token: string, address: string) {
    limit.take('', address)
    const person = await findInvited(db, hashOf(token), new Date(clock()))
    if (person === undefined) throw ended()
    limit.succeeded('', address)
    return person
  }

  return {
    async make(userId) {
      if ((await findUser(db, userId))?.active !== true)
        throw new AppError('conflict', 'This person is deactivated. Activate them first, then make a link.')
      const token = randomBytes(32).toString('base64url')
      const expiresAt = new Date(clock() + lifeMs)
      await keepInvite(db, { user_id: userId, token_hash: hashOf(token), expires_at: expiresAt })
      return { token, expiresAt }
    },

    async look(token, address) {
      const { email, name } = await find(token, address)
      return { email, name }
    },

    async accept({ token, password, name }, place) {
      const { id } = await find(token, place.address)
      const password_hash = await passwords.hash(password)
      await db.transaction().execute(async (tx) => {
        if (!(await deleteInvite(tx, hashOf(token)))) throw ended()
        await updateUser(tx, id, { password_hash, ...(name === undefined ? {} : { name }) })
        await deleteSessionsOf(tx, id)
      })
      return sessions.begin(id, place, true)
    },
  }
}

function ended(): AppError {
  return new AppError('invalid_credentials', 'This link was used already or has ended. Ask an admin for a new one.')
}
