import { randomBytes } from 'node:crypto'
import type { Static } from 'typebox'
import type { LoginInput, SetupInput } from '../../../contract/user.ts'
import type { Db } from '../../db/schema.ts'
import { findUserByEmail, hasUsers, updateUser } from '../../db/users.ts'
import type { Clock, NewId } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { Passwords } from '../../lib/password.ts'
import { insertPerson } from './people.ts'
import { createSignInLimit } from './sign-in-limit.ts'
import { createUserSessions, hashOf, type NewSession, type Place, type UserSessions } from './user-sessions.ts'

const setupTokenKey = 'setup_token'

/** The first admin, signing in and out, and whose session a token is. */
export interface SignIn extends Omit<UserSessions, 'begin'> {
  /** Whether there is nobody yet. */
  isSetupNeeded(): Promise<boolean>
  /** A new one-time token to make the first admin with, for the operator's eyes; the one before ends. Null once somebody is there. */
  issueSetupToken(): Promise<string | null>
  /** Makes the first admin and signs them in. Throws invalid_credentials for a wrong token, conflict when somebody is there. */
  setup(input: Static<typeof SetupInput>, place: Place): Promise<NewSession>
  /** Throws invalid_credentials in the same time and words for a wrong password and an unknown or inactive person. */
  login(input: Static<typeof LoginInput>, place: Place): Promise<NewSession>
}

export interface SignInParts {
  readonly db: Db
  readonly clock: Clock
  readonly newId: NewId
  readonly passwords: Passwords
}

export function createSignIn({ db, clock, newId, passwords }: SignInParts): SignIn {
  const limit = createSignInLimit(clock)
  const { begin, ...sessions } = createUserSessions({ db, clock, newId })

  return {
    ...sessions,
    isSetupNeeded: async () => !(await hasUsers(db)),

    async issueSetupToken() {
      if (await hasUsers(db)) return null
      const token = randomBytes(18).toString('base64url')
      const row = {
        key: setupTokenKey,
        value: JSON.stringify({ hash: hashOf(token).toString('hex') }),
        sealed: '{}',
        updated_at: new Date(clock()),
      }
      await db
        .insertInto('settings')
        .values(row)
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: row.value, updated_at: row.updated_at }))
        .execute()
      return token
    },

    async setup({ setup_token, ...person }, place) {
      limit.take('', place.address)
      if (await hasUsers(db)) throw alreadySetUp()
      const input = { ...person, role: 'admin' as const }
      const passwordHash = await passwords.hash(person.password)
      const userId = await db.transaction().execute(async (tx) => {
        const [used] = await tx.deleteFrom('settings').where('key', '=', setupTokenKey).returning('value').execute()
        if (!isTokenOf(used?.value, setup_token))
          throw new AppError('invalid_credentials', 'The set-up token is not right. The server prints it when it starts.')
        if (await hasUsers(tx)) throw alreadySetUp()
        return insertPerson(tx, { input, id: newId('user'), passwordHash, now: new Date(clock()) })
      })
      limit.succeeded('', place.address)
      return begin(userId, place, true)
    },

    async login({ email, password, remember = true }, place) {
      const account = email.toLowerCase()
      limit.take(account, place.address)
      const person = await findUserByEmail(db, email)
      const known = person?.active === true ? person : undefined
      const { right, outdated } = await passwords.verify(password, known?.password_hash ?? null)
      if (known === undefined || !right) throw new AppError('invalid_credentials', 'The e-mail address or the password is not right.')
      limit.succeeded(account, place.address)
      if (outdated) {
        const password_hash = await passwords.hash(password)
        await db.transaction().execute((tx) => updateUser(tx, known.id, { password_hash }))
      }
      return begin(known.id, place, remember)
    },
  }
}

function isTokenOf(value: unknown, token: string): boolean {
  return typeof value === 'object' && value !== null && 'hash' in value && value.hash === hashOf(token).toString('hex')
}

function alreadySetUp(): AppError {
  return new AppError('conflict', 'The first admin has been made already. Sign in instead.')
}
