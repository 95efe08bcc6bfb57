import { createHash, randomBytes } from 'node:crypto'
import type { Static } from 'typebox'
import type { UserId } from '../../../contract/ids.ts'
import type { LoginInput, SetupInput } from '../../../contract/user.ts'
import { deleteSession, extendSession, findSession, insertSession } from '../../db/sessions.ts'
import type { Db } from '../../db/schema.ts'
import { findUserByEmail, hasUsers, updateUser } from '../../db/users.ts'
import type { Clock, NewId } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { Passwords } from '../../lib/password.ts'
import type { UserActor } from './access.ts'
import { insertPerson } from './people.ts'
import { createSignInLimit } from './sign-in-limit.ts'

/** How long a session lives after it was last used. */
export const sessionMs = 30 * 24 * 3_600_000
const dayMs = 24 * 3_600_000
const setupTokenKey = 'setup_token'

/** A session that was just begun; `token` goes into the cookie and is kept nowhere. */
export interface NewSession {
  readonly userId: UserId
  readonly token: string
}

/** The first admin, signing in and out, and whose session a token is. Addresses are those of the caller, to slow guessing down. */
export interface SignIn {
  /** Whether there is nobody yet. */
  isSetupNeeded(): Promise<boolean>
  /** A new one-time token to make the first admin with, for the operator's eyes; the one before ends. Null once somebody is there. */
  issueSetupToken(): Promise<string | null>
  /** Makes the first admin and signs them in. Throws invalid_credentials for a wrong token, conflict when somebody is there. */
  setup(input: Static<typeof SetupInput>, address: string): Promise<NewSession>
  /** Throws invalid_credentials in the same time and words for a wrong password and an unknown or inactive person. */
  login(input: Static<typeof LoginInput>, address: string): Promise<NewSession>
  logout(token: string): Promise<void>
  /** Whose session this is; undefined when it ended. Using it keeps it alive. */
  authenticate(token: string): Promise<UserActor | undefined>
}

export interface SignInParts {
  readonly db: Db
  readonly clock: Clock
  readonly newId: NewId
  readonly passwords: Passwords
}

export function createSignIn({ db, clock, newId, passwords }: SignInParts): SignIn {
  const limit = createSignInLimit(clock)

  return {
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

    async setup({ setup_token, ...person }, address) {
      limit.take('', address)
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
      limit.succeeded('', address)
      return begin(userId)
    },

    async login({ email, password }, address) {
      const account = email.toLowerCase()
      limit.take(account, address)
      const person = await findUserByEmail(db, email)
      const known = person?.active === true ? person : undefined
      const { right, outdated } = await passwords.verify(password, known?.password_hash ?? null)
      if (known === undefined || !right) throw new AppError('invalid_credentials', 'The e-mail address or the password is not right.')
      limit.succeeded(account, address)
      if (outdated) {
        const password_hash = await passwords.hash(password)
        await db.transaction().execute((tx) => updateUser(tx, known.id, { password_hash }))
      }
      return begin(known.id)
    },

    logout: (token) => deleteSession(db, hashOf(token)),

    async authenticate(token) {
      const hash = hashOf(token)
      const now = clock()
      const session = await findSession(db, hash, new Date(now))
      if (session === undefined) return undefined
      const { id, name, role, expires_at } = session
      if (expires_at.getTime() < now + sessionMs - dayMs) await extendSession(db, hash, new Date(now + sessionMs))
      return { kind: 'user', id, name, role }
    },
  }

  async function begin(userId: UserId): Promise<NewSession> {
    const token = randomBytes(32).toString('base64url')
    const now = clock()
    await insertSession(db, {
      token_hash: hashOf(token),
      user_id: userId,
      created_at: new Date(now),
      expires_at: new Date(now + sessionMs),
    })
    return { userId, token }
  }
}

/** What is kept of a token: enough to know it again, nothing to sign in with. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function isTokenOf(value: unknown, token: string): boolean {
  return typeof value === 'object' && value !== null && 'hash' in value && value.hash === hashOf(token).toString('hex')
}

function alreadySetUp(): AppError {
  return new AppError('conflict', 'The first admin has been made already. Sign in instead.')
}
