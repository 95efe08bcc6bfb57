import { authenticate } from '../auth.ts'
import { findRoom, getUser } from '../core.ts'
import { badRequest, forbidden } from '../errors.ts'
import { putReceipt } from '../ephemeral.ts'
import type { Parts } from '../homeserver.ts'
import { ok, readJson, type Request } from '../http.ts'
import { membershipOf, type Room } from '../state.ts'
import type { Requester } from '../auth.ts'

const receiptTypes = ['m.read', 'm.fully_read', 'm.read.private'] as const
type ReceiptType = (typeof receiptTypes)[number]

/** Typing, receipts and read markers; only for who is in the room. */
export function routeEphemeral({ core, router, typing }: Parts): void {
  const joinedRoom = (request: Request, refusal?: string): { requester: Requester; room: Room } => {
    const requester = authenticate(core, request)
    const roomId = request.params.room ?? ''
    const room = findRoom(core, roomId)
    if (room === undefined || membershipOf(room, requester.userId) !== 'join') {
      throw forbidden(refusal ?? `User ${requester.userId} not in room ${roomId}`)
    }
    return { requester, room }
  }
  const mark = ({ userId }: Requester, room: Room, type: ReceiptType, eventId: string, threadId?: string) => {
    const event = core.store.state.events.get(eventId)
    if (event?.room_id !== room.roomId) return
    if (type !== 'm.fully_read') {
      putReceipt(core, room, { user_id: userId, type, event_id: eventId, ...(threadId === undefined ? {} : { thread_id: threadId }) })
      return
    }
    const user = getUser(core, userId)
    const before = user.roomAccountData.get(room.roomId)?.get('m.fully_read')?.content.event_id
    const stood = core.store.state.events.get(typeof before === 'string' ? before : '')
    if (stood !== undefined && stood.stream >= event.stream) return
    core.store.commit({ r: 'account_data', user_id: userId, room_id: room.roomId, type: 'm.fully_read', content: { event_id: eventId } })
    core.notifier.wake([userId])
  }

  router.on('PUT', '/_matrix/client/v3/rooms/:room/typing/:user', async (request) => {
    const { requester, room } = joinedRoom(request)
    const { typing: on, timeout } = await readJson(request)
    if (request.params.user !== requester.userId) throw badRequest("Cannot set another user's typing state", 'M_FORBIDDEN')
    typing.set(room.roomId, requester.userId, on === true, typeof timeout === 'number' ? Math.min(timeout, 120_000) : 30_000)
    return ok()
  })
  router.on('POST', '/_matrix/client/v3/rooms/:room/receipt/:type/:event', async (request) => {
    const { requester, room } = joinedRoom(request, "You don't have permission to access that event.")
    const { thread_id: threadId } = await readJson(request)
    const type = receiptTypes.find((each) => each === request.params.type)
    if (type === undefined) throw badRequest(`Receipt type must be ${receiptTypes.join(', ')}`)
    if (threadId !== undefined && (typeof threadId !== 'string' || threadId === '')) {
      throw badRequest('thread_id field must be a non-empty string', 'M_INVALID_PARAM')
    }
    mark(requester, room, type, request.params.event ?? '', threadId)
    return ok()
  })
  router.on('POST', '/_matrix/client/v3/rooms/:room/read_markers', async (request) => {
    const { requester, room } = joinedRoom(request)
    const body = await readJson(request)
    for (const type of receiptTypes) {
      const eventId = body[type]
      if (eventId === undefined || eventId === null) continue
      if (typeof eventId !== 'string') throw badRequest(`${type} must be a string`, 'M_INVALID_PARAM')
      mark(requester, room, type, eventId)
    }
    return ok()
  })
}
