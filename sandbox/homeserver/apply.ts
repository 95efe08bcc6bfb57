import { stateKeyOf, type Json, type Media, type Room, type RoomEvent, type State, type Token, type User } from './state.ts'
import { redactedContent } from './redaction.ts'
import { relationOf } from './relation.ts'

/** Every change that the homeserver remembers, one line of the journal each. */
export type StoreRecord =
  | { r: 'user'; user_id: string; password_hash: string | null; admin: boolean; appservice_id: string | null; ts: number }
  | { r: 'user_flags'; user_id: string; admin?: boolean; deactivated?: boolean; locked?: boolean; password_hash?: string | null }
  | { r: 'rate_limit'; user_id: string; override: User['rateLimitOverride'] }
  | { r: 'profile'; user_id: string; field: string; value: unknown }
  | { r: 'device'; user_id: string; device_id: string; display_name: string | null }
  | { r: 'device_gone'; user_id: string; device_id: string }
  | { r: 'token'; token: Token }
  | { r: 'token_gone'; token: string }
  | { r: 'filter'; user_id: string; filter: Json }
  | { r: 'account_data'; user_id: string; room_id: string | null; type: string; content: Json }
  | { r: 'room'; room_id: string; version: string }
  | { r: 'event'; event: RoomEvent }
  | { r: 'receipt'; room_id: string; user_id: string; type: string; event_id: string; ts: number; thread_id?: string }
  | { r: 'send_txn'; key: string; event_id: string; ts: number }
  | { r: 'forget'; user_id: string; room_id: string }
  | { r: 'media'; media: Media }
  | { r: 'push_txn'; service: string; id: number; event_ids: string[] }
  | { r: 'push_done'; service: string; id: number }
  | { r: 'push_state'; service: string; down: boolean }
  | { r: 'pushed_to'; stream: number }

/** Brings the state up to date with one record; the same function runs live and at replay. */
export function applyRecord(state: State, record: StoreRecord): void {
  switch (record.r) {
    case 'user':
      state.users.set(record.user_id, newUser(record))
      return
    case 'room':
      state.rooms.set(record.room_id, newRoom(record.room_id, record.version))
      return
    case 'event':
      applyEvent(state, record.event)
      return
    case 'receipt':
      applyReceipt(state, record)
      return
    case 'send_txn':
      state.sendTxns.set(record.key, { event_id: record.event_id, ts: record.ts })
      return
    case 'media':
      state.media.set(record.media.mediaId, record.media)
      return
    case 'token':
      state.tokens.set(record.token.token, record.token)
      return
    case 'forget':
      state.memberships.get(record.user_id)?.delete(record.room_id)
      return
    case 'token_gone':
      state.tokens.delete(record.token)
      return
    case 'push_txn':
    case 'push_done':
    case 'push_state':
    case 'pushed_to':
      applyPush(state, record)
      return
    case 'user_flags':
    case 'rate_limit':
    case 'profile':
    case 'device':
    case 'device_gone':
    case 'filter':
    case 'account_data':
      applyToUser(state, record)
      return
  }
}

type OfUser = Exclude<Extract<StoreRecord, { user_id: string }>, { r: 'user' | 'receipt' | 'forget' }>

function applyToUser(state: State, record: OfUser): void {
  const user = state.users.get(record.user_id)
  if (user === undefined) throw new Error(`journal names an unknown user in a ${record.r} record`)
  switch (record.r) {
    case 'user_flags':
      if (record.admin !== undefined) user.admin = record.admin
      if (record.deactivated !== undefined) user.deactivated = record.deactivated
      if (record.locked !== undefined) user.locked = record.locked
      if (record.password_hash !== undefined) user.passwordHash = record.password_hash
      return
    case 'rate_limit':
      user.rateLimitOverride = record.override
      return
    case 'profile':
      if (record.value === null) user.profile.delete(record.field)
      else user.profile.set(record.field, record.value)
      return
    case 'device':
      user.devices.set(record.device_id, { device_id: record.device_id, display_name: record.display_name, last_seen_ts: null })
      return
    case 'device_gone':
      user.devices.delete(record.device_id)
      return
    case 'filter':
      user.filters.push(record.filter)
      return
    case 'account_data':
      applyAccountData(state, user, record)
      return
  }
}

function applyAccountData(state: State, user: User, record: Extract<StoreRecord, { r: 'account_data' }>): void {
  state.accountPos += 1
  const data = { content: record.content, pos: state.accountPos }
  if (record.room_id === null) {
    user.accountData.set(record.type, data)
    return
  }
  const ofRoom = user.roomAccountData.get(record.room_id) ?? new Map()
  ofRoom.set(record.type, data)
  user.roomAccountData.set(record.room_id, ofRoom)
}

function applyEvent(state: State, event: RoomEvent): void {
  const room = state.rooms.get(event.room_id)
  if (room === undefined) throw new Error('journal names an event of an unknown room')
  state.log.push(event)
  state.events.set(event.event_id, event)
  room.timeline.push(event)
  if (event.state_key !== undefined) applyStateEvent(state, room, event, event.state_key)
  const parent = relationOf(event.content)?.parent
  if (parent !== undefined) appendTo(room.relations, parent, event)
  const target = event.redacts === undefined ? undefined : state.events.get(event.redacts)
  if (target !== undefined && target.room_id === event.room_id && target.redacted_by === undefined) {
    target.content = redactedContent(target.type, target.content)
    target.redacted_by = event.event_id
  }
}

function applyStateEvent(state: State, room: Room, event: RoomEvent, stateKey: string): void {
  const key = stateKeyOf(event.type, stateKey)
  room.state.set(key, event)
  appendTo(room.stateLog, key, event)
  if (event.type !== 'm.room.member') return
  if (event.content.membership === 'join') room.joined.add(stateKey)
  else room.joined.delete(stateKey)
  const rooms = state.memberships.get(stateKey) ?? new Map<string, RoomEvent>()
  rooms.set(room.roomId, event)
  state.memberships.set(stateKey, rooms)
}

function applyReceipt(state: State, record: Extract<StoreRecord, { r: 'receipt' }>): void {
  const room = state.rooms.get(record.room_id)
  if (room === undefined) throw new Error('journal names a receipt of an unknown room')
  state.receiptPos += 1
  room.receiptPos = state.receiptPos
  const { user_id, type, event_id, ts, thread_id } = record
  room.receipts.set(JSON.stringify([user_id, type, thread_id ?? null]), {
    user_id,
    type,
    event_id,
    ts,
    ...(thread_id === undefined ? {} : { thread_id }),
    pos: state.receiptPos,
  })
}

function applyPush(state: State, record: Extract<StoreRecord, { r: 'push_txn' | 'push_done' | 'push_state' | 'pushed_to' }>): void {
  switch (record.r) {
    case 'push_txn':
      appendTo(state.transactions, record.service, { id: record.id, eventIds: record.event_ids })
      return
    case 'push_done': {
      const queue = state.transactions.get(record.service) ?? []
      const at = queue.findIndex((transaction) => transaction.id === record.id)
      if (at !== -1) queue.splice(at, 1)
      return
    }
    case 'push_state':
      if (record.down) state.down.add(record.service)
      else state.down.delete(record.service)
      return
    case 'pushed_to':
      state.pushedTo = record.stream
      return
  }
}

function appendTo<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

function newRoom(roomId: string, version: string): Room {
  return {
    roomId,
    version,
    timeline: [],
    state: new Map(),
    stateLog: new Map(),
    joined: new Set(),
    receipts: new Map(),
    receiptPos: 0,
    relations: new Map(),
  }
}

function newUser(record: Extract<StoreRecord, { r: 'user' }>): User {
  return {
    userId: record.user_id,
    passwordHash: record.password_hash,
    admin: record.admin,
    appserviceId: record.appservice_id,
    deactivated: false,
    locked: false,
    createdTs: record.ts,
    profile: new Map(),
    devices: new Map(),
    filters: [],
    accountData: new Map(),
    roomAccountData: new Map(),
    rateLimitOverride: null,
  }
}
