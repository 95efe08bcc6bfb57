import { isDeepStrictEqual } from 'node:util'
import type { ChannelId, ExternalId } from '../../../contract/ids.ts'
import {
  type AccountName,
  type AccountOwner,
  type AccountRow,
  type ChannelState,
  findAccount,
  findAccountByExternal,
  findAccountOfChannel,
  insertAccountOnce,
  listAccountNames,
  listMadeAccounts,
  takeUnusedChannelAccount,
  updateAccountLink,
} from '../../db/accounts.ts'
import type { Locks } from '../../db/locks.ts'
import type { Db, Tx } from '../../db/schema.ts'
import type { Clock, NewId } from '../../lib/clock.ts'
import { openParts, type Seal, type SealedParts, sealParts } from '../../lib/seal.ts'
import type { AccountLink, Provider, ProviderName } from '../../providers/provider.ts'

/** An account that exists on the network, with what it takes to act as it. */
export interface Account {
  readonly id: string
  readonly provider: ProviderName
  readonly owner: AccountOwner
  readonly link: AccountLink
}

/** The accounts that the inbox has on the networks: one for each person who links a phone, one for each shared number. */
export interface Accounts {
  /** Makes the row with its name and password, which the network has not heard of yet; finds it when it is there. */
  reserve(tx: Tx, provider: ProviderName, owner: AccountOwner): Promise<string>
  /**
   * The same for a shared number that is not linked yet, whose channel will get the id of the owner. Takes over the account of
   * an earlier attempt that failed.
   */
  reserveShared(tx: Tx, provider: ProviderName): Promise<string>
  /** Sees to it that the account exists on the network. Idempotent; processes that do it at once wait for each other. */
  ensure(provider: Provider, accountId: string, displayName: string, signal: AbortSignal): Promise<AccountLink>
  /** Undefined for an account that we do not have, or that the network does not know yet. */
  find(accountId: string): Promise<Account | undefined>
  linkOf(accountId: string): Promise<AccountLink | undefined>
  findByExternal(provider: ProviderName, external: ExternalId): Promise<Account | undefined>
  /** The account by which a channel is reached, and the channel as it stands; undefined when either is gone. */
  findOfChannel(id: ChannelId): Promise<{ readonly account: Account; readonly channel: ChannelState } | undefined>
  /** A page of them: those behind this id, at most 200, none at the end. */
  list(provider: ProviderName, after?: string): Promise<readonly Account[]>
  /** All of them, without their secrets, those on which something has happened of late first. */
  names(provider: ProviderName): Promise<readonly AccountName[]>
}

/** `newUuid` makes UUIDv7; `newPassword` random texts that cannot be guessed. */
export interface AccountsDeps {
  readonly db: Db
  readonly seal: Seal
  readonly locks: Pick<Locks, 'hold'>
  readonly clock: Clock
  readonly newId: NewId
  readonly newUuid: () => string
  readonly newPassword: () => string
}

const pageLength = 200
const activeForMs = 86_400_000

export function createAccounts(deps: AccountsDeps): Accounts {
  const { db, seal, locks, clock } = deps

  return {
    reserve,
    async reserveShared(tx, provider) {
      const unused = await takeUnusedChannelAccount(tx, provider)
      return unused?.id ?? reserve(tx, provider, { type: 'channel', id: deps.newId<ChannelId>('channel') })
    },
    async ensure(provider, accountId, displayName, signal) {
      if (provider.accounts === undefined) throw new Error(`${provider.name} has no accounts`)
      await using hold = await locks.hold(`account ${accountId}`, signal)
      const row = await findAccount(db, accountId)
      if (row === undefined) throw new Error(`there is no account ${accountId}`)
      const parts = openParts(seal, 'accounts', row.id, row.sealed)
      const known = linkFrom(row, parts)
      const request = { name: row.name, displayName, password: parts['password'] ?? '' }
      const link = await provider.accounts.ensure(request, known ?? null, AbortSignal.any([signal, hold.lost]))
      if (known === undefined || !isDeepStrictEqual(known, link)) await keep(row.id, request.password, link)
      return link
    },
    find,
    linkOf: async (accountId) => (await find(accountId))?.link,
    async findByExternal(provider, external) {
      const row = await findAccountByExternal(db, provider, external)
      return row === undefined ? undefined : accountFrom(row)
    },
    async findOfChannel(id) {
      const row = await findAccountOfChannel(db, id)
      const account = row === undefined ? undefined : accountFrom(row.account)
      return row === undefined || account === undefined ? undefined : { account, channel: row.channel }
    },
    async list(provider, after = '') {
      const rows = await listMadeAccounts(db, provider, after, pageLength)
      return rows.map(accountFrom).filter((account) => account !== undefined)
    },
    names: (provider) => listAccountNames(db, provider, new Date(clock() - activeForMs)),
  }

  async function find(accountId: string): Promise<Account | undefined> {
    const row = await findAccount(db, accountId)
    return row === undefined ? undefined : accountFrom(row)
  }

  /** The name is made up rather than taken from the person: it is seen by the homeserver and by whoever shares a room. */
  async function reserve(tx: Tx, provider: ProviderName, owner: AccountOwner): Promise<string> {
    const uuid = deps.newUuid().replaceAll('-', '')
    const id = `acc_${uuid}`
    const sealed = sealParts(seal, 'accounts', id, { password: deps.newPassword() })
    const name = `${owner.type === 'user' ? 'user' : 'number'}-${uuid.slice(-12)}`
    const row: AccountRow = { id, provider, owner_type: owner.type, owner_id: owner.id, name, external_id: null, sealed }
    return (await insertAccountOnce(tx, row, new Date(clock()))).id
  }

  async function keep(id: string, password: string, link: AccountLink): Promise<void> {
    const sealed = sealParts(seal, 'accounts', id, { password, secrets: JSON.stringify(link.secrets) })
    await db.transaction().execute((tx) => updateAccountLink(tx, id, { external_id: link.external, sealed }))
  }

  function accountFrom(row: AccountRow): Account | undefined {
    const link = linkFrom(row, openParts(seal, 'accounts', row.id, row.sealed))
    return link === undefined
      ? undefined
      : { id: row.id, provider: row.provider as ProviderName, owner: { type: row.owner_type, id: row.owner_id }, link }
  }
}

function linkFrom(row: AccountRow, parts: SealedParts): AccountLink | undefined {
  if (row.external_id === null) return undefined
  return { external: row.external_id, secrets: JSON.parse(parts['secrets'] ?? '{}') as AccountLink['secrets'] }
}
