import type { Requester } from './auth.ts'
import type { Core } from './core.ts'
import { bundledRelations } from './relations.ts'
import { membershipOf, type Json, type Room, type RoomEvent } from './state.ts'

/** How an event is shown: `v1` doubles fields at the top (most endpoints, pushes), `v2` does not, `sync` also leaves out the room. */
export type EventFormat = 'v1' | 'v2' | 'sync'

/** Who looks; null for an appservice push. */
export type Viewer = Pick<Requester, 'userId' | 'deviceId' | 'token' | 'appservice'> | null

/** An event as a client or an appservice gets it (protocol/homeserver.md 3.4 for the pushed shape); `invited` adds the room's stripped state. */
export function showEvent(
  core: Core,
  event: RoomEvent,
  { viewer, format, unsigned: more = {}, invited = false }: { viewer: Viewer; format: EventFormat; unsigned?: Json; invited?: boolean },
): Json {
  const unsigned: Json = { age: Math.max(0, core.clock() - event.received_ts) }
  if (event.replaces_state !== undefined) {
    unsigned.replaces_state = event.replaces_state
    unsigned.prev_content = event.prev_content
    unsigned.prev_sender = event.prev_sender
  }
  if (event.txn !== undefined && isOwnTransaction(event, viewer)) unsigned.transaction_id = event.txn.id
  if (invited && event.invite_room_state !== undefined) unsigned.invite_room_state = event.invite_room_state
  const redaction = event.redacted_by === undefined ? undefined : core.store.state.events.get(event.redacted_by)
  if (redaction !== undefined) {
    unsigned.redacted_by = redaction.event_id
    unsigned.redacted_because = showEvent(core, redaction, { viewer, format })
  }
  Object.assign(unsigned, more)
  const shown: Json = {
    type: event.type,
    ...(event.state_key === undefined ? {} : { state_key: event.state_key }),
    content: event.content,
    ...(event.redacts === undefined ? {} : { redacts: event.redacts }),
    sender: event.sender,
    event_id: event.event_id,
    origin_server_ts: event.origin_server_ts,
    unsigned,
  }
  if (format !== 'sync') shown.room_id = event.room_id
  return format === 'v1' ? { ...shown, ...doubled(event, unsigned) } : shown
}

/** An event of a timeline: with the viewer's membership at that time and, where `bundle`, what relates to it. */
export function showTimelineEvent(
  core: Core,
  room: Room,
  event: RoomEvent,
  { viewer, format, bundle }: { viewer: NonNullable<Viewer>; format: EventFormat; bundle: boolean },
): Json {
  const show = (each: RoomEvent) => showEvent(core, each, { viewer, format })
  const { edit, latestInThread, more } = bundle ? bundledRelations(room, event, viewer.userId) : { more: {} }
  const relations: Json = { ...more, ...(edit === undefined ? {} : { 'm.replace': show(edit) }) }
  if (latestInThread !== undefined) relations['m.thread'] = { ...(more['m.thread'] as Json), latest_event: show(latestInThread) }
  const unsigned: Json = { membership: membershipOf(room, viewer.userId, event.stream) ?? 'leave' }
  if (Object.keys(relations).length > 0) unsigned['m.relations'] = relations
  return showEvent(core, event, { viewer, format, unsigned })
}

const doubledKeys = ['age', 'redacted_because', 'replaces_state', 'prev_content', 'invite_room_state'] as const

function doubled(event: RoomEvent, unsigned: Json): Json {
  const out: Json = { user_id: event.sender }
  for (const key of doubledKeys) {
    if (key in unsigned) out[key] = unsigned[key]
  }
  return out
}

function isOwnTransaction({ sender, txn }: RoomEvent, viewer: Viewer): boolean {
  if (viewer === null || txn === undefined || viewer.userId !== sender) return false
  if (txn.device_id !== null) return txn.device_id === viewer.deviceId
  return viewer.appservice !== null || (txn.token !== null && txn.token === viewer.token)
}
