import { type Selectable, sql } from 'kysely'
import type { ChannelId, ExternalId, UserId } from '../../contract/ids.ts'
import type { SealedParts } from '../lib/seal.ts'
import { notify } from './notify.ts'
import type { DbOrTx, Tables, Tx } from './schema.ts'

/** Whose account it is: a person's, or a shared number's. */
export interface AccountOwner {
  readonly type: Tables['accounts']['owner_type']
  readonly id: string
}
export interface AccountRow {
  readonly id: string
  readonly provider: string
  readonly owner_type: AccountOwner['type']
  readonly owner_id: string
  readonly name: string
  /** Null until the network has made it. */
  readonly external_id: ExternalId | null
  readonly sealed: SealedParts
}

const columns = ['id', 'provider', 'owner_type', 'owner_id', 'name', 'external_id', 'sealed'] as const

/** Makes the row of an owner's account unless there is one, and returns the one that stands. */
export async function insertAccountOnce(tx: Tx, row: AccountRow, now: Date): Promise<AccountRow> {
  await tx
    .insertInto('accounts')
    .values({ ...row, sealed: JSON.stringify(row.sealed), saved_at: null, problem: null, created_at: now })
    .onConflict((conflict) => conflict.columns(['provider', 'owner_type', 'owner_id']).doNothing())
    .execute()
  return tx
    .selectFrom('accounts')
    .select(columns)
    .where('provider', '=', row.provider)
    .where('owner_type', '=', row.owner_type)
    .where('owner_id', '=', row.owner_id)
    .executeTakeFirstOrThrow()
}

export async function findAccount(db: DbOrTx, id: string): Promise<AccountRow | undefined> {
  return db.selectFrom('accounts').select(columns).where('id', '=', id).executeTakeFirst()
}

/** What of a channel decides whether anything goes out from it. */
export type ChannelState = Pick<Selectable<Tables['channels']>, 'external_id' | 'status' | 'deleted_at'>

/** The account by which a channel is reached. */
export async function findAccountOfChannel(
  db: DbOrTx,
  id: ChannelId,
): Promise<{ readonly account: AccountRow; readonly channel: ChannelState } | undefined> {
  const row = await db
    .selectFrom('channels as c')
    .innerJoin('accounts as a', 'a.id', 'c.account_id')
    .select(['c.external_id as channel_external_id', 'c.status', 'c.deleted_at'])
    .select(['a.id', 'a.provider', 'a.owner_type', 'a.owner_id', 'a.name', 'a.external_id', 'a.sealed'])
    .where('c.id', '=', id)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { channel_external_id, status, deleted_at, ...account } = row
  return { account, channel: { external_id: channel_external_id, status, deleted_at } }
}

export async function findAccountByExternal(db: DbOrTx, provider: string, external: ExternalId): Promise<AccountRow | undefined> {
  return db.selectFrom('accounts').select(columns).where('provider', '=', provider).where('external_id', '=', external).executeTakeFirst()
}

/** Those of the accounts on the network that come behind this id, in the order of their ids. */
export async function listMadeAccounts(db: DbOrTx, provider: string, after: string, limit: number): Promise<readonly AccountRow[]> {
  return db
    .selectFrom('accounts')
    .select(columns)
    .where('provider', '=', provider)
    .where('external_id', 'is not', null)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** An account as it is polled: what the network calls it and what we do, without the secrets. */
export interface AccountName {
  readonly id: string
  readonly external: ExternalId
  /** Whether anything went to or fro on one of its numbers since the time that was asked for. */
  readonly is_active: boolean
}

/** Every account that the network knows, those that are active first. */
export async function listAccountNames(db: DbOrTx, provider: string, activeSince: Date): Promise<readonly AccountName[]> {
  const { rows } = await sql<AccountName>`select a.id, a.external_id as external, coalesce(c.last_at > ${activeSince}, false) as is_active
    from accounts a left join (
      select account_id, greatest(max(last_inbound_at), max(phone_last_seen_at)) as last_at from channels where deleted_at is null group by account_id
    ) c on c.account_id = a.id
    where a.provider = ${provider} and a.external_id is not null order by is_active desc, a.id`.execute(db)
  return rows
}

/**
 * An account that was made for a shared number which then was not linked: the next attempt takes it, so that attempts do not
 * pile up accounts. One transaction at a time does this, until it ends.
 */
export async function takeUnusedChannelAccount(tx: Tx, provider: string): Promise<AccountRow | undefined> {
  await sql`select pg_advisory_xact_lock(hashtext('unused accounts'), hashtext(${provider}))`.execute(tx)
  return tx
    .selectFrom('accounts')
    .select(columns)
    .where('provider', '=', provider)
    .where('owner_type', '=', 'channel')
    .where((where) =>
      where.not(where.exists(where.selectFrom('channels').select('id').whereRef('channels.account_id', '=', 'accounts.id'))),
    )
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('logins')
            .select('id')
            .whereRef('logins.account_id', '=', 'accounts.id')
            .where((login) =>
              login.or([login('channel_id', 'is not', null), login('status', 'not in', ['expired', 'cancelled', 'failed'])]),
            ),
        ),
      ),
    )
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst()
}

/** Keeps what the network calls the account and what it takes to act as it, and tells whoever polls accounts. */
export async function updateAccountLink(tx: Tx, id: string, link: { external_id: ExternalId; sealed: SealedParts }): Promise<void> {
  await tx
    .updateTable('accounts')
    .set({ external_id: link.external_id, sealed: JSON.stringify(link.sealed) })
    .where('id', '=', id)
    .execute()
  await notify(tx, 'accounts')
}

/** How a person is called, for the account made for them. */
export async function findOwnerName(db: DbOrTx, userId: UserId): Promise<string> {
  const row = await db.selectFrom('users').select('name').where('id', '=', userId).executeTakeFirst()
  return row?.name ?? ''
}
