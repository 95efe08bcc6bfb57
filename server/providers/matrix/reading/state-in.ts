import type { ExternalId } from '../../../../contract/ids.ts'
import type { MatrixConfig } from '../config.ts'
import {
  bridgeFact,
  bridgeKey,
  chatKey,
  ghostFact,
  type GhostFact,
  ghostKey,
  loginFact,
  type RoomFact,
  roomFact,
  roomKey,
  toJson,
} from './facts.ts'
import { isMediaAddress } from './file-in.ts'
import { count, type Fields, fields, filled, isFields, list, present, readId } from '../../../lib/fields.ts'
import { readFeatures } from '../sending/limits.ts'
import { ignored } from './map-in.ts'
import { inspect } from './membership-in.ts'
import { ghostIdOf, readDisplayName } from '../names.ts'
import type { Piece } from './pieces.ts'
import { type Chat, chatOf, type Reading, timeOf, Waiting } from './reading.ts'
import { bridgeTypes, classifyRoom, isOwnGhost, membersOf, readState, roomName, roomPicture, type StateEvent } from '../rooms.ts'
import { ghostSender, pictureAt } from './senders.ts'
import { readBridgeState } from './states.ts'
import { taskOf } from '../listening/task-names.ts'

type RoomPiece = Extract<Piece, { readonly piece: 'room' }>

/** What a room is, by the whole of its state. */
export function classify(config: MatrixConfig, piece: RoomPiece): RoomFact {
  return classifyRoom(config, statesOf(piece), piece.account)
}

function statesOf(piece: RoomPiece): readonly StateEvent[] {
  return piece.state.filter(isFields).map(readState)
}

/** Learns what a room and its people are; from here on its events can be read. */
export function mapRoom(reading: Reading, piece: RoomPiece): void {
  const states = statesOf(piece)
  const found = classifyRoom(reading.config, states, piece.account)
  const before = roomFact(reading.facts, piece.room)
  const login = found.login ?? before?.login
  const { gaps, closing, held } = before ?? {}
  const room = { ...found, ...present({ login, gaps, closing, held }) }
  reading.learn(roomKey(piece.room), toJson(room))
  reading.resolve(roomKey(piece.room))
  if (room.kind === 'none') return reading.item(ignored(`room.${room.why}`))
  tellPhone(reading, room)
  for (const state of states) {
    const news = state.type === 'm.room.member' && state.content['membership'] === 'join' ? newsOf(reading, state) : undefined
    if (news !== undefined) reading.learn(ghostKey(state.stateKey), toJson(news))
  }
  const told = {
    replaces: replacedBy(piece),
    formerly: formerContact(reading, room, [before, roomFact(reading.facts, replacedBy(piece) ?? '')]),
    members: room.kind === 'group' ? membersOf(reading.config, room, states) : undefined,
  }
  tellChat(reading, { piece: 'chat', room: piece.room, ...present(told) })
}

/** The room that this one takes the place of, as it says itself or as we came to it. */
export function replacedBy(piece: Piece): string | undefined {
  if (piece.piece === 'chat') return piece.replaces
  if (piece.piece !== 'room') return undefined
  const create = piece.state.filter(isFields).find((event) => event['type'] === 'm.room.create')
  return piece.replaces ?? readId(fields(fields(create?.['content'])['predecessor'])['room_id'])
}

// WhatsApp may address the same person in another way from now on (protocol/bridge.md 4.5).
function formerContact(reading: Reading, room: RoomFact, earlier: readonly (RoomFact | undefined)[]): string | undefined {
  if (room.kind !== 'direct' || room.contact === undefined) return undefined
  const other = earlier.find((fact) => fact?.kind === 'direct' && fact.contact !== undefined && fact.contact !== room.contact)?.contact
  return other === undefined || isOwnGhost(reading.config, room, other) ? undefined : other
}

/** Where nothing but the portals tells which numbers an account has linked, they tell the inbox. */
function tellPhone(reading: Reading, { login, bridge }: RoomFact): void {
  const { alone } = reading.config
  if (alone === undefined || bridge === undefined) return
  if (bridgeFact(reading.facts) === undefined) reading.learn(bridgeKey, toJson(bridge))
  if (login === undefined || !/^[1-9]\d{6,14}$/.test(login) || loginFact(reading.facts, login) !== undefined) return
  const phone = { external: login as ExternalId, phone: `+${login}`, name: `+${login}`, status: 'connected' as const }
  reading.item({ type: 'phone', account: alone as ExternalId, phone })
}

/** Tells the inbox of a chat, once its number belongs to a channel. */
export function tellChat(reading: Reading, piece: Extract<Piece, { readonly piece: 'chat' }>): void {
  const room = roomFact(reading.facts, piece.room)
  if (room === undefined) throw new Waiting(roomKey(piece.room), piece)
  if (room.kind === 'none') return reading.item(ignored(`room.${room.why}`))
  const chat = chatOf(reading, piece.room, room, piece)
  const taken = takenOver(reading, piece.room, chat)
  const ghost = room.contact === undefined ? undefined : ghostIdOf(reading.config, room.contact)
  const person = ghost === undefined ? undefined : ghostSender(reading.facts, room.contact as ExternalId, ghost, false)
  const contact = person === undefined ? undefined : present({ ...person, formerly: piece.formerly as ExternalId | undefined })
  reading.item(
    present({
      type: 'conversation' as const,
      channel: chat.channel,
      conversation: chat.id,
      at: timeOf(room.created_at),
      kind: room.kind,
      name: (room.kind === 'direct' ? contact?.displayName : undefined) ?? room.name,
      contact,
      replaces: (piece.replaces ?? taken) as ExternalId | undefined,
      picture: room.picture === undefined ? undefined : pictureAt(room.picture),
      disappearingSeconds: room.timer === undefined ? undefined : Math.round(room.timer / 1_000),
      members: piece.members?.flatMap((user) => {
        const member = ghostIdOf(reading.config, user)
        return member === undefined ? [] : [ghostSender(reading.facts, user as ExternalId, member, false)]
      }),
      gone: room.gone,
    }),
  )
}

/**
 * Remembers which room a WhatsApp chat is in. A chat that was deleted on the phone comes back in a new room, which then takes
 * the old one's place (protocol/bridge.md 10.2).
 */
function takenOver(reading: Reading, roomId: string, chat: Chat): string | undefined {
  const { remote, created_at } = chat.room
  if (remote === undefined) return undefined
  const key = chatKey(chat.channel, remote)
  const known = fields(reading.facts.get(key))
  const older = filled(known['room'])
  if (older === roomId || (older !== undefined && (count(known['created_at']) ?? 0) > created_at)) return undefined
  reading.learn(key, { room: roomId, created_at })
  return older
}

/** A change of a chat's state. What a room is at bottom is never patched: it is read again as a whole. */
export function mapState(reading: Reading, roomId: string, room: RoomFact, event: Fields): void {
  const state = readState(event)
  const byBridge = state.sender === reading.config.botUserId
  const learn = (change: Partial<RoomFact>) => reading.learn(roomKey(roomId), toJson({ ...room, ...change }))
  if (byBridge && bridgeTypes.includes(state.type)) {
    const channel = fields(state.content['channel'])
    const same = room.kind !== 'none' && channel['id'] === room.remote && filled(channel['fi.mau.receiver']) === room.login
    if (!same) inspect(reading, roomId, room.accounts[0], room.kind === 'none', filled(event['event_id']))
    return reading.item(ignored(state.type))
  }
  if (room.kind === 'none') return reading.item(ignored(`room.${room.why}`))
  switch (state.type) {
    case 'm.room.member':
      return mapPerson(reading, roomId, room, event)
    case 'm.room.name': {
      const name = roomName([state])
      if (name === undefined || name === room.name) break
      learn({ name })
      return tellChat(reading, { piece: 'chat', room: roomId })
    }
    case 'm.room.avatar': {
      const picture = roomPicture([state])
      if (room.kind !== 'group' || picture === (room.picture ?? '')) break
      learn({ picture })
      return tellChat(reading, { piece: 'chat', room: roomId })
    }
    case 'com.beeper.disappearing_timer': {
      const timer = count(state.content['timer']) ?? 0
      if (!byBridge || timer === (room.timer ?? 0)) break
      learn({ timer })
      return tellChat(reading, { piece: 'chat', room: roomId })
    }
    case 'com.beeper.room_features':
      if (byBridge) learn({ limits: readFeatures(state.content) })
      break
    case 'io.element.functional_members':
      if (byBridge) inspect(reading, roomId, room.accounts[0], false, filled(event['event_id']))
      break
    case 'm.room.tombstone': {
      const next = filled(state.content['replacement_room'])
      const account = room.accounts[0]
      if (next !== undefined && account !== undefined)
        reading.task(taskOf({ kind: 'join_room', room: next, replaces: roomId }, account, 'tombstone'))
      break
    }
    default:
  }
  reading.item(ignored(state.type.slice(0, 128)))
}

/** What the bridge reports of itself: the state of a number, or how far messages have come, which its events tell as well. */
export function mapReport(reading: Reading, report: Fields): void {
  const checkpoints = list(report['checkpoints'])
  if (checkpoints.length > 0) return checkpoints.forEach(() => reading.item(ignored('checkpoint')))
  const login = filled(report['remote_id'])
  if (filled(report['state_event']) === undefined) throw new Error('The report is neither a state nor a checkpoint')
  const fact = login === undefined ? undefined : loginFact(reading.facts, login)
  // A number that somebody else has linked is in their state, not in that of its channel.
  const owner = filled(report['user_id']) ?? fact?.account
  if (login === undefined || fact === undefined || owner !== fact.account) return reading.item(ignored('bridge_state'))
  const seconds = report['timestamp']
  const at = timeOf(typeof seconds === 'number' ? seconds * 1_000 : undefined)
  reading.item({ type: 'channel', channel: login as ExternalId, at, ...readBridgeState(report) })
}

/** A person came, went, or is called or looks otherwise now; one change is told in every room that they share with us (protocol/bridge.md 10). */
function mapPerson(reading: Reading, roomId: string, room: RoomFact, event: Fields): void {
  const { stateKey: user, content } = readState(event)
  const ghost = ghostIdOf(reading.config, user)
  if (ghost === undefined || isOwnGhost(reading.config, room, user)) return reading.item(ignored('m.room.member'))
  const joined = content['membership'] === 'join'
  const isMet = ghostFact(reading.facts, user).name !== undefined
  const news = joined ? newsOf(reading, readState(event)) : undefined
  const moved = room.kind === 'group' && (joined || content['membership'] === 'leave' || content['membership'] === 'ban')
  const before = fields(fields(event['unsigned'])['prev_content'])['membership']
  const isMove = moved && before !== content['membership']
  const isTold = news !== undefined && isMet
  if (!isMove && !isTold) {
    if (news !== undefined) reading.learn(ghostKey(user), toJson(news))
    return reading.item(ignored('m.room.member'))
  }
  const chat = chatOf(reading, roomId, room)
  if (news !== undefined) reading.learn(ghostKey(user), toJson(news))
  const person = ghostSender(reading.facts, user as ExternalId, ghost, false)
  if (isTold) reading.item({ type: 'contact', channel: chat.channel, contact: person })
  if (!isMove) return
  const at = timeOf(event['origin_server_ts'])
  reading.item({ type: 'member', channel: chat.channel, conversation: chat.id, at, person, joined })
}

/** What is known of a person from now on; undefined where this says nothing new. */
function newsOf(reading: Reading, state: StateEvent): GhostFact | undefined {
  const shown = filled(state.content['displayname'])
  if (shown === undefined || ghostIdOf(reading.config, state.stateKey) === undefined) return undefined
  const known = ghostFact(reading.facts, state.stateKey)
  const address = state.content['avatar_url']
  const read = { ...known, ...readDisplayName(shown), picture: isMediaAddress(address) ? address : '' }
  if (read.name === known.name && read.phone === known.phone && read.picture === (known.picture ?? '')) return undefined
  return read
}
