import { sql } from 'kysely'
import type { ChannelStatus } from '../../contract/channel.ts'
import type { CopyPolicy } from '../../contract/copying.ts'
import type { ChannelId, ExternalId, UserId } from '../../contract/ids.ts'
import type { DbOrTx, Tables, Tx } from './schema.ts'

/** A number as it is stored. */
export interface ChannelRow {
  readonly id: ChannelId
  readonly provider: string
  readonly external_id: ExternalId
  readonly account_id: string | null
  readonly phone: string
  readonly name: string
  readonly access: 'shared' | 'personal'
  readonly owner_id: UserId | null
  readonly is_default: boolean
  readonly status: ChannelStatus
  readonly status_since: Date
  readonly status_detail: string | null
  readonly phone_last_seen_at: Date | null
  readonly deleted_at: Date | null
  readonly copy: CopyPolicy
  readonly copy_since: Date | null
  readonly linked_at: Date | null
}
type Changes = Partial<
  Omit<ChannelRow, 'id' | 'provider' | 'external_id'> & { readonly messages_per_minute: number; readonly new_chats_per_day: number }
>

const columns = [
  'id',
  'provider',
  'external_id',
  'account_id',
  'phone',
  'name',
  'access',
  'owner_id',
  'is_default',
  'status',
  'status_since',
  'status_detail',
  'phone_last_seen_at',
  'deleted_at',
  'copy',
  'copy_since',
  'linked_at',
] as const satisfies readonly (keyof Tables['channels'])[]

export async function findChannel(db: DbOrTx, id: ChannelId): Promise<ChannelRow | undefined> {
  return db.selectFrom('channels').select(columns).where('id', '=', id).executeTakeFirst()
}

export async function lockChannel(tx: Tx, id: ChannelId): Promise<ChannelRow | undefined> {
  return tx.selectFrom('channels').select(columns).where('id', '=', id).forUpdate().executeTakeFirst()
}

/** By the network's name of the number, deleted or not. Locked until the transaction ends. */
export async function lockChannelByExternal(tx: Tx, provider: string, external: ExternalId): Promise<ChannelRow | undefined> {
  return tx
    .selectFrom('channels')
    .select(columns)
    .where('provider', '=', provider)
    .where('external_id', '=', external)
    .forUpdate()
    .executeTakeFirst()
}

/** By phone, deleted or not. */
export async function findChannelByPhone(db: DbOrTx, provider: string, phone: string): Promise<ChannelRow | undefined> {
  return db.selectFrom('channels').select(columns).where('provider', '=', provider).where('phone', '=', phone).executeTakeFirst()
}

/** The numbers of these accounts that are not deleted. */
export async function listLiveChannels(db: DbOrTx, accounts: readonly string[]): Promise<readonly ChannelRow[]> {
  return db
    .selectFrom('channels')
    .select(columns)
    .where(sql<boolean>`account_id = any(${accounts}::text[])`)
    .where('deleted_at', 'is', null)
    .execute()
}

/** The numbers that are reached through an account, as the network names it, and are not deleted. */
export async function listAccountChannels(db: DbOrTx, provider: string, account: ExternalId): Promise<readonly ChannelId[]> {
  const rows = await db
    .selectFrom('channels as c')
    .innerJoin('accounts as a', 'a.id', 'c.account_id')
    .select('c.id')
    .where('a.provider', '=', provider)
    .where('a.external_id', '=', account)
    .where('c.deleted_at', 'is', null)
    .execute()
  return rows.map((row) => row.id)
}

/** The numbers of one person that are not deleted. */
export async function listChannelsOf(db: DbOrTx, provider: string, owner: UserId): Promise<readonly ChannelRow[]> {
  return db
    .selectFrom('channels')
    .select(columns)
    .where('provider', '=', provider)
    .where('owner_id', '=', owner)
    .where('deleted_at', 'is', null)
    .orderBy('created_at')
    .execute()
}

/** False when the number has a channel already; another process was quicker. */
export async function insertChannelOnce(tx: Tx, row: ChannelRow, now: Date): Promise<boolean> {
  const inserted = await tx
    .insertInto('channels')
    .values({ ...row, ...paceOf(row.provider), unwell_since: row.status === 'connected' ? null : row.status_since, created_at: now })
    .onConflict((conflict) => conflict.columns(['provider', 'external_id']).doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}

/** Linked phones are banned for writing like machines (product.md 5); a business's own road has limits of its own, and tells them. */
const paceOf = (provider: string) => (provider === 'cloud' ? { messages_per_minute: null, new_chats_per_day: null } : {})

/** A new status comes with its time: since when the number is not connected is kept over all that it is instead. */
export async function updateChannel(tx: Tx, id: ChannelId, changes: Changes): Promise<void> {
  if (Object.keys(changes).length === 0) return
  await tx.updateTable('channels').set(changes).where('id', '=', id).execute()
  if (changes.status === undefined) return
  await sql`update channels set unwell_since = case when status = 'connected' then null else coalesce(unwell_since, status_since) end
    where id = ${id}`.execute(tx)
}

/** Whether this road has a default number; nobody else makes one until the transaction ends. */
export async function hasDefault(tx: Tx, provider: string): Promise<boolean> {
  await lockDefault(tx, provider)
  const row = await tx
    .selectFrom('channels')
    .select('id')
    .where('provider', '=', provider)
    .where('is_default', '=', true)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

/** Takes the default away from whichever number of this road has it; returns that one. Nobody else makes one until the transaction ends. */
export async function clearDefault(tx: Tx, provider: string, except: ChannelId): Promise<readonly ChannelId[]> {
  await lockDefault(tx, provider)
  const rows = await tx
    .updateTable('channels')
    .set({ is_default: false })
    .where('provider', '=', provider)
    .where('is_default', '=', true)
    .where('id', '<>', except)
    .returning('id')
    .execute()
  return rows.map((row) => row.id)
}

async function lockDefault(tx: Tx, provider: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('default channel'), hashtext(${provider}))`.execute(tx)
}

export async function replaceMembers(tx: Tx, id: ChannelId, userIds: readonly UserId[]): Promise<void> {
  await tx.deleteFrom('channel_members').where('channel_id', '=', id).execute()
  if (userIds.length === 0) return
  await tx
    .insertInto('channel_members')
    .values(userIds.map((user_id) => ({ channel_id: id, user_id })))
    .execute()
}

/** How many of these people exist and are active. */
export async function countActiveUsers(tx: Tx, ids: readonly UserId[]): Promise<number> {
  if (ids.length === 0) return 0
  const rows = await tx.selectFrom('users').select('id').where('id', 'in', ids).where('active', '=', true).execute()
  return rows.length
}
