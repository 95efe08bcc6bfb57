import type { Static } from 'typebox'
import type { ConversationId, UserId } from '../../../contract/ids.ts'
import type { UserInput, UserPatch } from '../../../contract/user.ts'
import { revokeApiKeysOf } from '../../db/api-keys.ts'
import { deleteDraftsOf } from '../../db/drafts.ts'
import { appendEvents } from '../../db/events.ts'
import type { Db, Tx } from '../../db/schema.ts'
import { deleteInviteOf } from '../../db/invites.ts'
import { deleteSessionsOf } from '../../db/sessions.ts'
import { duplicateOf, findUser, findUserByEmail, findUserByExternalId, insertUser, lockActiveAdmins, updateUser } from '../../db/users.ts'
import type { Clock, NewId } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { Passwords } from '../../lib/password.ts'
import type { Actor } from './access.ts'

export type UserInput = Static<typeof UserInput>

/** The people who work in the inbox: made, changed, deactivated. */
export interface People {
  /** Without a password they come in by a link. Throws conflict when the e-mail or the external id is somebody's already. */
  create(input: UserInput): Promise<UserId>
  /**
   * Makes this admin unless somebody has that e-mail already, who is then left as they are. `signsIn` tells whether this password opens the
   * account: it may have been changed since.
   */
  ensureAdmin(input: {
    readonly email: string
    readonly password: string
    readonly name: string
  }): Promise<{ readonly id: UserId; readonly signsIn: boolean }>
  /**
   * Changes a person. A new password ends all sessions but `keptSession`; deactivating ends sessions and API keys and unassigns, at
   * once. Throws conflict when no admin would be left.
   */
  update(id: UserId, patch: UserPatch, keptSession?: Buffer | null): Promise<void>
  /** Whom a path means: an id, `me`, or `ext:<the CRM's own id>`. Throws not_found. */
  resolve(actor: Actor, text: string): Promise<UserId>
}

export interface PeopleParts {
  readonly db: Db
  readonly clock: Clock
  readonly newId: NewId
  readonly passwords: Passwords
}

export function createPeople({ db, clock, newId, passwords }: PeopleParts): People {
  return {
    async create(input) {
      const passwordHash = input.password === undefined ? null : await passwords.hash(input.password)
      return insertPerson(db, { input, id: newId('user'), passwordHash, now: new Date(clock()) })
    },

    async ensureAdmin({ email, password, name }) {
      const known = await findUserByEmail(db, email)
      if (known !== undefined)
        return { id: known.id, signsIn: known.active && (await passwords.verify(password, known.password_hash)).right }
      const input = { email, password, name, role: 'admin' as const }
      const id = await insertPerson(db, { input, id: newId('user'), passwordHash: await passwords.hash(password), now: new Date(clock()) })
      return { id, signsIn: true }
    },

    async update(id, patch, keptSession = null) {
      const { password, ...fields } = patch
      const passwordHash = password === undefined ? undefined : await passwords.hash(password)
      await db.transaction().execute(async (tx) => {
        const admins = await lockActiveAdmins(tx)
        const before = await findUser(tx, id)
        if (before === undefined) throw noSuchUser()
        const losesAdmin = patch.active === false || patch.role === 'agent'
        if (losesAdmin && admins.length === 1 && admins[0] === id)
          throw new AppError('conflict', 'This is the last active admin. Make somebody else an admin first.')
        await refuseDuplicates(updateUser(tx, id, { ...fields, ...(passwordHash === undefined ? {} : { password_hash: passwordHash }) }))
        if (passwordHash !== undefined) await deleteSessionsOf(tx, id, keptSession)
        if (before.active && patch.active === false) await leave(tx, id, new Date(clock()))
      })
    },

    async resolve(actor, text) {
      if (text === 'me') {
        if (actor.kind === 'user') return actor.id
        throw new AppError('not_found', 'An API key is nobody: name the person by id or by ext:<external id>.')
      }
      const found = text.startsWith('ext:') ? await findUserByExternalId(db, text.slice(4)) : await findUser(db, text as UserId)
      if (found === undefined) throw noSuchUser()
      return found.id
    },
  }
}

/** Stores a person; also the first admin, in the transaction that uses the set-up token up. */
export async function insertPerson(
  db: Db | Tx,
  { input, id, passwordHash, now }: { input: Omit<UserInput, 'password'>; id: UserId; passwordHash: string | null; now: Date },
): Promise<UserId> {
  const { email, name, role = 'agent', external_id = null } = input
  await refuseDuplicates(insertUser(db, { id, email, name, role, external_id, password_hash: passwordHash }, now))
  return id
}

async function refuseDuplicates(write: Promise<void>): Promise<void> {
  try {
    await write
  } catch (error) {
    const field = duplicateOf(error)
    if (field === undefined) throw error
    const detail = field === 'email' ? 'Somebody has this e-mail address already.' : 'Somebody has this external id already.'
    throw new AppError('conflict', detail, { cause: error, fields: [{ pointer: `/${field}`, code: 'taken', detail }] })
  }
}

async function leave(tx: Tx, id: UserId, now: Date): Promise<void> {
  await deleteSessionsOf(tx, id)
  await deleteInviteOf(tx, id)
  await revokeApiKeysOf(tx, id, now)
  await deleteDraftsOf(tx, id)
  const freed = await tx
    .updateTable('conversations')
    .set({ assignee_id: null, updated_at: now })
    .where('assignee_id', '=', id)
    .returning(['id', 'channel_id'])
    .execute()
  const changes = freed.map((row) => ({
    type: 'conversation.updated' as const,
    objectId: row.id satisfies ConversationId,
    channelId: row.channel_id,
  }))
  for (let start = 0; start < changes.length; start += 5000) await appendEvents(tx, changes.slice(start, start + 5000), now)
}

function noSuchUser(): AppError {
  return new AppError('not_found', 'There is no such person.')
}
