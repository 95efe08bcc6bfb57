import type { MatrixConfig } from './config.ts'
import type { BridgeFact, RoomFact } from './reading/facts.ts'
import { isMediaAddress } from './reading/file-in.ts'
import { count, type Fields, fields, filled, texts } from '../../lib/fields.ts'
import { readFeatures } from './sending/limits.ts'
import { ghostIdOf, ghostIdOfAddress, ghostPrefixOf, ghostUserId, isOurName, readDisplayName } from './names.ts'

/** A state event as it stands in a room; what is missing reads as empty. */
export interface StateEvent {
  readonly type: string
  readonly stateKey: string
  readonly sender: string
  readonly content: Fields
  readonly at: number
}

export function readState(event: Fields): StateEvent {
  return {
    type: filled(event['type']) ?? '',
    stateKey: typeof event['state_key'] === 'string' ? event['state_key'] : '',
    sender: filled(event['sender']) ?? '',
    content: fields(event['content']),
    at: count(event['origin_server_ts']) ?? 0,
  }
}

export const bridgeTypes: readonly string[] = ['m.bridge', 'uk.half-shot.bridge']

/**
 * What a room is, told from its state alone: a chat only if the configured bot itself says so, and never the bridge's own
 * rooms (protocol/bridge.md 4.2, 4.7; safety.md S11b). `account` is ours and in the room.
 */
export function classifyRoom(given: MatrixConfig, state: readonly StateEvent[], account: string): RoomFact {
  const bridgeHere = given.alone === undefined ? undefined : declaredBridge(given, state)
  const config = withBridge(given, bridgeHere)
  const create = state.find((event) => event.type === 'm.room.create')
  const joined = state
    .filter((event) => event.type === 'm.room.member' && event.content['membership'] === 'join')
    .map((event) => event.stateKey)
  const declared = bridgeTypes.flatMap((type) => state.filter((event) => event.type === type && event.sender === config.botUserId))
  const bridge = declared[0]?.content
  const channel = fields(bridge?.['channel'])
  const remote = filled(channel['id'])
  const login = filled(channel['fi.mau.receiver'])
  const base = {
    accounts: [...new Set([account, ...joined.filter((user) => isOurName(config, user))])],
    own: ownGhosts(config, state, login),
    created_at: create?.at ?? 0,
  }
  if (bridge === undefined || remote === undefined) return { ...base, kind: 'none', why: 'undeclared' }
  const type = filled(bridge['com.beeper.room_type.v2']) ?? filled(bridge['com.beeper.room_type']) ?? ''
  const why = notAChat(type, remote, create?.content['type'])
  if (why !== undefined) return { ...base, kind: 'none', why }

  const contact = contactOf(config, remote, joined, base.own)
  const direct = type === 'dm' || (type === '' && ghostIdOfAddress(remote) !== undefined)
  const name = roomName(state)
  const byBridge = (type: string) => state.find((event) => event.type === type && event.sender === config.botUserId)
  const features = byBridge('com.beeper.room_features')
  const timer = byBridge('com.beeper.disappearing_timer')
  return {
    ...base,
    kind: direct ? 'direct' : 'group',
    remote,
    ...(login === undefined ? {} : { login }),
    ...(direct && contact !== undefined ? { contact } : {}),
    ...(name === undefined ? {} : { name }),
    ...(features === undefined ? {} : { limits: readFeatures(features.content) }),
    ...(direct ? {} : { picture: roomPicture(state) }),
    ...(timer === undefined ? {} : { timer: count(timer.content['timer']) ?? 0 }),
    ...(bridgeHere === undefined ? {} : { bridge: bridgeHere }),
  }
}

/** The config as it holds in a room whose bridge is known from the room alone. */
export function withBridge(config: MatrixConfig, bridge: BridgeFact | undefined): MatrixConfig {
  return bridge === undefined ? config : { ...config, botUserId: bridge.bot, ghostPrefix: bridge.ghosts }
}

/**
 * The bridge that a room says it belongs to. Only who made the room may say so, for itself, and only on the account's own server:
 * anybody else could invite the account and write what they like.
 */
function declaredBridge(config: MatrixConfig, state: readonly StateEvent[]): BridgeFact | undefined {
  const creator = state.find((event) => event.type === 'm.room.create')?.sender
  const declared = state.find(
    ({ type, sender, content }) =>
      bridgeTypes.includes(type) &&
      sender === creator &&
      content['bridgebot'] === sender &&
      fields(content['protocol'])['id'] === 'whatsapp',
  )
  if (declared === undefined || !declared.sender.endsWith(`:${config.serverName}`)) return undefined
  const prefixes = state
    .filter(({ type, stateKey }) => type === 'm.room.member' && stateKey !== config.alone && stateKey !== declared.sender)
    .flatMap(({ stateKey }) => ghostPrefixOf(config, stateKey) ?? [])
  const counts = Map.groupBy(prefixes, (prefix) => prefix)
  const [ghosts] = [...counts].toSorted(([, some], [, others]) => others.length - some.length)[0] ?? [config.ghostPrefix]
  return { bot: declared.sender, ghosts }
}

/** The name that a room carries, without what the bridge adds to a person's name. */
export function roomName(state: readonly StateEvent[]): string | undefined {
  const name = filled(state.find((event) => event.type === 'm.room.name' && event.stateKey === '')?.content['name'])
  return name === undefined ? undefined : (readDisplayName(name).name ?? name.slice(0, 256))
}

/** The address of the picture that a room carries; empty where it has none. */
export function roomPicture(state: readonly StateEvent[]): string {
  const address = state.find((event) => event.type === 'm.room.avatar' && event.stateKey === '')?.content['url']
  return isMediaAddress(address) ? address : ''
}

/** The people in a room besides us. */
export function membersOf(config: MatrixConfig, fact: RoomFact, state: readonly StateEvent[]): readonly string[] {
  return state
    .filter((event) => event.type === 'm.room.member' && event.content['membership'] === 'join')
    .map((event) => event.stateKey)
    .filter((user) => ghostIdOf(config, user) !== undefined && !isOwnGhost(config, fact, user))
}

/** Whether this ghost is one of our own numbers. */
export function isOwnGhost(config: MatrixConfig, fact: RoomFact, userId: string): boolean {
  return fact.own.includes(userId) || (fact.login !== undefined && userId === ghostUserId(config, fact.login))
}

function notAChat(type: string, remote: string, created: unknown): string | undefined {
  if (type === 'space' || type === 'personal_filtering_space' || remote === '__personal_filtering_space__' || created === 'm.space')
    return 'space'
  if (remote === 'status@broadcast') return 'status'
  // What a WhatsApp channel posts is said to everybody, and nobody can answer.
  if (remote.endsWith('@newsletter')) return 'newsletter'
  return remote.endsWith('@broadcast') ? 'broadcast_list' : undefined
}

function ownGhosts(config: MatrixConfig, state: readonly StateEvent[], login: string | undefined): readonly string[] {
  const services = state.filter((event) => event.type === 'io.element.functional_members' && event.sender === config.botUserId)
  const named = services.flatMap((event) => texts(event.content['service_members'])).filter((user) => ghostIdOf(config, user) !== undefined)
  return [...new Set(login === undefined ? named : [...named, ghostUserId(config, login)])]
}

function contactOf(config: MatrixConfig, remote: string, joined: readonly string[], own: readonly string[]): string | undefined {
  const addressed = ghostIdOfAddress(remote)
  if (addressed !== undefined) return ghostUserId(config, addressed)
  return joined.find((user) => ghostIdOf(config, user) !== undefined && !own.includes(user))
}
