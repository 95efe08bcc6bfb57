import { isDeepStrictEqual } from 'node:util'
import type { Requester } from './auth.ts'
import type { Core } from './core.ts'
import { newEventId } from './ids.ts'
import { checkRelation } from './relations.ts'
import { checkAllowed, checkRedaction } from './room-auth.ts'
import { findState, type Json, type Room, type RoomEvent, type StrippedEvent } from './state.ts'
import { checkContent, checkSize } from './validate.ts'

/** What a client asks to be put into a room. */
export type NewEvent = {
  type: string
  stateKey?: string
  content: Json
  redacts?: string
  ts?: number
  txnId?: string
}

const strippedTypes = [
  'm.room.create',
  'm.room.join_rules',
  'm.room.canonical_alias',
  'm.room.avatar',
  'm.room.encryption',
  'm.room.name',
  'm.room.topic',
]

const txnLifeMs = 24 * 3_600_000

/**
 * Checks an event against the room's rules, keeps it and wakes whom it concerns; refusals are thrown. The same state
 * again by the same sender, and the same transaction of the same device within 24 h, give back the first event.
 */
export function putEvent(core: Core, requester: Requester, room: Room, wanted: NewEvent): RoomEvent {
  const earlier = findSent(core, requester, room, wanted.txnId)
  if (earlier !== undefined) return earlier
  const { type, stateKey, content } = wanted
  const sender = requester.userId
  checkContent(type, stateKey, room.roomId, content)
  const shape = {
    type,
    sender,
    content,
    room_id: room.roomId,
    origin_server_ts: wanted.ts ?? core.clock(),
    ...(stateKey === undefined ? {} : { state_key: stateKey }),
    ...(wanted.redacts === undefined ? {} : { redacts: wanted.redacts }),
  }
  checkSize(shape)
  checkRelation(core, room, shape)
  const same = findSameState(room, wanted, sender)
  if (same !== undefined) return same
  checkAllowed(room, shape)
  const target = core.store.state.events.get(wanted.redacts ?? '')
  if (type === 'm.room.redaction') checkRedaction(room, shape, target)
  const event: RoomEvent = {
    event_id: newEventId(),
    ...shape,
    received_ts: core.clock(),
    stream: core.store.state.log.length + 1,
    depth: room.timeline.length + 1,
    ...(type === 'm.room.redaction' && target?.room_id !== room.roomId ? { hidden: true } : {}),
    ...replaced(room, type, stateKey),
    ...(isInvite(shape) ? { invite_room_state: strippedState(room, sender) } : {}),
    ...txnOf(requester, wanted.txnId),
  }
  keep(core, requester, event)
  return event
}

function keep(core: Core, requester: Requester, event: RoomEvent): void {
  core.store.commit({ r: 'event', event })
  const key = txnKey(requester, event.room_id, event.txn?.id)
  if (key !== undefined) core.store.commit({ r: 'send_txn', key, event_id: event.event_id, ts: core.clock() })
  core.onEvent(event)
}

function txnOf(requester: Requester, txnId: string | undefined): Pick<RoomEvent, 'txn'> {
  if (txnId === undefined) return {}
  return { txn: { id: txnId, device_id: requester.deviceId, token: requester.token, appservice: requester.appservice !== null } }
}

function txnKey(requester: Requester, roomId: string, txnId: string | undefined): string | undefined {
  if (txnId === undefined || requester.deviceId === null) return undefined
  return JSON.stringify([roomId, requester.userId, requester.deviceId, txnId])
}

function findSent(core: Core, requester: Requester, room: Room, txnId: string | undefined): RoomEvent | undefined {
  const key = txnKey(requester, room.roomId, txnId)
  const sent = key === undefined ? undefined : core.store.state.sendTxns.get(key)
  if (sent === undefined || core.clock() - sent.ts > txnLifeMs) return undefined
  return core.store.state.events.get(sent.event_id)
}

function findSameState(room: Room, { type, stateKey, content }: NewEvent, sender: string): RoomEvent | undefined {
  if (stateKey === undefined || type === 'm.room.member') return undefined
  const present = findState(room, type, stateKey)
  return present?.sender === sender && isDeepStrictEqual(present.content, content) ? present : undefined
}

function replaced(room: Room, type: string, stateKey: string | undefined): Partial<RoomEvent> {
  const before = stateKey === undefined ? undefined : findState(room, type, stateKey)
  if (before === undefined) return {}
  return { replaces_state: before.event_id, prev_content: before.content, prev_sender: before.sender }
}

function isInvite(event: { type: string; content: Json }): boolean {
  return event.type === 'm.room.member' && event.content.membership === 'invite'
}

function strippedState(room: Room, sender: string): StrippedEvent[] {
  const events = strippedTypes.map((type) => findState(room, type))
  return [...events, findState(room, 'm.room.member', sender)].flatMap((event) => (event === undefined ? [] : [strip(event)]))
}

/** A state event as an invited user sees it. */
export function strip(event: RoomEvent): StrippedEvent {
  return { type: event.type, state_key: event.state_key ?? '', content: event.content, sender: event.sender }
}
