import { isDeepStrictEqual } from 'node:util'
import type { Requester } from './auth.ts'
import { findRoom, type Core } from './core.ts'
import { badRequest, forbidden, MatrixError } from './errors.ts'
import { putEvent } from './events.ts'
import { splitUserId } from './ids.ts'
import { findState, membershipOf, type Json, type Room, type RoomEvent } from './state.ts'

/** What is done to somebody's membership; `kick` and `unban` end as `leave`. */
export type MembershipAction = 'invite' | 'join' | 'leave' | 'ban' | 'kick' | 'unban' | 'knock'

/** Changes a membership by the rules of Synapse; the same change again gives back the event that stands. */
export function changeMembership(
  core: Core,
  requester: Requester,
  room: Room,
  change: { target: string; action: MembershipAction; content?: Json; ts?: number },
): RoomEvent {
  const { target, action } = change
  if (splitUserId(target) === undefined) throw badRequest(`Expected UserID string to start with '@'`, 'M_INVALID_PARAM')
  const membership = action === 'kick' || action === 'unban' ? 'leave' : action
  const content: Json = { ...change.content, ...profileFor(core, membership, target, change.content), membership }
  const present = findState(room, 'm.room.member', target)
  if (present === undefined) {
    if (action === 'kick') throw forbidden('The target user is not in the room')
  } else {
    const before = present.content.membership
    if (action === 'unban' && before !== 'ban') throw badState(`Cannot unban user who was not banned (membership=${String(before)})`)
    if (before === 'ban' && !['ban', 'unban', 'leave'].includes(action)) throw badState(`Cannot ${action} user who was banned`)
    if (present.sender === requester.userId && isDeepStrictEqual(present.content, content)) return present
    if ((before === 'ban' || before === 'leave') && action === 'kick') throw forbidden('The target user is not in the room')
  }
  return putEvent(core, requester, room, {
    type: 'm.room.member',
    stateKey: target,
    content,
    ...(change.ts === undefined ? {} : { ts: change.ts }),
  })
}

function badState(message: string): MatrixError {
  return new MatrixError(403, 'M_BAD_STATE', message)
}

function profileFor(core: Core, membership: string, target: string, given: Json | undefined): Json {
  if (membership !== 'join' && membership !== 'invite' && membership !== 'knock') return {}
  const profile = core.store.state.users.get(target)?.profile
  const out: Json = {}
  for (const field of ['displayname', 'avatar_url']) {
    const value = profile?.get(field)
    if (given?.[field] === undefined && value !== undefined) out[field] = value
  }
  return out
}

/** A room that somebody wants to join; 400 for what is no room id, 404 for a room that this server does not know. */
export function getRoomToJoin(core: Core, roomId: string): Room {
  if (!roomId.startsWith('!')) throw badRequest(`${roomId} was not legal room ID or room alias`)
  const room = findRoom(core, roomId)
  if (room !== undefined) return room
  throw new MatrixError(404, 'M_UNKNOWN', "Can't join remote room because no servers that are in the room have been provided.")
}

/** A room whose members somebody wants to change; what an unknown one is answered with differs by the deed. */
export function getRoomToChange(core: Core, roomId: string, action: MembershipAction): Room {
  const room = findRoom(core, roomId)
  if (room !== undefined) return room
  if (action === 'kick' || action === 'leave' || action === 'unban') throw new MatrixError(404, 'M_UNKNOWN', 'Not a known room')
  throw forbidden('Unknown room')
}

/** A room that somebody wants to act in; an unknown one is 403, as one that it is not in. */
export function getRoom(core: Core, { userId }: Requester, roomId: string): Room {
  const room = findRoom(core, roomId)
  if (room === undefined) throw forbidden(`User ${userId} not in room ${roomId}`)
  return room
}

/** Forgets a room that the user is no longer in; its history is then closed to it. A room that it never was in is no error. */
export function forgetRoom(core: Core, requester: Requester, roomId: string): void {
  const room = findRoom(core, roomId)
  const membership = room === undefined ? undefined : membershipOf(room, requester.userId)
  if (membership === 'join' || membership === 'invite') throw badRequest(`User ${requester.userId} in room ${roomId}`)
  if (core.store.state.memberships.get(requester.userId)?.has(roomId) === true)
    core.store.commit({ r: 'forget', user_id: requester.userId, room_id: roomId })
}
