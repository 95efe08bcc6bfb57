import { badRequest, MatrixError } from './errors.ts'
import type { Json } from './state.ts'

const maxEventBytes = 65_536
const maxFieldBytes = 255
const memberships = new Set(['invite', 'join', 'knock', 'leave', 'ban'])

/** Refuses what Synapse refuses in an event that a client makes: canonical JSON, needed strings, power levels, mentions. */
export function checkContent(type: string, stateKey: string | undefined, roomId: string, content: Json): void {
  checkCanonical(content)
  switch (type) {
    case 'm.room.message':
      needStrings(content, ['body', 'msgtype'])
      break
    case 'm.room.topic':
      needStrings(content, ['topic'])
      needState(type, stateKey)
      break
    case 'm.room.name':
      needStrings(content, ['name'])
      needState(type, stateKey)
      break
    case 'm.room.member':
      if (!('membership' in content)) throw badRequest('Content has not membership key')
      if (typeof content.membership !== 'string' || !memberships.has(content.membership)) throw badRequest('Invalid membership key')
      needState(type, stateKey)
      break
    case 'm.room.tombstone':
      if (!('replacement_room' in content)) throw badRequest('Content has no replacement_room key')
      if (content.replacement_room === roomId) throw badRequest('Tombstone cannot reference the room it was sent in')
      needState(type, stateKey)
      break
    case 'm.room.power_levels':
      checkPowerLevelTypes(content)
      break
  }
  if ('m.mentions' in content) checkMentions(content['m.mentions'])
}

function checkCanonical(value: unknown): void {
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) throw badRequest('Bad JSON value: float', 'M_BAD_JSON')
    if (!Number.isSafeInteger(value)) throw badRequest('JSON integer out of range', 'M_BAD_JSON')
  } else if (Array.isArray(value)) {
    for (const each of value) checkCanonical(each)
  } else if (typeof value === 'object' && value !== null) {
    for (const each of Object.values(value)) checkCanonical(each)
  }
}

function needStrings(content: Json, keys: readonly string[]): void {
  for (const key of keys) {
    if (!(key in content)) throw badRequest(`'${key}' not in content`)
    if (typeof content[key] !== 'string') throw badRequest(`'${key}' not a string type`)
  }
}

function needState(type: string, stateKey: string | undefined): void {
  if (stateKey === undefined) throw badRequest(`'${type}' must be state events`)
}

function checkPowerLevelTypes(content: Json): void {
  for (const key of ['ban', 'events_default', 'invite', 'kick', 'redact', 'state_default', 'users_default']) {
    if (key in content && !Number.isInteger(content[key])) throw notOfType(key, content[key], 'integer')
  }
  for (const key of ['events', 'notifications', 'users']) {
    const levels = content[key]
    if (levels === undefined) continue
    if (typeof levels !== 'object' || levels === null || Array.isArray(levels)) throw notOfType(key, levels, 'object')
    for (const [name, level] of Object.entries(levels)) {
      if (!Number.isInteger(level)) throw notOfType(name, level, 'integer')
    }
  }
}

function notOfType(key: string, value: unknown, type: string): MatrixError {
  return badRequest(`"${key}": ${shown(value)} is not of type '${type}'`, 'M_BAD_JSON')
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
}

function checkMentions(mentions: unknown): void {
  if (typeof mentions !== 'object' || mentions === null || Array.isArray(mentions)) {
    throw badRequest(`${shown(mentions)} is not of type 'object'`, 'M_BAD_JSON')
  }
  const { user_ids: userIds, room } = mentions as { user_ids?: unknown; room?: unknown }
  if (room !== undefined && typeof room !== 'boolean') throw notOfType('room', room, 'boolean')
  if (userIds === undefined || typeof userIds === 'string') return
  if (!Array.isArray(userIds)) throw notOfType('user_ids', userIds, 'array')
  for (const userId of userIds) {
    if (typeof userId !== 'string') throw notOfType('0', userId, 'string')
  }
}

const id = '$'.padEnd(44, 'x')
const signing = {
  auth_events: [id, id, id],
  prev_events: [id],
  hashes: { sha256: id },
  signatures: { 'server.example': { 'ed25519:a_XXXX': 'x'.repeat(86) } },
  unsigned: { age_ts: 1_790_000_000_000 },
  depth: 1000,
}

/** Refuses an event whose signed form would pass 65,536 bytes, or a field over 255 (protocol/homeserver.md 6). */
export function checkSize(event: Json): void {
  if (Buffer.byteLength(JSON.stringify({ ...event, ...signing })) > maxEventBytes) throw tooLarge('event too large')
  for (const field of ['sender', 'room_id', 'state_key', 'type']) {
    const value = event[field]
    if (typeof value === 'string' && Buffer.byteLength(value) > maxFieldBytes) throw tooLarge(`'${field}' too large`)
  }
}

function tooLarge(message: string): MatrixError {
  return new MatrixError(413, 'M_TOO_LARGE', message)
}
