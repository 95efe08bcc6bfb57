import type { Requester } from './auth.ts'
import type { Core } from './core.ts'
import { forbidden } from './errors.ts'
import { findStateAt, membershipOf, stateKeyOf, type Room, type RoomEvent } from './state.ts'

const visibilityKey = stateKeyOf('m.room.history_visibility', '')

/** The kinds of history visibility, the most open first. */
const visibilities = ['world_readable', 'shared', 'invited', 'joined']

/**
 * Whether a user may see an event of a room (client-server API, room history visibility). Shared history is open to who
 * is or was in the room, as Synapse has it; `isPeeking` is for who is not in it, and opens it no further.
 */
export function canSee(room: Room, userId: string, event: RoomEvent, isPeeking = false): boolean {
  if (event.hidden === true) return false
  const visibility = effectiveVisibility(room, event)
  if (visibility === 'world_readable' || (visibility === 'shared' && !isPeeking)) return true
  const after = membershipOf(room, userId, event.stream)
  const before = membershipOf(room, userId, event.stream - 1)
  if (event.type === 'm.room.member' && event.state_key === userId) {
    if (after === 'leave' && (before === 'join' || before === 'invite')) return true
    if (before === 'join') return true
  }
  return after === 'join' || (visibility === 'invited' && after === 'invite')
}

function effectiveVisibility(room: Room, event: RoomEvent): string {
  const after = visibilityAt(room, event.stream)
  if (event.type !== 'm.room.history_visibility') return after
  const before = visibilityAt(room, event.stream - 1)
  return visibilities.indexOf(before) < visibilities.indexOf(after) ? before : after
}

function visibilityAt(room: Room, stream: number): string {
  const visibility = findStateAt(room, visibilityKey, stream)?.content.history_visibility
  return typeof visibility === 'string' && visibilities.includes(visibility) ? visibility : 'shared'
}

/** A room as a member sees it, `until` the stream of its leaving when it has left; 403 for others (banned, or the room forgotten). */
export function roomView(core: Core, requester: Requester, roomId: string): { room: Room; until: number } {
  const room = core.store.state.rooms.get(roomId)
  const member = core.store.state.memberships.get(requester.userId)?.get(roomId)
  if (room !== undefined) {
    if (member?.content.membership === 'join') return { room, until: Number.MAX_SAFE_INTEGER }
    if (member?.content.membership === 'leave') return { room, until: member.stream }
    if (visibilityAt(room, Number.MAX_SAFE_INTEGER) === 'world_readable') {
      return { room, until: Number.MAX_SAFE_INTEGER }
    }
  }
  throw forbidden(`User ${requester.userId} not in room ${roomId}, and room previews are disabled`)
}
