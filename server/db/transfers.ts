import type { ChannelId, LoginId, TransferId, UserId } from '../../contract/ids.ts'
import type { TransferStatus } from '../../contract/transfer.ts'
import type { DbOrTx, Tables, Tx } from './schema.ts'

/** A number that somebody else has linked, as it is stored. `account_id` is the account that it is linked under now. */
export interface TransferRow {
  readonly id: TransferId
  readonly channel_id: ChannelId
  readonly account_id: string
  readonly login_id: LoginId | null
  readonly from_user_id: UserId | null
  readonly to_user_id: UserId | null
  readonly access: 'shared' | 'personal'
  readonly status: TransferStatus
  readonly decided_by: UserId | null
  readonly decided_at: Date | null
  readonly created_at: Date
}

const columns = [
  'id',
  'channel_id',
  'account_id',
  'login_id',
  'from_user_id',
  'to_user_id',
  'access',
  'status',
  'decided_by',
  'decided_at',
  'created_at',
] as const satisfies readonly (keyof Tables['transfers'])[]

export async function insertTransfer(tx: Tx, row: TransferRow): Promise<void> {
  await tx.insertInto('transfers').values(row).execute()
}

export async function findTransfer(db: DbOrTx, id: TransferId): Promise<TransferRow | undefined> {
  return db.selectFrom('transfers').select(columns).where('id', '=', id).executeTakeFirst()
}

/** The one that waits for a decision, locked until the transaction ends. */
export async function lockPendingTransfer(tx: Tx, channelId: ChannelId): Promise<TransferRow | undefined> {
  return tx
    .selectFrom('transfers')
    .select(columns)
    .where('channel_id', '=', channelId)
    .where('status', '=', 'pending')
    .forUpdate()
    .executeTakeFirst()
}

/** The same claim that was refused before. */
export async function findRefused(tx: Tx, channelId: ChannelId, accountId: string): Promise<TransferId | undefined> {
  const row = await tx
    .selectFrom('transfers')
    .select('id')
    .where('channel_id', '=', channelId)
    .where('account_id', '=', accountId)
    .where('status', '=', 'refused')
    .executeTakeFirst()
  return row?.id
}

/** Nobody has decided where `by` is null. */
export async function endTransfer(
  tx: Tx,
  id: TransferId,
  end: { readonly status: Exclude<TransferStatus, 'pending'>; readonly by: UserId | null; readonly at: Date },
): Promise<void> {
  await tx.updateTable('transfers').set({ status: end.status, decided_by: end.by, decided_at: end.at }).where('id', '=', id).execute()
}
