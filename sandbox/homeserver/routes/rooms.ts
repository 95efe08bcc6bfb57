import { authenticate } from '../auth.ts'
import { findRoom } from '../core.ts'
import { createRoom } from '../create-room.ts'
import { badRequest, MatrixError, notFound } from '../errors.ts'
import { putEvent } from '../events.ts'
import type { Parts } from '../homeserver.ts'
import { ok, queryInteger, readJson, type Request } from '../http.ts'
import { changeMembership, getRoom, type MembershipAction } from '../membership.ts'
import { showEvent } from '../serialize.ts'
import { findState, findStateAt, stateKeyOf, type Json, type Room } from '../state.ts'
import { roomView } from '../visibility.ts'

/** Making rooms, sending, state and redactions (client-server API, rooms; protocol/homeserver.md 6). */
export function routeRooms({ core, router, txns, limits }: Parts): void {
  router.on('POST', '/_matrix/client/v3/createRoom', async (request) => {
    const requester = authenticate(core, request)
    const config = await readJson(request)
    return ok({ room_id: createRoom(core, requester, config, limits.roomVersion).roomId })
  })

  const send = async (request: Request, txnId: string | undefined) => {
    const requester = authenticate(core, request)
    const content = await readJson(request)
    const room = getRoom(core, requester, request.params.room ?? '')
    const ts = requester.appservice === null ? undefined : queryInteger(request, 'ts')
    const type = request.params.type ?? ''
    if (type === 'm.room.member') throw new MatrixError(500, 'M_UNKNOWN', 'Tried to send member event through non-member codepath')
    const event = putEvent(core, requester, room, {
      type,
      content,
      ...(typeof content.redacts === 'string' && type === 'm.room.redaction' ? { redacts: content.redacts } : {}),
      ...(ts === undefined ? {} : { ts }),
      ...(txnId === undefined ? {} : { txnId }),
    })
    return ok({ event_id: event.event_id })
  }
  router.on('POST', '/_matrix/client/v3/rooms/:room/send/:type', (request) => send(request, undefined))
  router.on('PUT', '/_matrix/client/v3/rooms/:room/send/:type/:txn', (request) =>
    txns.once(request, authenticate(core, request), () => send(request, request.params.txn)),
  )

  const redact = async (request: Request, txnId: string | undefined) => {
    const requester = authenticate(core, request)
    const content = await readJson(request)
    const room = findRoom(core, request.params.room ?? '')
    if (room === undefined) throw notFound(`Could not find room_version for ${request.params.room ?? ''}`)
    const redacts = request.params.event ?? ''
    const ts = requester.appservice === null ? undefined : queryInteger(request, 'ts')
    const event = putEvent(core, requester, room, {
      type: 'm.room.redaction',
      content: { ...content, redacts },
      redacts,
      ...(ts === undefined ? {} : { ts }),
      ...(txnId === undefined ? {} : { txnId }),
    })
    return ok({ event_id: event.event_id })
  }
  router.on('POST', '/_matrix/client/v3/rooms/:room/redact/:event', (request) => redact(request, undefined))
  router.on('PUT', '/_matrix/client/v3/rooms/:room/redact/:event/:txn', (request) =>
    txns.once(request, authenticate(core, request), () => redact(request, request.params.txn)),
  )
}

/** Reading and setting room state. */
export function routeState({ core, router }: Parts): void {
  const put = async (request: Request) => {
    const requester = authenticate(core, request)
    const content = await readJson(request)
    const room = getRoom(core, requester, request.params.room ?? '')
    const type = request.params.type ?? ''
    const stateKey = request.params.key ?? ''
    const ts = requester.appservice === null ? undefined : queryInteger(request, 'ts')
    const time = ts === undefined ? {} : { ts }
    if (type !== 'm.room.member') return ok({ event_id: putEvent(core, requester, room, { type, stateKey, content, ...time }).event_id })
    if (typeof content.membership !== 'string') throw badRequest('Invalid membership (must be a string)')
    const action = content.membership as MembershipAction
    return ok({ event_id: changeMembership(core, requester, room, { target: stateKey, action, content, ...time }).event_id })
  }
  const get = (request: Request) => {
    const requester = authenticate(core, request)
    const { room, until } = roomView(core, requester, request.params.room ?? '')
    const event = findStateAt(room, stateKeyOf(request.params.type ?? '', request.params.key ?? ''), until)
    if (event === undefined) throw notFound('Event not found.')
    const format = request.query.get('format') ?? 'content'
    if (format !== 'content' && format !== 'event')
      throw badRequest("Query parameter 'format' must be one of ['content', 'event']", 'M_INVALID_PARAM')
    return ok(format === 'event' ? showEvent(core, event, { viewer: requester, format: 'v2' }) : event.content)
  }
  router.on('PUT', '/_matrix/client/v3/rooms/:room/state/:type', put)
  router.on('PUT', '/_matrix/client/v3/rooms/:room/state/:type/:key', put)
  router.on('GET', '/_matrix/client/v3/rooms/:room/state/:type', get)
  router.on('GET', '/_matrix/client/v3/rooms/:room/state/:type/:key', get)

  router.on('GET', '/_matrix/client/v3/rooms/:room/state', (request) => {
    const requester = authenticate(core, request)
    const { room, until } = roomView(core, requester, request.params.room ?? '')
    const events = [...room.stateLog.keys()].flatMap((key) => findStateAt(room, key, until) ?? [])
    return ok(events.map((event) => showEvent(core, event, { viewer: requester, format: 'v1' })))
  })

  router.on('GET', '/_matrix/client/v1/room_summary/:room', (request) => {
    const requester = authenticate(core, request)
    const room = core.store.state.rooms.get(request.params.room ?? '')
    const isIn = room?.joined.has(requester.userId) === true
    const isOpen = room !== undefined && findState(room, 'm.room.join_rules')?.content.join_rule === 'public'
    if (room === undefined || (!isIn && !isOpen)) throw notFound('Room not found or is not accessible')
    return ok(summary(room, requester.userId))
  })
}

function summary(room: Room, userId: string): Json {
  const text = (type: string, key: string) => {
    const value = findState(room, type)?.content[key]
    return typeof value === 'string' ? { [type === 'm.room.avatar' ? 'avatar_url' : key]: value } : {}
  }
  return {
    room_id: room.roomId,
    ...text('m.room.name', 'name'),
    ...text('m.room.topic', 'topic'),
    ...text('m.room.avatar', 'url'),
    ...text('m.room.join_rules', 'join_rule'),
    num_joined_members: room.joined.size,
    world_readable: findState(room, 'm.room.history_visibility')?.content.history_visibility === 'world_readable',
    guest_can_join: findState(room, 'm.room.guest_access')?.content.guest_access === 'can_join',
    room_version: room.version,
    membership: findState(room, 'm.room.member', userId)?.content.membership ?? 'leave',
  }
}
