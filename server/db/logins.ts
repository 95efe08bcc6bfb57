import { sql } from 'kysely'
import type { ChannelId, ExternalId, LoginId, TransferId, UserId } from '../../contract/ids.ts'
import type { CopyPolicy } from '../../contract/copying.ts'
import type { LoginError, LoginStatus } from '../../contract/login.ts'
import type { SealedParts } from '../lib/seal.ts'
import { appendEvents } from './events.ts'
import { notify } from './notify.ts'
import type { DbOrTx, Tables, Tx } from './schema.ts'

/** An attempt to link a phone, as it is stored. `sealed` holds the step that is shown and the network's handle. */
export interface LoginRow {
  readonly id: LoginId
  readonly user_id: UserId
  readonly requested_by: UserId
  readonly account_id: string
  readonly method: 'qr' | 'phone'
  readonly phone_number: string | null
  readonly name: string | null
  readonly access: 'shared' | 'personal'
  readonly status: LoginStatus
  readonly sealed: SealedParts
  readonly known_phones: readonly string[]
  readonly expires_at: Date | null
  readonly channel_id: ChannelId | null
  readonly error: { readonly code: LoginError; readonly detail: string } | null
  readonly transfer_id: TransferId | null
  /** The number that it was to link again; forgotten when that one was linked. */
  readonly relinks: string | null
  /** What of the phone's chats is to be copied; null as it was. */
  readonly copy: CopyPolicy | null
  readonly created_at: Date
  readonly updated_at: Date
}
export type NewLogin = Pick<
  LoginRow,
  'id' | 'user_id' | 'requested_by' | 'account_id' | 'method' | 'phone_number' | 'name' | 'access' | 'copy'
>
type LoginChanges = Partial<Pick<LoginRow, 'status' | 'sealed' | 'expires_at' | 'channel_id' | 'error' | 'transfer_id' | 'relinks'>>

/** What is not over yet; the index `logins_open` allows one of them a person. */
const openStatuses = ['starting', 'show_qr', 'show_code', 'passkey', 'finishing'] as const satisfies readonly LoginStatus[]

export function isOpen(login: { readonly status: LoginStatus }): boolean {
  return (openStatuses as readonly LoginStatus[]).includes(login.status)
}

const columns = [
  'id',
  'user_id',
  'requested_by',
  'account_id',
  'method',
  'phone_number',
  'name',
  'access',
  'status',
  'sealed',
  'known_phones',
  'expires_at',
  'channel_id',
  'error',
  'transfer_id',
  'relinks',
  'copy',
  'created_at',
  'updated_at',
] as const satisfies readonly (keyof Tables['logins'])[]

export async function findLogins(db: DbOrTx, ids: readonly LoginId[]): Promise<readonly LoginRow[]> {
  if (ids.length === 0) return []
  return db.selectFrom('logins').select(columns).where('id', 'in', ids).execute()
}

export async function findLogin(db: DbOrTx, id: LoginId): Promise<LoginRow | undefined> {
  return (await findLogins(db, [id]))[0]
}

export async function lockLogin(tx: Tx, id: LoginId): Promise<LoginRow | undefined> {
  return tx.selectFrom('logins').select(columns).where('id', '=', id).forUpdate().executeTakeFirst()
}

/** The newest attempt of a person, over or not. */
export async function findLatestLogin(db: DbOrTx, userId: UserId): Promise<LoginRow | undefined> {
  return db
    .selectFrom('logins')
    .select(columns)
    .where('user_id', '=', userId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** The attempt of a person that is not over, locked until the transaction ends. */
export async function lockOpenLogin(tx: Tx, userId: UserId): Promise<LoginRow | undefined> {
  return tx
    .selectFrom('logins')
    .select(columns)
    .where('user_id', '=', userId)
    .where('status', 'in', openStatuses)
    .forUpdate()
    .executeTakeFirst()
}

export async function listOpenLogins(db: DbOrTx): Promise<readonly Pick<LoginRow, 'id' | 'account_id'>[]> {
  return db.selectFrom('logins').select(['id', 'account_id']).where('status', 'in', openStatuses).orderBy('created_at').execute()
}

/** Attempts that were given up here and which the network has not been told of yet. */
export async function listUncancelledLogins(db: DbOrTx): Promise<readonly LoginRow[]> {
  return db
    .selectFrom('logins')
    .select(columns)
    .where('status', '=', 'cancelled')
    .where(sql<boolean>`sealed <> '{}'`)
    .execute()
}

/** False when this person has an open attempt already, which a second call at the same moment has made. */
export async function insertLoginOnce(tx: Tx, login: NewLogin, now: Date): Promise<boolean> {
  const inserted = await tx
    .insertInto('logins')
    .values({
      ...login,
      status: 'starting',
      sealed: '{}',
      known_phones: [],
      expires_at: null,
      channel_id: null,
      error: null,
      transfer_id: null,
      relinks: null,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (inserted.numInsertedOrUpdatedRows !== 1n) return false
  await tell(tx, login.id, login.user_id, 'starting', now)
  return true
}

/** Changes an attempt, and tells whoever may see it and whoever waits for it. */
export async function updateLogin(tx: Tx, login: LoginRow, changes: LoginChanges, now: Date): Promise<void> {
  const { sealed, error, ...plain } = changes
  await tx
    .updateTable('logins')
    .set({
      ...plain,
      ...(sealed === undefined ? {} : { sealed: JSON.stringify(sealed) }),
      ...(error === undefined ? {} : { error: error === null ? null : JSON.stringify(error) }),
      updated_at: now,
    })
    .where('id', '=', login.id)
    .execute()
  await tell(tx, login.id, login.user_id, changes.status ?? login.status, now)
}

/** Remembers which phones the account had before, and which number is to be linked again; nobody need be told. */
export async function setKnownPhones(db: DbOrTx, id: LoginId, phones: readonly ExternalId[], relinks: string | null): Promise<void> {
  await db
    .updateTable('logins')
    .set({ known_phones: [...phones], relinks })
    .where('id', '=', id)
    .execute()
}

/** Forgets the handle of an attempt that is over; what is seen of it does not change. */
export async function clearSealed(db: DbOrTx, id: LoginId): Promise<void> {
  await db.updateTable('logins').set({ sealed: '{}' }).where('id', '=', id).execute()
}

/** The notice says which attempt, and how it stands now. */
async function tell(tx: Tx, id: LoginId, userId: UserId, status: LoginStatus, now: Date): Promise<void> {
  await notify(tx, 'logins', `${id} ${status}`)
  await appendEvents(tx, [{ type: 'login.updated', objectId: id, userId }], now)
}
