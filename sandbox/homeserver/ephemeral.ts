import { findRoom, type Core } from './core.ts'
import type { Json, Receipt, Room } from './state.ts'

/** Who types where; kept in memory, as Synapse does. */
export type Typing = {
  set(roomId: string, userId: string, on: boolean, timeoutMs: number): void
  usersIn(roomId: string): string[]
  /** The place in the typing stream of the room's last change, 0 when nothing changed since the start. */
  changedAt(roomId: string): number
  position(): number
  close(): void
}

/** Typing notices that end by themselves and wake the room's members and the appservices. */
export function createTyping(core: Core): Typing {
  const rooms = new Map<string, { users: Map<string, NodeJS.Timeout>; pos: number }>()
  let position = 0
  const changed = (roomId: string, room: { users: Map<string, NodeJS.Timeout>; pos: number }) => {
    position += 1
    room.pos = position
    core.notifier.wake(findRoom(core, roomId)?.joined ?? [])
    core.onEphemeral(roomId, { type: 'm.typing', room_id: roomId, content: { user_ids: [...room.users.keys()] } })
  }
  const set: Typing['set'] = (roomId, userId, on, timeoutMs) => {
    const room = rooms.get(roomId) ?? { users: new Map<string, NodeJS.Timeout>(), pos: 0 }
    rooms.set(roomId, room)
    const timer = room.users.get(userId)
    clearTimeout(timer)
    if (!on) {
      if (room.users.delete(userId)) changed(roomId, room)
      return
    }
    room.users.set(
      userId,
      setTimeout(() => set(roomId, userId, false, 0), timeoutMs),
    )
    if (timer === undefined) changed(roomId, room)
  }
  return {
    set,
    usersIn: (roomId) => [...(rooms.get(roomId)?.users.keys() ?? [])],
    changedAt: (roomId) => rooms.get(roomId)?.pos ?? 0,
    position: () => position,
    close() {
      for (const room of rooms.values()) for (const timer of room.users.values()) clearTimeout(timer)
    },
  }
}

/** Keeps a receipt and tells clients and appservices; one that points before the receipt that stands changes nothing. */
export function putReceipt(core: Core, room: Room, receipt: { user_id: string; type: string; event_id: string; thread_id?: string }): void {
  const { events } = core.store.state
  const key = JSON.stringify([receipt.user_id, receipt.type, receipt.thread_id ?? null])
  const standing = room.receipts.get(key)
  const place = (eventId: string | undefined) => events.get(eventId ?? '')?.stream
  const [before, wanted] = [place(standing?.event_id), place(receipt.event_id)]
  if (before !== undefined && wanted !== undefined && wanted <= before) return
  core.store.commit({ r: 'receipt', room_id: room.roomId, ...receipt, ts: core.clock() })
  core.notifier.wake(room.joined)
  const kept = room.receipts.get(key)
  if (kept !== undefined) core.onEphemeral(room.roomId, { type: 'm.receipt', room_id: room.roomId, content: receiptContent([kept]) })
}

/** The content of one `m.receipt` event. */
export function receiptContent(receipts: readonly Receipt[]): Json {
  const content: Record<string, Record<string, Json>> = {}
  for (const { event_id: eventId, type, user_id: userId, ts, thread_id: threadId } of receipts) {
    const ofEvent = (content[eventId] ??= {})
    const ofType = (ofEvent[type] ??= {})
    ofType[userId] = threadId === undefined ? { ts } : { ts, thread_id: threadId }
  }
  return content
}
