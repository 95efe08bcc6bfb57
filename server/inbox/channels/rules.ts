import type { ChannelPatch } from '../../../contract/channel.ts'
import type { UserId } from '../../../contract/ids.ts'
import type { ChannelRow } from '../../db/channels.ts'
import { AppError } from '../../lib/errors.ts'
import { type Actor, isAdmin, mayManage } from '../people/access.ts'

/**
 * Whether linking this number may go on with the channel that it already has, and so show its history: only for the owner,
 * or for a shared number where an admin links it as such (product.md 4). Everything else is a transfer, which an admin decides.
 */
export function mayContinue(
  channel: Pick<ChannelRow, 'owner_id'>,
  login: { readonly userId: UserId | null; readonly shared: boolean },
): boolean {
  return channel.owner_id === null ? login.shared : channel.owner_id === login.userId
}

type Pace = NonNullable<ChannelPatch['pace']>

/** What a patch makes of a channel's row. Throws forbidden or invalid_request; whether the actor may know of the channel is asked before. */
export function patched(
  actor: Actor,
  channel: ChannelRow,
  patch: ChannelPatch,
): Partial<Pick<ChannelRow, 'name' | 'access' | 'owner_id' | 'is_default'> & Pace> {
  if (!mayManage(actor, channel)) throw new AppError('forbidden', 'Only the owner of this number or an admin may change it.')
  if (!isAdmin(actor) && patch.pace !== undefined) throw new AppError('forbidden', 'Only an admin may change how fast a number writes.')
  const access = patch.access ?? channel.access
  const owner = patch.owner_id === undefined ? channel.owner_id : patch.owner_id
  if (!isAdmin(actor) && (owner !== channel.owner_id || patch.is_default !== undefined))
    throw new AppError('forbidden', 'Only an admin may hand a number over or make it the default.')
  if (access === 'shared' && channel.access === 'personal' && channel.owner_id !== actor.id)
    throw new AppError('forbidden', 'Only its owner may share a personal number: its chats are private until then.')
  if (access === 'personal' && owner === null) throw wrong('/owner_id', 'required', 'A personal number needs an owner.')
  if (access === 'personal' && (patch.member_ids?.length ?? 0) > 0)
    throw wrong('/member_ids', 'not_allowed', 'Only a shared number has members.')
  if (access === 'personal' && patch.is_default === true)
    throw wrong('/is_default', 'not_allowed', 'Only a shared number can be the default.')
  return {
    ...patch.pace,
    name: patch.name ?? channel.name,
    access,
    owner_id: owner,
    is_default: access === 'shared' && (patch.is_default ?? channel.is_default),
  }
}

/** A patch's field that cannot be. */
export function wrong(pointer: string, code: string, detail: string): AppError {
  return new AppError('invalid_request', detail, { fields: [{ pointer, code, detail }] })
}
