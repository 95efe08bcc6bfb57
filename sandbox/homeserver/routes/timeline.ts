import { authenticate } from '../auth.ts'
import { findRoom } from '../core.ts'
import { badRequest, forbidden, MatrixError, notFound } from '../errors.ts'
import { parseEventFilter, parseFilterText } from '../filter.ts'
import type { Parts } from '../homeserver.ts'
import { ok, queryInteger, type Request } from '../http.ts'
import { relationOf } from '../relation.ts'
import { showEvent, showTimelineEvent } from '../serialize.ts'
import type { Requester } from '../auth.ts'
import { findStateAt, membershipOf, type Json, type Room, type RoomEvent } from '../state.ts'
import { streamPosition } from '../sync.ts'
import { formatPageToken, parseToken, type StreamToken } from '../tokens.ts'
import { canSee, roomView } from '../visibility.ts'

const maxPage = 1000

/** Reading history: pages, single events, their surroundings and their relations (protocol/homeserver.md 2.3 and 8). */
export function routeTimeline(parts: Parts): void {
  const { core, router } = parts
  router.on('GET', '/_matrix/client/v3/rooms/:room/messages', (request) => ok(page(parts, request)))

  const find = (request: Request, refusal: MatrixError): { requester: Requester; room: Room; event: RoomEvent } => {
    const requester = authenticate(core, request)
    const room = findRoom(core, request.params.room ?? '')
    const event = core.store.state.events.get(request.params.event ?? '')
    if (room === undefined || event?.room_id !== room.roomId) throw notFound('Event not found.')
    const isPeeking = membershipOf(room, requester.userId) !== 'join'
    if (!canSee(room, requester.userId, event, isPeeking)) throw refusal
    return { requester, room, event }
  }
  const show = (requester: Requester, room: Room, event: RoomEvent) =>
    showTimelineEvent(core, room, event, { viewer: requester, format: 'v1', bundle: true })

  router.on('GET', '/_matrix/client/v3/rooms/:room/event/:event', (request) => {
    const { requester, room, event } = find(request, notFound('Event not found.'))
    return ok(show(requester, room, event))
  })

  router.on('GET', '/_matrix/client/v3/rooms/:room/context/:event', (request) => {
    const { requester, room, event } = find(request, forbidden("You don't have permission to access that event."))
    const limit = Math.min(queryInteger(request, 'limit') ?? 10, maxPage)
    const visible = (events: RoomEvent[]) => events.filter((each) => canSee(room, requester.userId, each))
    const at = event.depth - 1
    const before = visible(room.timeline.slice(Math.max(0, at - Math.floor(limit / 2)), at)).reverse()
    const after = visible(room.timeline.slice(at + 1, at + 1 + limit - Math.floor(limit / 2)))
    const now = streamPosition(core, parts.typing)
    const [first, last] = [before.at(-1) ?? event, after.at(-1) ?? event]
    const state = [...room.stateLog.keys()].flatMap((key) => findStateAt(room, key, last.stream) ?? [])
    return ok({
      event: show(requester, room, event),
      events_before: before.map((each) => show(requester, room, each)),
      events_after: after.map((each) => show(requester, room, each)),
      state: state.map((each) => showEvent(core, each, { viewer: requester, format: 'v1' })),
      start: formatPageToken(first.depth - 1, first.stream - 1, now),
      end: formatPageToken(last.depth, last.stream, now),
    })
  })
  routeRelations(parts, find, show)
}

function routeRelations(
  { core, router, typing }: Parts,
  find: (request: Request, refusal: MatrixError) => { requester: Requester; room: Room; event: RoomEvent },
  show: (requester: Requester, room: Room, event: RoomEvent) => Json,
): void {
  const relations = (request: Request) => {
    roomView(core, authenticate(core, request), request.params.room ?? '')
    const unknown = new MatrixError(404, 'M_UNKNOWN', 'Unknown parent event.')
    if (!core.store.state.events.has(request.params.event ?? '')) throw unknown
    const { requester, room, event } = find(request, unknown)
    const limit = Math.min(queryInteger(request, 'limit') ?? 5, maxPage)
    const from = request.query.get('from')
    const before = from === null ? Number.MAX_SAFE_INTEGER : parseToken(from).room
    const { rel, type } = request.params
    const all = (room.relations.get(event.event_id) ?? []).filter((each) => {
      if (each.redacted_by !== undefined || each.stream > before || !canSee(room, requester.userId, each)) return false
      return (rel === undefined || relationOf(each.content)?.type === rel) && (type === undefined || each.type === type)
    })
    const newest = all.toReversed()
    const last = newest[limit - 1]
    const more = newest.length > limit && last !== undefined
    const next = more ? { next_batch: formatPageToken(last.depth - 1, last.stream - 1, streamPosition(core, typing)) } : {}
    return ok({ chunk: newest.slice(0, limit).map((each) => show(requester, room, each)), ...next })
  }
  for (const tail of ['', '/:rel', '/:rel/:type']) router.on('GET', `/_matrix/client/v1/rooms/:room/relations/:event${tail}`, relations)
}

function page({ core, typing }: Parts, request: Request): Json {
  const requester = authenticate(core, request)
  const dir = request.query.get('dir') ?? 'f'
  if (dir !== 'f' && dir !== 'b') throw badRequest("Query parameter 'dir' must be one of ['b', 'f']", 'M_INVALID_PARAM')
  const { from, to } = { from: request.query.get('from'), to: request.query.get('to') }
  const limit = Math.min(queryInteger(request, 'limit') ?? 10, maxPage)
  if (limit < 0) throw badRequest('Query parameter limit must be a positive integer.', 'M_INVALID_PARAM')
  const filterText = request.query.get('filter')
  const wanted = filterText === null ? undefined : parseEventFilter(parseFilterText(filterText))
  const start = parsePlace('from', from)
  const end = parsePlace('to', to)
  const { room, until } = roomView(core, requester, request.params.room ?? '')
  const now = streamPosition(core, typing)
  const token = (stream: number) => formatPageToken(room.timeline.findLast((event) => event.stream <= stream)?.depth ?? 0, stream, now)

  const startAt = dir === 'b' ? Math.min(start?.room ?? now.room, until) : (start?.room ?? 0)
  const between = room.timeline.filter((event) =>
    dir === 'b'
      ? event.stream <= startAt && event.stream > (end?.room ?? 0)
      : event.stream > startAt && event.stream <= (end?.room ?? now.room),
  )
  const ordered = (dir === 'b' ? between.reverse() : between).filter((event) => wanted?.(event.type, event.sender) !== false)
  const taken = ordered.slice(0, limit)
  const last = taken.at(-1)
  const visible = taken.filter((event) => canSee(room, requester.userId, event))
  const chunk = visible.map((event) => showTimelineEvent(core, room, event, { viewer: requester, format: 'v1', bundle: true }))
  const goesOn = last === undefined ? ordered.length > 0 : true
  const next = last === undefined ? startAt : dir === 'b' ? last.stream - 1 : last.stream
  return { chunk, start: from ?? token(startAt), ...(goesOn ? { end: token(next) } : {}) }
}

function parsePlace(name: string, text: string | null): StreamToken | undefined {
  if (text === null) return undefined
  try {
    return parseToken(text)
  } catch {
    throw badRequest(`'${name}' parameter is invalid`)
  }
}
