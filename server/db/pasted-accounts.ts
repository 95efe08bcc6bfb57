import { sql } from 'kysely'
import type { ChannelId, ExternalId, UserId } from '../../contract/ids.ts'
import type { SealedParts } from '../lib/seal.ts'
import { notify } from './notify.ts'
import type { DbOrTx, Tx } from './schema.ts'

/** A Matrix account that a person has entered, as it is stored. */
export interface PastedRow {
  readonly id: string
  readonly provider: string
  readonly owner_id: string
  readonly external_id: ExternalId | null
  readonly sealed: SealedParts
  readonly saved_at: Date | null
  readonly problem: string | null
}

const rowsOf = (db: DbOrTx) =>
  db
    .selectFrom('accounts')
    .select(['id', 'provider', 'owner_id', 'external_id', 'sealed', 'saved_at', 'problem'])
    .where('provider', 'like', 'matrix/%')
    .where('external_id', 'is not', null)

export async function listPasted(db: DbOrTx): Promise<readonly PastedRow[]> {
  return rowsOf(db).orderBy('id').execute()
}

export async function findPasted(db: DbOrTx, owner: UserId): Promise<PastedRow | undefined> {
  return rowsOf(db).where('owner_type', '=', 'user').where('owner_id', '=', owner).executeTakeFirst()
}

/** One person at a time: two saves at once must not leave two accounts. */
export async function lockPasted(tx: Tx, owner: UserId): Promise<PastedRow | undefined> {
  await sql`select pg_advisory_xact_lock(hashtext('pasted account'), hashtext(${owner}))`.execute(tx)
  return findPasted(tx, owner)
}

/** Makes or renews it, and tells every process. */
export async function putPasted(tx: Tx, row: Omit<PastedRow, 'problem'> & { readonly external_id: ExternalId }, now: Date): Promise<void> {
  const { id, provider, owner_id, external_id } = row
  const changes = { sealed: JSON.stringify(row.sealed), saved_at: row.saved_at, problem: null }
  await tx
    .insertInto('accounts')
    .values({ id, provider, owner_type: 'user', owner_id, name: 'entered', external_id, created_at: now, ...changes })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(changes))
    .execute()
  await sql`update jobs set run_at = ${now} where starts_with(kind, ${`${provider}.`}) and lease_token is null`.execute(tx)
  await notify(tx, 'settings', provider)
}

/** Forgets the token; the row stays for the numbers that were reached by it. Every process is told. */
export async function retirePasted(tx: Tx, id: string): Promise<void> {
  await tx.updateTable('accounts').set({ external_id: null, sealed: '{}' }).where('id', '=', id).execute()
  await notify(tx, 'settings', id)
}

/** False when that was known already. */
export async function notePastedProblem(tx: Tx, id: string, problem: string): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('accounts')
    .set({ problem })
    .where('id', '=', id)
    .where('provider', 'like', 'matrix/%')
    .where('problem', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** The numbers that are reached by this account. */
export async function listChannelsBy(tx: DbOrTx, accountId: string): Promise<readonly ChannelId[]> {
  const rows = await tx.selectFrom('channels').select('id').where('account_id', '=', accountId).where('deleted_at', 'is', null).execute()
  return rows.map((row) => row.id)
}
