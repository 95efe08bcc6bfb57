import { messageOf } from '../../../lib/errors.ts'
import type { Facts, Json, Parsed, ParsedItem, RawBatch, Task } from '../../provider.ts'
import type { MatrixConfig } from '../config.ts'
import {
  accountKey,
  bridgeFact,
  bridgeKey,
  chatKey,
  ghostKey,
  type Known,
  loginKey,
  loginAmong,
  pollKey,
  roomFact,
  roomKey,
} from './facts.ts'
import { closeGap, holdBack, openGap } from './gaps.ts'
import { type Fields, fields, filled, isFields, readId, texts } from '../../../lib/fields.ts'
import { ignored, mapReceipts, mapTimeline, mapTyping } from './map-in.ts'
import { ghostIdOf, isOurName, sentinelOf } from '../names.ts'
import { type Piece, piecesOf, rawOf } from './pieces.ts'
import { chatOf, type Reading, Waiting } from './reading.ts'
import { mapJoined, mapInvited, mapOurMember, isOurMember, inspect } from './membership-in.ts'
import { withBridge } from '../rooms.ts'
import { classify, mapReport, mapRoom, mapState, replacedBy, tellChat } from './state-in.ts'

/** The keys of the facts that a batch needs, as far as `known` tells them: its rooms and people, their numbers, their channels. */
export function factKeys(config: MatrixConfig, batch: RawBatch, known: Facts): readonly string[] {
  const keys = new Set<string>()
  for (const piece of piecesOf(batch)) {
    if (piece.piece === 'unreadable') continue
    const here = configOf(config, piece, known)
    const report = piece.piece === 'bridge' ? piece.report : piece.piece === 'event' ? reportIn(here, piece.event) : undefined
    const reported = filled(report?.['remote_id'])
    if (reported !== undefined) keys.add(loginKey(reported))
    if (piece.piece === 'bridge') continue
    keys.add(roomKey(piece.room))
    if (config.alone !== undefined) keys.add(bridgeKey)
    for (const user of peopleIn(piece)) if (ghostIdOf(here, user) !== undefined) keys.add(ghostKey(user))
    const poll = pollOf(piece)
    if (poll !== undefined) keys.add(pollKey(poll))
    const room = piece.piece === 'room' ? classify(config, piece) : roomFact(known, piece.room)
    const replaced = replacedBy(piece)
    if (replaced !== undefined) keys.add(roomKey(replaced))
    if (room === undefined || room.kind === 'none') continue
    if (room.contact !== undefined) keys.add(ghostKey(room.contact))
    if (room.login === undefined) for (const account of room.accounts) keys.add(accountKey(account))
    const login = room.login ?? loginAmong(known, room.accounts)
    if (login === undefined) continue
    keys.add(loginKey(login))
    if (room.remote !== undefined) keys.add(chatKey(login, room.remote))
  }
  return [...keys]
}

/** Reads a batch piece by piece. What cannot be read is `dead` and harms nothing beside it: this never throws. */
export function parse(config: MatrixConfig, batch: RawBatch, facts: Facts): Parsed {
  const known = new Map(facts)
  const learnt = new Map<string, Json>()
  const tasks = new Map<string, Task>()
  const resolved = new Set<string>()
  const items: ParsedItem[] = []
  for (const piece of piecesOf(batch)) {
    const found = readPiece(config, piece, known)
    items.push(...found.items)
    for (const [key, value] of found.learnt) {
      known.set(key, value)
      learnt.set(key, value)
    }
    for (const task of found.tasks) tasks.set(task.key, task)
    for (const key of found.resolved) resolved.add(key)
  }
  return { items, facts: [...learnt].map(([key, value]) => ({ key, value })), tasks: [...tasks.values()], resolved: [...resolved] }
}

interface Found {
  readonly items: readonly ParsedItem[]
  readonly learnt: ReadonlyMap<string, Json>
  readonly tasks: readonly Task[]
  readonly resolved: readonly string[]
}

function readPiece(config: MatrixConfig, piece: Piece, known: Known): Found {
  const items: ParsedItem[] = []
  const learnt = new Map<string, Json>()
  const tasks: Task[] = []
  const resolved: string[] = []
  const reading: Reading = {
    config: configOf(config, piece, known),
    facts: { get: (key) => learnt.get(key) ?? known.get(key) },
    item: (item) => items.push(item),
    learn: (key, value) => learnt.set(key, value),
    task: (task) => tasks.push(task),
    resolve: (key) => resolved.push(key),
  }
  try {
    understand(reading, piece)
    return { items, learnt, tasks, resolved }
  } catch (error) {
    if (error instanceof Waiting) {
      return { items: [...items, { type: 'deferred', waitsFor: error.key, raw: rawOf(error.instead ?? piece) }], learnt, tasks, resolved }
    }
    return {
      items: [{ type: 'dead', error: messageOf(error).slice(0, 512), raw: rawOf(piece) }],
      learnt: new Map(),
      tasks: [],
      resolved: [],
    }
  }
}

/** Where no settings name the bridge, the room does; for one that is not known yet, the first bridge that was met. */
function configOf(config: MatrixConfig, piece: Piece, known: Known): MatrixConfig {
  if (config.alone === undefined || !('room' in piece)) return config
  const room = piece.piece === 'room' ? classify(config, piece) : roomFact(known, piece.room)
  const bridge = room?.bridge ?? bridgeFact(known)
  return bridge === undefined ? config : withBridge(config, bridge)
}

function understand(reading: Reading, piece: Piece): void {
  switch (piece.piece) {
    case 'event':
      return understandEvent(reading, piece)
    case 'ephemeral':
      return understandEphemeral(reading, piece)
    case 'room':
      return mapRoom(reading, piece)
    case 'chat':
      return tellChat(reading, piece)
    case 'joined':
      return mapJoined(reading, piece)
    case 'invited':
      return mapInvited(reading, piece)
    case 'gap':
      return openGap(reading, piece)
    case 'filled':
      return closeGap(reading, piece)
    case 'bridge':
      return mapReport(reading, piece.report)
    case 'unreadable':
      throw new Error('This is not an event of a room')
  }
}

function understandEvent(reading: Reading, piece: Extract<Piece, { readonly piece: 'event' }>): void {
  const { event } = piece
  const isState = typeof event['state_key'] === 'string'
  if (event['sender'] === sentinelOf(reading.config)) return reading.item(ignored('canary'))
  if (isState && piece.past === true) return reading.item(ignored('past_state'))
  if (isState && isOurMember(reading.config, event, piece.account)) {
    if (mapOurMember(reading, piece.room, event)) tellChat(reading, { piece: 'chat', room: piece.room })
    return
  }
  const room = roomFact(reading.facts, piece.room)
  if (room === undefined) {
    const sender = filled(event['sender']) ?? ''
    if (isOurName(reading.config, sender)) inspect(reading, piece.room, sender, true)
    throw new Waiting(roomKey(piece.room))
  }
  if (isState) return mapState(reading, piece.room, room, event)
  if (room.kind === 'none') {
    const report = reportIn(reading.config, event)
    return report === undefined ? reading.item(ignored(`room.${room.why}`)) : mapReport(reading, report)
  }
  holdBack(reading, room, piece)
  reading.item(mapTimeline(reading, chatOf(reading, piece.room, room), piece))
}

/** What the bot reports of a number in its own chat with somebody (protocol/bridge.md 7.2). */
function reportIn(config: MatrixConfig, event: Fields): Fields | undefined {
  const report = fields(event['content'])['fi.mau.bridge_state']
  return event['sender'] === config.botUserId && isFields(report) ? report : undefined
}

// Typing is of the moment: what cannot be placed now is dropped.
function understandEphemeral(reading: Reading, piece: Extract<Piece, { readonly piece: 'ephemeral' }>): void {
  const type = filled(piece.event['type']) ?? 'ephemeral'
  const room = roomFact(reading.facts, piece.room)
  if (type !== 'm.receipt' && type !== 'm.typing') return reading.item(ignored(type.slice(0, 128)))
  if (room === undefined && type === 'm.receipt') throw new Waiting(roomKey(piece.room))
  if (room === undefined || room.kind === 'none') return reading.item(ignored(type))
  if (type === 'm.receipt') return mapReceipts(reading, chatOf(reading, piece.room, room), piece.event).forEach(reading.item)
  try {
    reading.item(mapTyping(reading, chatOf(reading, piece.room, room), piece.event))
  } catch (error) {
    if (!(error instanceof Waiting)) throw error
    reading.item(ignored(type))
  }
}

/** The poll that a vote is about. */
function pollOf(piece: Piece): string | undefined {
  if (piece.piece !== 'event' || piece.event['type'] !== 'org.matrix.msc3381.poll.response') return undefined
  return readId(fields(fields(piece.event['content'])['m.relates_to'])['event_id'])
}

function peopleIn(piece: Piece): readonly string[] {
  switch (piece.piece) {
    case 'event': {
      const content = fields(piece.event['content'])
      const named = [content, fields(content['m.new_content'])].flatMap((said) => texts(fields(said['m.mentions'])['user_ids']))
      return [piece.event['sender'], piece.event['state_key'], ...named].filter((user) => typeof user === 'string')
    }
    case 'room':
      return piece.state
        .filter(isFields)
        .map((event) => event['state_key'])
        .filter((user) => typeof user === 'string')
    case 'ephemeral': {
      const content = fields(piece.event['content'])
      return [...texts(content['user_ids']), ...Object.values(content).flatMap((kinds) => Object.keys(fields(fields(kinds)['m.read'])))]
    }
    case 'chat':
      return piece.members ?? []
    case 'joined':
    case 'invited':
    case 'gap':
    case 'filled':
    case 'bridge':
    case 'unreadable':
      return []
  }
}
