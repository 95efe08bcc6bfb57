import type { TransferId, UserId } from '../../../contract/ids.ts'
import { type ChannelRow, findChannel, lockChannel, replaceMembers, updateChannel } from '../../db/channels.ts'
import { unassignOthers } from '../../db/conversations.ts'
import { appendEvents } from '../../db/events.ts'
import { awaitIngest, releaseDeferred, rememberFacts } from '../../db/inbound.ts'
import { lockLogin, updateLogin } from '../../db/logins.ts'
import type { Db, Tx } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import { endTransfer, findTransfer, lockPendingTransfer, type TransferRow } from '../../db/transfers.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
import { isPasted } from '../../lib/roads.ts'
import type { LinkedPhone, Provider, ProviderName } from '../../providers/provider.ts'
import type { UserActor } from '../people/access.ts'
import type { Account, Accounts } from './accounts.ts'

/** Numbers that change hands (product.md 4). Both throw not_found, conflict once it is decided, provider_unavailable. */
export interface Transfers {
  /** The channel with its history and what was held back now belongs to whoever has linked the phone. */
  accept(actor: UserActor, id: TransferId): Promise<void>
  /** Unlinks the phone again; what was held back goes to the number's owner. */
  refuse(actor: UserActor, id: TransferId): Promise<void>
}

export interface TransfersDeps {
  readonly db: Db
  readonly clock: Clock
  readonly findProvider: (name: ProviderName) => Provider | undefined
  readonly accounts: Pick<Accounts, 'find'>
  readonly wakeIngest: () => void
}

/** Whoever is about to act on a number's network: an account with its provider. */
interface Side {
  readonly account: Account
  readonly provider: Provider
}

export function createTransfers(deps: TransfersDeps): Transfers {
  const { db, clock } = deps

  return {
    async accept(actor, id) {
      const { transfer, channel, claimant } = await getPending(id)
      const phone = await findPhone(claimant, channel)
      if (phone === undefined) {
        await giveBack(transfer, channel, { status: 'withdrawn', by: null })
        throw new AppError('conflict', 'The phone is not linked any more, so there is nothing to hand over.')
      }
      await change(transfer, claimant.provider, async (tx, now) => {
        await handOver(tx, transfer, channel, phone, now)
        await learn(tx, claimant, phone, now)
        await endTransfer(tx, id, { status: 'accepted', by: actor.id, at: now })
        await tellLogin(tx, transfer, now)
      })
    },

    async refuse(actor, id) {
      const { transfer, channel, claimant } = await getPending(id)
      await ask(async () => claimant.provider.numbers.logout?.(claimant.account.link, channel.external_id))
      await giveBack(transfer, channel, { status: 'refused', by: actor.id })
    },
  }

  async function getPending(id: TransferId) {
    const transfer = await findTransfer(db, id)
    const channel = transfer === undefined ? undefined : await findChannel(db, transfer.channel_id)
    if (transfer === undefined || channel === undefined) throw new AppError('not_found', 'There is no such transfer.')
    if (transfer.status !== 'pending') throw decided()
    const claimant = await findSide(transfer.account_id)
    if (claimant === undefined) throw new AppError('not_configured', 'The road by which this phone was linked is not set up any more.')
    return { transfer, channel, claimant }
  }

  async function findSide(accountId: string | null): Promise<Side | undefined> {
    const account = accountId === null ? undefined : await deps.accounts.find(accountId)
    const provider = account === undefined ? undefined : deps.findProvider(account.provider)
    return account === undefined || provider === undefined ? undefined : { account, provider }
  }

  /** The phone as it is linked under the new account; one whose road cannot be asked is as its portals say. */
  async function findPhone({ account, provider }: Side, { external_id, phone, name }: ChannelRow): Promise<LinkedPhone | undefined> {
    if (isPasted(provider.name)) return { external: external_id, phone, name, status: 'connected' }
    const phones = await ask(() => provider.numbers.list(account.link))
    return phones.find((found) => found.external === external_id && found.status !== 'logged_out')
  }

  /** What was held back was sent to this number, and the number stays with its owner. */
  async function giveBack(transfer: TransferRow, channel: ChannelRow, end: { status: 'refused' | 'withdrawn'; by: UserId | null }) {
    const owner = await findSide(channel.account_id)
    const { external_id, phone, name } = channel
    await change(transfer, owner?.provider, async (tx, now) => {
      if (owner !== undefined) await learn(tx, owner, { external: external_id, phone, name, status: 'logged_out' }, now)
      await endTransfer(tx, transfer.id, { ...end, at: now })
    })
  }

  /** One decision of several wins; applying waits, as facts change under it. */
  async function change(transfer: TransferRow, provider: Provider | undefined, work: (tx: Tx, now: Date) => Promise<void>): Promise<void> {
    const now = new Date(clock())
    await transact(db, async (tx) => {
      if (provider !== undefined) await awaitIngest(tx, provider.name)
      await lockChannel(tx, transfer.channel_id)
      if ((await lockPendingTransfer(tx, transfer.channel_id))?.id !== transfer.id) throw decided()
      await work(tx, now)
      const { id, channel_id } = transfer
      await appendEvents(
        tx,
        [
          { type: 'channel.updated', objectId: channel_id, channelId: channel_id },
          { type: 'transfer.updated', objectId: id },
        ],
        now,
      )
    })
    deps.wakeIngest()
  }
}

async function handOver(tx: Tx, transfer: TransferRow, channel: ChannelRow, phone: LinkedPhone, now: Date): Promise<void> {
  const { access, to_user_id, account_id } = transfer
  await updateChannel(tx, channel.id, {
    account_id,
    access,
    owner_id: to_user_id,
    is_default: access === 'shared' && channel.is_default,
    status: phone.status,
    status_since: now,
    status_detail: phone.detail ?? null,
    phone_last_seen_at: now,
    deleted_at: null,
  })
  await replaceMembers(tx, channel.id, [])
  if (to_user_id === null) return
  const freed = await unassignOthers(tx, channel.id, to_user_id, now)
  await appendEvents(
    tx,
    freed.map((id) => ({ type: 'conversation.updated', objectId: id, channelId: channel.id })),
    now,
  )
}

async function learn(tx: Tx, { provider, account }: Side, phone: LinkedPhone, now: Date): Promise<void> {
  const learnt = provider.numbers.attached(account.link, phone)
  await rememberFacts(tx, provider.name, learnt.facts)
  await releaseDeferred(tx, provider.name, learnt.resolved, now)
}

/** The person who scanned may still be looking at what became of it. */
async function tellLogin(tx: Tx, { login_id, channel_id }: TransferRow, now: Date): Promise<void> {
  const login = login_id === null ? undefined : await lockLogin(tx, login_id)
  if (login !== undefined) await updateLogin(tx, login, { status: 'connected', channel_id, error: null }, now)
}

async function ask<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new AppError('provider_unavailable', `The network did not answer, so nothing was changed: ${messageOf(error)}`, { cause: error })
  }
}

function decided(): AppError {
  return new AppError('conflict', 'This was decided already.')
}
