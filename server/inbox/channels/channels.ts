import type { ChannelPatch } from '../../../contract/channel.ts'
import type { ChannelId, LoginId, TransferId, UserId } from '../../../contract/ids.ts'
import { type AccountOwner, findAccount } from '../../db/accounts.ts'
import {
  type ChannelRow,
  clearDefault,
  countActiveUsers,
  findChannel,
  hasDefault,
  insertChannelOnce,
  lockChannel,
  lockChannelByExternal,
  replaceMembers,
  updateChannel,
} from '../../db/channels.ts'
import { appendEvents } from '../../db/events.ts'
import { notify } from '../../db/notify.ts'
import { awaitIngest, carryFacts, releaseDeferred, rememberFacts } from '../../db/inbound.ts'
import { releaseHeld } from '../../db/outbox.ts'
import type { Db, Tx } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import type { Clock, NewId } from '../../lib/clock.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
import { isPasted, networkOf } from '../../lib/roads.ts'
import type { AccountLink, InboundEvent, LinkedPhone, Provider, ProviderName } from '../../providers/provider.ts'
import { type Actor, knownChannelIds, mayManage } from '../people/access.ts'
import type { Accounts } from '../linking/accounts.ts'
import { mayContinue, patched, wrong } from './rules.ts'
import { openTransfer, withdrawTransfer } from '../linking/transfer-open.ts'

/** A phone that was linked, and for whom. `account` is the one that it was linked under. */
export interface Linked {
  readonly provider: Provider
  readonly account: { readonly id: string; readonly owner: AccountOwner; readonly link: AccountLink }
  readonly phone: LinkedPhone
  /** What the person called it; else the network's name of it. */
  readonly name?: string
  readonly loginId?: LoginId
  /** False: it does not become the default of its road although there is none. */
  readonly asDefault?: boolean
  /** What of its chats is to be copied from now on; null as before. */
  readonly copying?: Pick<ChannelRow, 'copy' | 'copy_since'> | null
}
/** `taken`: the number belongs to somebody else here, and an admin has to decide. */
export type Attached =
  | { readonly type: 'attached'; readonly channelId: ChannelId }
  | { readonly type: 'taken'; readonly transferId: TransferId }

/** The numbers: how they come, change and go. */
export interface Channels {
  /** Gives a linked phone its channel: the one that this number always had, or a new one. Repeatable. */
  attach(tx: Tx, linked: Linked): Promise<Attached>
  /** Throws not_found for what this actor may not know of, forbidden, invalid_request. */
  patch(actor: Actor, id: ChannelId, patch: ChannelPatch): Promise<void>
  /** Unlinks the phone; the channel stays as it is, logged out. Who may is for the caller to say. Throws provider_unavailable. */
  disconnect(channel: ChannelRow): Promise<void>
  /** Unlinks the phone and puts the channel away; the history stays. Throws as `patch`, and provider_unavailable when the network is away. */
  remove(actor: Actor, id: ChannelId): Promise<void>
  /** Takes over what the network says of a number's state; a word that is older than what we have changes nothing. */
  applyStatus(tx: Tx, provider: string, event: ChannelEvent, now: Date): Promise<void>
}
export type ChannelEvent = Extract<InboundEvent, { type: 'channel' }>

export interface ChannelsDeps {
  readonly db: Db
  readonly clock: Clock
  readonly newId: NewId
  readonly findProvider: (name: ProviderName) => Provider | undefined
  readonly accounts: Pick<Accounts, 'find'>
  /** Forgets an account that a person has entered; nobody else can unlink its phones. */
  readonly forget: (accountId: string) => Promise<void>
}

export function createChannels(deps: ChannelsDeps): Channels {
  const { db, clock } = deps

  return {
    async attach(tx, linked) {
      const { provider, account, phone } = linked
      const now = new Date(clock())
      await awaitIngest(tx, provider.name)
      const attached = await attachRow(deps, tx, linked, now)
      if (attached.type === 'taken') return attached
      await withdrawTransfer(tx, attached.channelId, now)
      const learnt = provider.numbers.attached(account.link, phone)
      await carryFacts(tx, attached.from, provider.name, learnt.carried)
      await rememberFacts(tx, provider.name, learnt.facts)
      await releaseDeferred(tx, provider.name, learnt.resolved, now)
      await appendEvents(tx, [changed(attached.channelId)], now)
      await notify(tx, 'accounts')
      return { type: 'attached', channelId: attached.channelId }
    },

    async patch(actor, id, patch) {
      await getKnown(db, actor, id)
      await transact(db, async (tx) => {
        const channel = await lockChannel(tx, id)
        if (channel === undefined || channel.deleted_at !== null) throw noSuchChannel()
        const changes = patched(actor, channel, patch)
        await checkPeople(tx, patch.owner_id ?? null, patch.member_ids ?? [])
        const undone = changes.is_default === true ? await clearDefault(tx, channel.provider, id) : []
        await updateChannel(tx, id, changes)
        if (changes.access === 'personal') await replaceMembers(tx, id, [])
        else if (patch.member_ids !== undefined) await replaceMembers(tx, id, patch.member_ids)
        const now = new Date(clock())
        if (patch.pace !== undefined) await releaseHeld(tx, id, now)
        await appendEvents(tx, [...undone, id].map(changed), now)
      })
    },

    async disconnect(channel) {
      const detail = await unlink(channel)
      await transact(db, (tx) => markUnlinked(tx, channel.id, detail, {}, new Date(clock())))
    },

    async remove(actor, id) {
      const channel = await getKnown(db, actor, id)
      if (!mayManage(actor, channel)) throw new AppError('forbidden', 'Only the owner of this number or an admin may unlink it.')
      const detail = await unlink(channel)
      const now = new Date(clock())
      await transact(db, (tx) => markUnlinked(tx, id, detail, { deleted_at: now, is_default: false }, now))
    },

    applyStatus,
  }

  /** Asks the network first: a channel that says logged out while its phone is still linked would go on copying chats. */
  async function unlink(channel: ChannelRow): Promise<string> {
    const account = channel.account_id === null ? undefined : await deps.accounts.find(channel.account_id)
    if (account !== undefined && isPasted(account.provider)) {
      await deps.forget(account.id)
      return 'The access token was forgotten here. The phone stays linked to the bridge: send its bot `logout`'
    }
    const provider = account === undefined ? undefined : deps.findProvider(account.provider)
    if (provider?.numbers.logout === undefined || account === undefined) return unlinkedHere
    try {
      await provider.numbers.logout(account.link, channel.external_id)
      return unlinkedHere
    } catch (error) {
      throw new AppError('provider_unavailable', `The phone could not be unlinked, so nothing was changed: ${messageOf(error)}`, {
        cause: error,
      })
    }
  }
}

async function getKnown(db: Db, actor: Actor, id: ChannelId): Promise<ChannelRow> {
  const channel = await findChannel(db, id)
  if (channel === undefined || !(await knownChannelIds(db, actor)).includes(id)) throw noSuchChannel()
  return channel
}

type Put = Pick<Partial<ChannelRow>, 'deleted_at' | 'is_default'>

async function markUnlinked(tx: Tx, id: ChannelId, detail: string, changes: Put, now: Date): Promise<void> {
  await updateChannel(tx, id, { ...changes, status: 'logged_out', status_since: now, status_detail: detail })
  await appendEvents(tx, [changed(id)], now)
}

const unlinkedHere = 'Unlinked here'

/** Networks tell times in whole seconds: what is so little older than our own word is not older. */
const networkRoundingMs = 1000

async function applyStatus(tx: Tx, provider: string, event: ChannelEvent, now: Date): Promise<void> {
  const channel = await lockChannelByExternal(tx, networkOf(provider), event.channel)
  if (channel === undefined || channel.deleted_at !== null) return
  const seen = event.phoneSeenAt === undefined ? null : new Date(event.phoneSeenAt)
  if (seen !== null && (channel.phone_last_seen_at ?? new Date(0)) < seen) await updateChannel(tx, channel.id, { phone_last_seen_at: seen })
  const at = new Date(event.at)
  const same = channel.status === event.status && channel.status_detail === (event.detail ?? null)
  // A number that says it is connected and lets nothing pass is judged by what passes.
  const isUnproven = channel.status === 'silent' && event.status === 'connected'
  if (same || isUnproven || at.getTime() + networkRoundingMs < channel.status_since.getTime()) return
  const since = channel.status === event.status ? channel.status_since : at
  await updateChannel(tx, channel.id, { status: event.status, status_detail: event.detail ?? null, status_since: since })
  await appendEvents(tx, [changed(channel.id)], now)
}

/** `from`: the road by which the number was reached before, if it was another one. */
type AttachedRow = (Extract<Attached, { type: 'attached' }> & { readonly from: string | null }) | Extract<Attached, { type: 'taken' }>

async function attachRow(deps: ChannelsDeps, tx: Tx, linked: Linked, now: Date): Promise<AttachedRow> {
  const network = networkOf(linked.provider.name)
  const { provider, account, phone, name } = linked
  const shared = account.owner.type !== 'user'
  const userId = account.owner.type === 'user' ? (account.owner.id as UserId) : null
  const state = { status: phone.status, status_since: now, status_detail: phone.detail ?? null }
  const known = await lockChannelByExternal(tx, network, phone.external)
  if (known === undefined) {
    const id = account.owner.type === 'channel' ? await freeIdOf(deps, tx, account.owner) : deps.newId<ChannelId>('channel')
    const row: ChannelRow = {
      id,
      provider: network,
      external_id: phone.external,
      account_id: account.id,
      phone: phone.phone,
      name: name ?? (phone.name || phone.phone),
      access: shared ? 'shared' : 'personal',
      owner_id: userId,
      is_default: shared && linked.asDefault !== false && !(await hasDefault(tx, network)),
      ...state,
      phone_last_seen_at: now,
      deleted_at: null,
      copy: 'everything',
      copy_since: null,
      linked_at: now,
      ...linked.copying,
    }
    // Somebody who inserted the same number meanwhile has committed by now: their row is the one to go on with.
    return (await insertChannelOnce(tx, row, now)) ? { type: 'attached', channelId: id, from: null } : attachRow(deps, tx, linked, now)
  }
  if (!mayContinue(known, { userId, shared })) {
    const claim = { provider, channel: known, phone, accountId: account.id, userId, loginId: linked.loginId ?? null }
    return { type: 'taken', transferId: await openTransfer(tx, deps.newId, claim, now) }
  }
  const since = known.status === phone.status ? known.status_since : now
  const changes = {
    account_id: account.id,
    phone: phone.phone,
    ...state,
    status_since: since,
    phone_last_seen_at: now,
    deleted_at: null,
    linked_at: now,
    ...linked.copying,
  }
  await updateChannel(tx, known.id, { ...changes, ...(name === undefined ? {} : { name }) })
  const before = known.account_id === null ? undefined : await findAccount(tx, known.account_id)
  const from = before === undefined || before.provider === provider.name ? null : before.provider
  return { type: 'attached', channelId: known.id, from }
}

/** The channel's id was chosen with its account; where that one is in use already, the account now serves one more number. */
async function freeIdOf(deps: ChannelsDeps, tx: Tx, owner: AccountOwner): Promise<ChannelId> {
  const chosen = owner.id as ChannelId
  return (await findChannel(tx, chosen)) === undefined ? chosen : deps.newId('channel')
}

async function checkPeople(tx: Tx, owner: UserId | null, members: readonly UserId[]): Promise<void> {
  if (owner !== null && (await countActiveUsers(tx, [owner])) !== 1)
    throw wrong('/owner_id', 'not_found', 'There is no such active person.')
  if ((await countActiveUsers(tx, members)) !== members.length) throw wrong('/member_ids', 'not_found', 'One of these is no active person.')
}

function changed(id: ChannelId) {
  return { type: 'channel.updated' as const, objectId: id, channelId: id }
}

function noSuchChannel(): AppError {
  return new AppError('not_found', 'There is no such number.')
}
