import type { Requester } from './auth.ts'
import type { Core } from './core.ts'
import { forbidden } from './errors.ts'
import { findStateAt, membershipOf, stateKeyOf, type Room, type RoomEvent } from './state.ts'

const visibilityKey = stateKeyOf('m.room.history_visibility', '')

/** Whether a user may see an event of a room, by history visibility and its memberships (client-server API, room history visibility). */
export function canSee(room: Room, userId: string, event: RoomEvent): boolean {
  if (event.type === 'm.room.member' && event.state_key === userId) return true
  const then = membershipOf(room, userId, event.stream)
  if (then === 'join') return true
  const visibility = findStateAt(room, visibilityKey, event.stream)?.content.history_visibility ?? 'shared'
  if (visibility === 'world_readable') return true
  if (visibility === 'invited' && then === 'invite') return true
  return visibility === 'shared' && joinedAfter(room, userId, event.stream)
}

function joinedAfter(room: Room, userId: string, stream: number): boolean {
  const log = room.stateLog.get(stateKeyOf('m.room.member', userId)) ?? []
  return log.some((event) => event.stream > stream && event.content.membership === 'join')
}

/** A room as a member sees it, `until` the stream of its leaving when it has left; 403 for others (a forgotten room too). */
export function roomView(core: Core, requester: Requester, roomId: string): { room: Room; until: number } {
  const room = core.store.state.rooms.get(roomId)
  const member = core.store.state.memberships.get(requester.userId)?.get(roomId)
  if (room !== undefined) {
    if (member?.content.membership === 'join') return { room, until: Number.MAX_SAFE_INTEGER }
    if (member?.content.membership === 'leave' || member?.content.membership === 'ban') return { room, until: member.stream }
    if (findStateAt(room, visibilityKey, Number.MAX_SAFE_INTEGER)?.content.history_visibility === 'world_readable') {
      return { room, until: Number.MAX_SAFE_INTEGER }
    }
  }
  throw forbidden(`User ${requester.userId} not in room ${roomId}, and room previews are disabled`)
}
