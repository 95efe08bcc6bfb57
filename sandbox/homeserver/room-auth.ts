import { badRequest, forbidden, MatrixError, notFound } from './errors.ts'
import { splitUserId } from './ids.ts'
import { findState, membershipOf, type Json, type Room } from './state.ts'

/** An event that somebody wants to put into a room. */
export type Proposed = { type: string; sender: string; state_key?: string; content: Json; redacts?: string }

const creatorLevel = Number.MAX_SAFE_INTEGER
const namedDefaults = { ban: 50, kick: 50, redact: 50, invite: 0 }

function powerLevelOf(room: Room, userId: string): number {
  const create = findState(room, 'm.room.create')
  if (room.version === '12' && isCreator(room, userId)) return creatorLevel
  const levels = findState(room, 'm.room.power_levels')?.content
  if (levels === undefined) return create?.sender === userId ? 100 : 0
  return numberIn(levels.users, userId) ?? numberIn(levels, 'users_default') ?? 0
}

function isCreator(room: Room, userId: string): boolean {
  const create = findState(room, 'm.room.create')
  const additional = create?.content.additional_creators
  return create?.sender === userId || (Array.isArray(additional) && additional.includes(userId))
}

function numberIn(holder: unknown, key: string): number | undefined {
  const value = typeof holder === 'object' && holder !== null ? (holder as Json)[key] : undefined
  return typeof value === 'number' ? value : undefined
}

function namedLevel(room: Room, name: keyof typeof namedDefaults): number {
  return numberIn(findState(room, 'm.room.power_levels')?.content, name) ?? namedDefaults[name]
}

/** Throws what Synapse answers when the room's rules forbid the event (Matrix room version 11, authorization rules). */
export function checkAllowed(room: Room, event: Proposed): void {
  if (event.type === 'm.room.create') {
    if (room.timeline.length > 0) throw new MatrixError(500, 'M_UNKNOWN', 'Internal server error')
    return
  }
  if (event.type === 'm.room.member') {
    checkMembership(room, event)
    return
  }
  if (membershipOf(room, event.sender) !== 'join') throw forbidden(`User ${event.sender} not in room ${room.roomId}`)
  checkSendLevel(room, event)
  if (event.type === 'm.room.power_levels') checkPowerLevels(room, event)
}

function checkSendLevel(room: Room, event: Proposed): void {
  const levels = findState(room, 'm.room.power_levels')?.content
  const fallback = event.state_key === undefined ? (numberIn(levels, 'events_default') ?? 0) : (numberIn(levels, 'state_default') ?? 50)
  const needed = numberIn(levels?.events, event.type) ?? fallback
  const level = powerLevelOf(room, event.sender)
  if (level < needed) {
    throw forbidden(`You don't have permission to post that to the room. user_level (${level}) < send_level (${needed})`)
  }
  if (event.state_key?.startsWith('@') === true && event.state_key !== event.sender) {
    throw forbidden('You are not allowed to set others state')
  }
}

/** Whether the sender may redact this target: its own events always, others' with the room's redact level. */
export function checkRedaction(room: Room, { sender, redacts }: Proposed, target: { sender: string; type: string } | undefined): void {
  if (powerLevelOf(room, sender) < namedLevel(room, 'redact')) {
    if (target === undefined) throw notFound(`Could not find event ${redacts ?? 'None'}`)
    if (target.sender !== sender) throw forbidden("You don't have permission to redact events")
  }
  if (target?.type === 'm.room.create') throw forbidden('Redacting create events is not permitted')
}

function checkMembership(room: Room, event: Proposed): void {
  const target = event.state_key ?? ''
  const own = membershipOf(room, event.sender)
  const theirs = membershipOf(room, target)
  const membership = event.content.membership
  switch (membership) {
    case 'join':
      checkJoin(room, event.sender, target)
      return
    case 'invite':
      if (own !== 'join') throw forbidden(`${event.sender} not in room ${room.roomId}.`)
      if (theirs === 'ban') throw forbidden(`${target} is banned from the room`)
      if (theirs === 'join') throw forbidden(`${target} is already in the room.`)
      if (powerLevelOf(room, event.sender) < namedLevel(room, 'invite')) throw forbidden("You don't have permission to invite users")
      return
    case 'leave':
      if (target === event.sender && (own === 'invite' || own === 'knock')) return
      if (own !== 'join') throw forbidden(`${event.sender} not in room ${room.roomId}.`)
      checkRemoval(room, event.sender, target, theirs)
      return
    case 'ban':
      if (own !== 'join') throw forbidden(`${event.sender} not in room ${room.roomId}.`)
      if (powerLevelOf(room, event.sender) < namedLevel(room, 'ban')) throw forbidden("You don't have permission to ban")
      if (powerLevelOf(room, event.sender) <= powerLevelOf(room, target)) throw forbidden("You don't have permission to ban this user")
      return
    case 'knock':
      checkKnock(room, event.sender, target)
      return
    default:
      throw badRequest('Invalid membership key')
  }
}

function checkJoin(room: Room, sender: string, target: string): void {
  const membership = membershipOf(room, sender)
  if (sender !== target) throw forbidden('Cannot force another user to join.')
  if (membership === 'ban') throw forbidden('You are banned from this room')
  const isFirst = room.joined.size === 0 && room.timeline.length === 1 && room.timeline[0]?.sender === sender
  if (isFirst || membership === 'join' || membership === 'invite') return
  if (joinRule(room) !== 'public') throw forbidden('You are not invited to this room.')
}

function joinRule(room: Room): unknown {
  return findState(room, 'm.room.join_rules')?.content.join_rule ?? 'invite'
}

function checkRemoval(room: Room, sender: string, target: string, theirs: string | undefined): void {
  const level = powerLevelOf(room, sender)
  if (theirs === 'ban' && level < namedLevel(room, 'ban')) throw forbidden(`You cannot unban user ${target}.`)
  if (target === sender) return
  if (level < namedLevel(room, 'kick') || level <= powerLevelOf(room, target)) throw forbidden(`You cannot kick user ${target}.`)
}

function checkKnock(room: Room, sender: string, target: string): void {
  const membership = membershipOf(room, sender)
  if (joinRule(room) !== 'knock') throw forbidden("You don't have permission to knock")
  if (target !== sender) throw forbidden('You cannot knock for other users')
  if (membership === 'join') throw forbidden('You cannot knock on a room you are already in')
  if (membership === 'invite') throw forbidden('You are already invited to this room')
  if (membership === 'ban') throw forbidden('You are banned from this room')
}

const scalarLevels = ['users_default', 'events_default', 'state_default', 'ban', 'redact', 'kick', 'invite'] as const
const mapLevels = ['users', 'events', 'notifications'] as const

function checkPowerLevels(room: Room, event: Proposed): void {
  const users = (event.content.users ?? {}) as Json
  for (const userId of Object.keys(users)) {
    if (splitUserId(userId) === undefined) throw badRequest(`Not a valid user_id: ${userId}`)
    if (room.version === '12' && isCreator(room, userId)) throw badRequest(`Creator user ${userId} must not appear in content.users`)
  }
  const before = findState(room, 'm.room.power_levels')?.content
  if (before === undefined) return
  const own = powerLevelOf(room, event.sender)
  for (const name of scalarLevels) checkLevelChange(own, numberIn(before, name), numberIn(event.content, name))
  for (const map of mapLevels) {
    const keys = new Set([...Object.keys((before[map] ?? {}) as Json), ...Object.keys((event.content[map] ?? {}) as Json)])
    for (const key of keys) {
      const old = numberIn(before[map], key)
      const wanted = numberIn(event.content[map], key)
      if (old === wanted) continue
      if (map === 'users' && key !== event.sender && old === own) {
        throw forbidden("You don't have permission to remove ops level equal to your own")
      }
      checkLevelChange(own, old, wanted)
    }
  }
}

function checkLevelChange(own: number, old: number | undefined, wanted: number | undefined): void {
  if (old === wanted) return
  if ((old ?? -Infinity) > own || (wanted ?? -Infinity) > own) {
    throw forbidden("You don't have permission to add ops level greater than your own")
  }
}
