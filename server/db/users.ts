import type { UserId } from '../../contract/ids.ts'
import type { Role } from '../../contract/user.ts'
import type { DbOrTx, Tx } from './schema.ts'

/** What a user is made of; the password is hashed already. */
export interface NewUser {
  readonly id: UserId
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly external_id: string | null
  readonly password_hash: string | null
}

/** Throws what `duplicateOf` understands when the e-mail or the external id is taken. */
export async function insertUser(db: DbOrTx, user: NewUser, now: Date): Promise<void> {
  await db
    .insertInto('users')
    .values({ ...user, created_at: now })
    .execute()
}

export async function updateUser(tx: Tx, id: UserId, change: Partial<Omit<NewUser, 'id'>> & { readonly active?: boolean }): Promise<void> {
  if (Object.keys(change).length > 0) await tx.updateTable('users').set(change).where('id', '=', id).execute()
}

/** For signing in: by the e-mail in any letter case. */
export async function findUserByEmail(db: DbOrTx, email: string) {
  return db
    .selectFrom('users')
    .select(['id', 'name', 'role', 'active', 'password_hash'])
    .where((e) => e(e.fn('lower', ['email']), '=', email.toLowerCase()))
    .executeTakeFirst()
}

export async function findUserByExternalId(db: DbOrTx, externalId: string): Promise<{ id: UserId } | undefined> {
  return db.selectFrom('users').select('id').where('external_id', '=', externalId).executeTakeFirst()
}

export async function findUser(db: DbOrTx, id: UserId) {
  return db.selectFrom('users').select(['id', 'role', 'active']).where('id', '=', id).executeTakeFirst()
}

export async function hasUsers(db: DbOrTx): Promise<boolean> {
  return (await db.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined
}

/** The admins who can sign in, locked so that two of them cannot each remove the other. */
export async function lockActiveAdmins(tx: Tx): Promise<readonly UserId[]> {
  const rows = await tx
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'admin')
    .where('active', '=', true)
    .where('password_hash', 'is not', null)
    .orderBy('id')
    .forUpdate()
    .execute()
  return rows.map((row) => row.id)
}

/** Which unique value of a user an insert or update met: undefined for any other failure. */
export function duplicateOf(error: unknown): 'email' | 'external_id' | undefined {
  if (!(error instanceof Error) || !('constraint' in error)) return undefined
  if (error.constraint === 'users_email') return 'email'
  return error.constraint === 'users_external_id_key' ? 'external_id' : undefined
}
