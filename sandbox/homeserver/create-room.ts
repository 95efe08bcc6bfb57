import type { Requester } from './auth.ts'
import type { Core } from './core.ts'
import { badRequest } from './errors.ts'
import { putEvent } from './events.ts'
import { newRoomId, splitUserId } from './ids.ts'
import { changeMembership } from './membership.ts'
import type { Json, Room } from './state.ts'

type Preset = 'private_chat' | 'trusted_private_chat' | 'public_chat'

const roomVersions = ['11', '12'] as const

/** The room versions that can be made. */
export type RoomVersion = (typeof roomVersions)[number]

/** Makes a room as Synapse does: create, creator's join, power levels, rules, initial state, name, topic, invites, in this order. */
export function createRoom(core: Core, requester: Requester, config: Json, defaultVersion: RoomVersion): Room {
  const version = versionOf(config.room_version ?? defaultVersion)
  const invitees = asUserIds(config.invite)
  const preset = presetOf(config)
  const override = asObject(config.power_level_content_override, 'power_level_content_override')
  if (version !== '12' && override.users !== undefined && !(requester.userId in (override.users as Json))) {
    throw badRequest(`Not a valid power_level_content_override: 'users' did not contain ${requester.userId}`)
  }
  const initial = initialState(config.initial_state)
  const roomId = newRoomId(core.serverName, version)
  core.store.commit({ r: 'room', room_id: roomId, version })
  const room = core.store.state.rooms.get(roomId)
  if (room === undefined) throw new Error('the room was not kept')
  const put = (type: string, content: Json, stateKey = '') => putEvent(core, requester, room, { type, stateKey, content })

  put('m.room.create', createContent(config, version, preset, invitees))
  changeMembership(core, requester, room, { target: requester.userId, action: 'join' })
  const levels = initial.find((each) => each.type === 'm.room.power_levels' && each.stateKey === '')
  put('m.room.power_levels', levels?.content ?? { ...defaultLevels(requester.userId, version, preset, invitees), ...override })
  for (const [type, content] of rulesOf(preset)) {
    if (!initial.some((each) => each.type === type && each.stateKey === '')) put(type, content)
  }
  for (const each of initial) {
    if (each !== levels) put(each.type, each.content, each.stateKey)
  }
  if ('name' in config) put('m.room.name', { name: config.name })
  if ('topic' in config) put('m.room.topic', topicContent(config.topic))
  for (const target of invitees) {
    const content = config.is_direct === true ? { is_direct: true } : {}
    changeMembership(core, requester, room, { target, action: 'invite', content })
  }
  return room
}

function versionOf(value: unknown): RoomVersion {
  if (typeof value !== 'string') throw badRequest('room_version must be a string', 'M_BAD_JSON')
  const version = roomVersions.find((each) => each === value)
  if (version === undefined) throw badRequest('Your homeserver does not support this room version', 'M_UNSUPPORTED_ROOM_VERSION')
  return version
}

function asUserIds(value: unknown): string[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw badRequest(`Invalid user_id: ${JSON.stringify(value)}`)
  return value.map((each: unknown) => {
    if (typeof each !== 'string' || splitUserId(each) === undefined) throw badRequest(`Invalid user_id: ${JSON.stringify(each)}`)
    return each
  })
}

function asObject(value: unknown, name: string): Json {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw badRequest(`${name} must be an object`, 'M_BAD_JSON')
  return value as Json
}

function presetOf(config: Json): Preset {
  const preset = config.preset ?? (config.visibility === 'public' ? 'public_chat' : 'private_chat')
  if (preset === 'private_chat' || preset === 'trusted_private_chat' || preset === 'public_chat') return preset
  throw badRequest(`${JSON.stringify(preset)} is not a valid preset`, 'M_BAD_JSON')
}

function initialState(value: unknown): { type: string; stateKey: string; content: Json }[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw badRequest('initial_state must be a list', 'M_BAD_JSON')
  const byKey = new Map<string, { type: string; stateKey: string; content: Json }>()
  for (const each of value as unknown[]) {
    const { type, state_key: stateKey = '', content } = asObject(each, 'initial_state')
    if (typeof type !== 'string' || typeof stateKey !== 'string') throw badRequest('initial_state needs type and state_key', 'M_BAD_JSON')
    byKey.set(JSON.stringify([type, stateKey]), { type, stateKey, content: asObject(content, 'content') })
  }
  return [...byKey.values()]
}

function createContent(config: Json, version: string, preset: Preset, invitees: string[]): Json {
  const content: Json = { ...asObject(config.creation_content, 'creation_content'), room_version: version }
  if (version === '12' && preset === 'trusted_private_chat' && invitees.length > 0) {
    const given = Array.isArray(content.additional_creators) ? (content.additional_creators as unknown[]) : []
    content.additional_creators = [...new Set([...given, ...invitees])]
  }
  return content
}

function defaultLevels(creator: string, version: string, preset: Preset, invitees: string[]): Json {
  const byCreation = version === '12'
  const users: Record<string, number> = byCreation ? {} : { [creator]: 100 }
  if (preset === 'trusted_private_chat' && !byCreation) {
    for (const invitee of invitees) users[invitee] = 100
  }
  return {
    users,
    users_default: 0,
    events: {
      'm.room.name': 50,
      'm.room.power_levels': 100,
      'm.room.history_visibility': 100,
      'm.room.canonical_alias': 50,
      'm.room.avatar': 50,
      'm.room.tombstone': byCreation ? 150 : 100,
      'm.room.server_acl': 100,
      'm.room.encryption': 100,
      ...(preset === 'public_chat' ? { 'm.call.invite': 50 } : {}),
    },
    events_default: 0,
    state_default: 50,
    ban: 50,
    kick: 50,
    redact: 50,
    invite: preset === 'public_chat' ? 50 : 0,
    historical: 100,
  }
}

function rulesOf(preset: Preset): [string, Json][] {
  const rules: [string, Json][] = [
    ['m.room.join_rules', { join_rule: preset === 'public_chat' ? 'public' : 'invite' }],
    ['m.room.history_visibility', { history_visibility: 'shared' }],
  ]
  if (preset !== 'public_chat') rules.push(['m.room.guest_access', { guest_access: 'can_join' }])
  return rules
}

function topicContent(topic: unknown): Json {
  return { topic, 'm.topic': { 'm.text': [{ body: topic }] } }
}
