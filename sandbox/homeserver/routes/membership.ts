import { authenticate, type Requester } from '../auth.ts'
import { badRequest, forbidden, MatrixError } from '../errors.ts'
import type { Parts } from '../homeserver.ts'
import { ok, readJson, type Reply, type Request } from '../http.ts'
import { changeMembership, forgetRoom, getRoom, getRoomToChange, getRoomToJoin, type MembershipAction } from '../membership.ts'
import { showEvent } from '../serialize.ts'
import { findStateAt, type Json, type Room } from '../state.ts'
import { roomView } from '../visibility.ts'

/** Joining, inviting, leaving, kicking, forgetting and lists of members. */
export function routeMembership(parts: Parts): void {
  const { core, router } = parts
  const join = async (request: Request): Promise<Reply> => {
    const requester = authenticate(core, request)
    const content = withReason(await readJson(request, { allowEmpty: true }))
    const room = getRoomToJoin(core, request.params.room ?? '')
    changeMembership(core, requester, room, { target: requester.userId, action: 'join', content })
    return ok({ room_id: room.roomId })
  }
  router.on('POST', '/_matrix/client/v3/join/:room', join)
  router.on('POST', '/_matrix/client/v3/rooms/:room/join', join)

  const change = (action: MembershipAction, target: (requester: Requester, body: Json) => string) => async (request: Request) => {
    const requester = authenticate(core, request)
    const body = await readJson(request, { allowEmpty: true })
    const room = getRoomToChange(core, request.params.room ?? '', action)
    changeMembership(core, requester, room, { target: target(requester, body), action, content: withReason(body) })
    return ok()
  }
  router.on(
    'POST',
    '/_matrix/client/v3/rooms/:room/leave',
    change('leave', ({ userId }) => userId),
  )
  for (const action of ['invite', 'kick', 'ban', 'unban'] as const) {
    router.on('POST', `/_matrix/client/v3/rooms/:room/${action}`, change(action, namedUser))
  }

  router.on('POST', '/_matrix/client/v3/rooms/:room/forget', (request) => {
    forgetRoom(core, authenticate(core, request), request.params.room ?? '')
    return ok()
  })
  router.on('GET', '/_matrix/client/v3/joined_rooms', (request) => {
    const { userId } = authenticate(core, request)
    const rooms = [...(core.store.state.memberships.get(userId) ?? [])]
    return ok({ joined_rooms: rooms.filter(([, member]) => member.content.membership === 'join').map(([roomId]) => roomId) })
  })
  routeMembers(parts)
}

function routeMembers({ core, router }: Parts): void {
  router.on('GET', '/_matrix/client/v3/rooms/:room/members', (request) => {
    const requester = authenticate(core, request)
    const { room, until } = roomView(core, requester, request.params.room ?? '')
    const [only, without] = [request.query.get('membership'), request.query.get('not_membership')]
    const members = membersUntil(room, until).filter(({ content: { membership } }) => {
      return (only === null || membership === only) && (without === null || membership !== without)
    })
    return ok({ chunk: members.map((event) => showEvent(core, event, { viewer: requester, format: 'v1' })) })
  })
  router.on('GET', '/_matrix/client/v3/rooms/:room/joined_members', (request) => {
    const requester = authenticate(core, request)
    const room = getRoom(core, requester, request.params.room ?? '')
    checkMayListJoined(room, requester)
    const joined: Json = {}
    for (const { state_key: userId, content } of membersUntil(room, Number.MAX_SAFE_INTEGER)) {
      if (content.membership !== 'join') continue
      joined[userId ?? ''] = { avatar_url: content.avatar_url ?? null, display_name: content.displayname ?? null }
    }
    return ok({ joined })
  })
}

function checkMayListJoined(room: Room, { appservice, userId }: Requester): void {
  if (appservice === null && !room.joined.has(userId)) {
    throw forbidden(`User ${userId} not in room ${room.roomId}, and room previews are disabled`)
  }
  if (appservice === null || [...room.joined].some((each) => appservice.isInterestedInUser(each))) return
  throw forbidden('Appservice not in room')
}

function membersUntil(room: Room, until: number) {
  const keys = [...room.stateLog.keys()].filter((key) => key.startsWith('m.room.member\u0000'))
  return keys.flatMap((key) => findStateAt(room, key, until) ?? [])
}

function withReason(body: Json): Json {
  return typeof body.reason === 'string' ? { reason: body.reason } : {}
}

function namedUser(_requester: Requester, body: Json): string {
  if (body.user_id === undefined) throw new MatrixError(400, 'M_MISSING_PARAM', "Missing params: ['user_id']")
  if (typeof body.user_id !== 'string') throw badRequest('user_id must be a string', 'M_INVALID_PARAM')
  return body.user_id
}
