import type { ExternalId } from '../../../contract/ids.ts'
import type { MatrixConfig } from './config.ts'
import { chatKey, ghostFact, ghostKey, loginFact, type RoomFact, roomFact, roomKey, toJson } from './facts.ts'
import { count, type Fields, fields, filled, isFields, list, present } from './json.ts'
import { readFeatures } from './limits.ts'
import { ignored } from './map-in.ts'
import { ghostIdOf, isOurName, readDisplayName } from './names.ts'
import type { Piece } from './pieces.ts'
import { type Chat, chatOf, type Reading, timeOf, Waiting } from './reading.ts'
import { bridgeTypes, classifyRoom, readState, roomName, type StateEvent } from './rooms.ts'
import { ghostSender } from './senders.ts'
import { readBridgeState } from './states.ts'
import { taskOf } from './task-names.ts'

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
  const room = found.login === undefined && before?.login !== undefined ? { ...found, login: before.login } : found
  reading.learn(roomKey(piece.room), toJson(room))
  reading.resolve(roomKey(piece.room))
  if (room.kind === 'none') return reading.item(ignored(`room.${room.why}`))
  for (const state of states) {
    if (state.type === 'm.room.member' && state.content['membership'] === 'join') learnPerson(reading, state)
  }
  const create = states.find((state) => state.type === 'm.room.create')
  const replaces = piece.replaces ?? filled(fields(create?.content['predecessor'])['room_id'])
  tellChat(reading, { piece: 'chat', room: piece.room, ...(replaces === undefined ? {} : { replaces }) })
}

/** Tells the inbox of a chat, once its number belongs to a channel. */
export function tellChat(reading: Reading, piece: Extract<Piece, { readonly piece: 'chat' }>): void {
  const room = roomFact(reading.facts, piece.room)
  if (room === undefined) throw new Waiting(roomKey(piece.room), piece)
  if (room.kind === 'none') return reading.item(ignored(`room.${room.why}`))
  const chat = chatOf(reading, piece.room, room, piece)
  const taken = takenOver(reading, piece.room, chat)
  const ghost = room.contact === undefined ? undefined : ghostIdOf(reading.config, room.contact)
  const contact = ghost === undefined ? undefined : ghostSender(reading.facts, room.contact as ExternalId, ghost, false)
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
      return mapPerson(reading, state)
    case 'm.room.name': {
      const name = roomName([state])
      if (name === undefined || name === room.name) break
      learn({ name })
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

/** One of our accounts came, went or was invited; only the bridge and its people may invite (safety.md S11b). */
export function mapOurMember(reading: Reading, roomId: string, event: Fields): void {
  const { stateKey: account, content, sender } = readState(event)
  const room = roomFact(reading.facts, roomId)
  switch (content['membership']) {
    case 'invite':
      return mapInvite(reading, roomId, account, sender, filled(event['event_id']))
    case 'join':
      if (room?.accounts.includes(account) !== true) inspect(reading, roomId, account, true, filled(event['event_id']))
      break
    case 'leave':
    case 'ban':
      if (room !== undefined)
        reading.learn(roomKey(roomId), toJson({ ...room, accounts: room.accounts.filter((other) => other !== account) }))
      break
    default:
  }
  reading.item(ignored('m.room.member'))
}

function mapInvite(reading: Reading, roomId: string, account: string, sender: string, why = 'invited'): void {
  const { config } = reading
  if (sender !== config.botUserId && ghostIdOf(config, sender) === undefined) return reading.item(ignored('foreign_invite'))
  reading.task(taskOf({ kind: 'join_room', room: roomId }, account, why))
  reading.item(ignored('invite'))
}

/** The invite as `/sync` tells it: the room's state in brief, with our own membership in it. */
export function mapInvited(reading: Reading, piece: Extract<Piece, { readonly piece: 'invited' }>): void {
  const own = piece.state
    .filter(isFields)
    .map(readState)
    .find((state) => state.type === 'm.room.member' && state.stateKey === piece.account)
  mapInvite(reading, piece.room, piece.account, own?.sender ?? '')
}

/** An account of ours is in a room: one that we do not know it in has to be read first. */
export function mapJoined(reading: Reading, piece: Extract<Piece, { readonly piece: 'joined' }>): void {
  const room = roomFact(reading.facts, piece.room)
  if (room?.accounts.includes(piece.account) !== true) inspect(reading, piece.room, piece.account, true)
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

/** Whether this is a membership of one of our accounts. */
export function isOurMember(config: MatrixConfig, event: Fields, account: string | undefined): boolean {
  const key = event['state_key']
  return event['type'] === 'm.room.member' && typeof key === 'string' && (key === account || isOurName(config, key))
}

/** Asks for a room to be read as a whole, by an account that is in it; with all that was said there, if `history`. */
export function inspect(reading: Reading, room: string, account: string | undefined, history: boolean, why = 'found'): void {
  if (account !== undefined) reading.task(taskOf({ kind: 'inspect_room', room, history }, account, why))
}

// One changed picture is one event in every shared room: only a new name of somebody whom we have met is told
// (protocol/bridge.md 10).
function mapPerson(reading: Reading, state: StateEvent): void {
  const ghost = ghostIdOf(reading.config, state.stateKey)
  const met = ghostFact(reading.facts, state.stateKey).name !== undefined
  const isNew = state.content['membership'] === 'join' && learnPerson(reading, state)
  if (ghost === undefined || !met || !isNew) return reading.item(ignored('m.room.member'))
  reading.item({ type: 'contact', contact: ghostSender(reading.facts, state.stateKey as ExternalId, ghost, false) })
}

function learnPerson(reading: Reading, state: StateEvent): boolean {
  const shown = filled(state.content['displayname'])
  if (shown === undefined || ghostIdOf(reading.config, state.stateKey) === undefined) return false
  const known = ghostFact(reading.facts, state.stateKey)
  const read = { ...known, ...readDisplayName(shown) }
  if (read.name === known.name && read.phone === known.phone) return false
  reading.learn(ghostKey(state.stateKey), toJson(read))
  return true
}
