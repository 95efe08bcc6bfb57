import type { ChannelId, LoginId, TransferId, UserId } from '../../../contract/ids.ts'
import { type ChannelRow, updateChannel } from '../../db/channels.ts'
import { appendEvents } from '../../db/events.ts'
import { rememberFacts } from '../../db/inbound.ts'
import type { Tx } from '../../db/schema.ts'
import { endTransfer, findRefused, insertTransfer, lockPendingTransfer } from '../../db/transfers.ts'
import type { NewId } from '../../lib/clock.ts'
import { isPasted } from '../../lib/roads.ts'
import type { LinkedPhone, Provider } from '../../providers/provider.ts'

/** A number that was linked, under an account whose owner the channel does not belong to. */
export interface Claim {
  readonly provider: Provider
  readonly channel: ChannelRow
  readonly phone: LinkedPhone
  readonly accountId: string
  /** Null for the team. */
  readonly userId: UserId | null
  readonly loginId: LoginId | null
}

/**
 * Notes that an admin has to decide whose number it is; the same claim again changes nothing, one of somebody else takes its place.
 * From here on what comes for a personal number is put aside: the one who scanned must not see the chats of the owner, nor the owner
 * those of a phone that has changed hands. A number of the team goes on being read by the team.
 */
export async function openTransfer(tx: Tx, newId: NewId, claim: Claim, now: Date): Promise<TransferId> {
  const { provider, channel, accountId, userId, loginId } = claim
  const before = await lockPendingTransfer(tx, channel.id)
  // What the portals of an entered account say is only its homeserver's word: it asks, and touches nothing.
  const isWord = isPasted(provider.name)
  if (before !== undefined && (isWord || before.account_id === accountId)) return before.id
  const answered = isWord ? await findRefused(tx, channel.id, accountId) : undefined
  if (answered !== undefined) return answered
  await withdrawTransfer(tx, channel.id, now)
  const id = newId<TransferId>('transfer')
  await insertTransfer(tx, {
    id,
    channel_id: channel.id,
    account_id: accountId,
    login_id: loginId,
    from_user_id: channel.owner_id,
    to_user_id: userId,
    access: userId === null ? 'shared' : 'personal',
    status: 'pending',
    decided_by: null,
    decided_at: null,
    created_at: now,
  })
  if (!isWord) await loseLink(tx, claim, now)
  await appendEvents(
    tx,
    [
      { type: 'channel.updated', objectId: channel.id, channelId: channel.id },
      { type: 'transfer.updated', objectId: id },
    ],
    now,
  )
  return id
}

async function loseLink(tx: Tx, { provider, channel, phone }: Claim, now: Date): Promise<void> {
  if (channel.access === 'personal') await rememberFacts(tx, provider.name, provider.numbers.held(phone))
  const status_detail = 'Linked by somebody else: an admin decides'
  await updateChannel(tx, channel.id, { status: 'logged_out', status_since: now, status_detail })
}

/** The number was linked by somebody else since, so there is nothing to decide any more. */
export async function withdrawTransfer(tx: Tx, channelId: ChannelId, now: Date): Promise<void> {
  const pending = await lockPendingTransfer(tx, channelId)
  if (pending === undefined) return
  await endTransfer(tx, pending.id, { status: 'withdrawn', by: null, at: now })
  await appendEvents(tx, [{ type: 'transfer.updated', objectId: pending.id }], now)
}
