import type { Core } from './core.ts'
import { badRequest } from './errors.ts'
import { relationOf } from './relation.ts'
import type { Json, Room, RoomEvent } from './state.ts'

const maxKeyLength = 500

/** Refuses a relation to an unknown event or another room, and the same reaction twice, as Synapse does. */
export function checkRelation(core: Core, room: Room, event: { type: string; sender: string; content: Json }): void {
  const relation = relationOf(event.content)
  if (relation === undefined) return
  const parent = core.store.state.events.get(relation.parent)
  if (parent === undefined) throw badRequest("Can't send relation to unknown event")
  if (parent.room_id !== room.roomId) throw badRequest('Relations must be in the same room')
  if (relation.type === 'm.annotation') {
    if (relation.key === undefined) throw badRequest('Missing aggregation key')
    if (relation.key.length > maxKeyLength) throw badRequest('Aggregation key is too long')
    const isSame = (each: RoomEvent) =>
      each.type === event.type && each.sender === event.sender && relationOf(each.content)?.key === relation.key
    if (relationsTo(room, relation.parent, 'm.annotation').some(isSame)) {
      throw badRequest("Can't send same reaction twice", 'M_DUPLICATE_ANNOTATION')
    }
  }
  if (relation.type === 'm.thread' && relationOf(parent.content) !== undefined) {
    throw badRequest('Cannot start threads from an event with a relation')
  }
}

function relationsTo(room: Room, eventId: string, type: string): RoomEvent[] {
  const all = room.relations.get(eventId) ?? []
  return all.filter((each) => each.redacted_by === undefined && relationOf(each.content)?.type === type)
}

/** What is bundled into `unsigned["m.relations"]` of an event: its newest edit, its references, its thread. */
export function bundledRelations(
  room: Room,
  event: RoomEvent,
  userId: string,
): { edit?: RoomEvent; more: Json; latestInThread?: RoomEvent } {
  const own = relationOf(event.content)?.type
  if (event.state_key !== undefined || own === 'm.annotation' || own === 'm.replace') return { more: {} }
  const edits = event.redacted_by === undefined ? relationsTo(room, event.event_id, 'm.replace') : []
  const edit = edits.filter(({ type, sender }) => type === event.type && sender === event.sender).reduce(newer, undefined)
  const references = relationsTo(room, event.event_id, 'm.reference')
  const thread = relationsTo(room, event.event_id, 'm.thread')
  const latestInThread = thread.at(-1)
  const participated = event.sender === userId || thread.some(({ sender }) => sender === userId)
  return {
    ...(edit === undefined ? {} : { edit }),
    ...(latestInThread === undefined ? {} : { latestInThread }),
    more: {
      ...(references.length > 0 ? { 'm.reference': { chunk: references.map(({ event_id }) => ({ event_id })) } } : {}),
      ...(thread.length > 0 ? { 'm.thread': { count: thread.length, current_user_participated: participated } } : {}),
    },
  }
}

function newer(best: RoomEvent | undefined, each: RoomEvent): RoomEvent {
  if (best === undefined || each.origin_server_ts > best.origin_server_ts) return each
  return each.origin_server_ts === best.origin_server_ts && each.event_id > best.event_id ? each : best
}
