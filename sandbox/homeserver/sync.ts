import type { Requester } from './auth.ts'
import type { Core } from './core.ts'
import { receiptContent, type Typing } from './ephemeral.ts'
import { strip } from './events.ts'
import type { Filter } from './filter.ts'
import { showEvent } from './serialize.ts'
import { membershipOf, stateKeyOf, type AccountData, type Json, type Room, type RoomEvent } from './state.ts'
import { formatToken, type StreamToken } from './tokens.ts'
import { canSee } from './visibility.ts'

/** One sync request, read. */
export type SyncRequest = { since: StreamToken | null; timeoutMs: number; filter: Filter; fullState: boolean }

type Syncing = { core: Core; typing: Typing; requester: Requester; request: SyncRequest; now: StreamToken }

/**
 * Answers /sync (protocol/homeserver.md 2.3): at once when there is no since token, no timeout or something new, else as
 * soon as something comes or the time is up. `changed` tells whether anything is in it.
 */
export async function sync(
  core: Core,
  typing: Typing,
  requester: Requester,
  request: SyncRequest,
  closing: AbortSignal,
): Promise<{ body: Json; changed: boolean }> {
  const deadline = performance.now() + request.timeoutMs
  for (;;) {
    const now = streamPosition(core, typing)
    const result = collect({ core, typing, requester, request, now })
    const left = deadline - performance.now()
    if (result.changed || request.since === null || request.fullState || left <= 0 || closing.aborted) return result
    await core.notifier.wait(requester.userId, left, closing)
  }
}

/** Where the streams of the server stand now. */
export function streamPosition(core: Core, typing: Typing): StreamToken {
  const { log, receiptPos, accountPos } = core.store.state
  return { room: log.length, typing: typing.position(), receipt: receiptPos, account: accountPos }
}

function collect(syncing: Syncing): { body: Json; changed: boolean } {
  const { core, requester, request, now } = syncing
  const sections: Record<'join' | 'invite' | 'leave', Json> = { join: {}, invite: {}, leave: {} }
  for (const [roomId, member] of core.store.state.memberships.get(requester.userId) ?? []) {
    const room = core.store.state.rooms.get(roomId)
    if (room === undefined || !request.filter.includesRoom(roomId)) continue
    const fresh = request.since === null || member.stream > request.since.room
    switch (member.content.membership) {
      case 'join': {
        const shown = showJoined(syncing, room)
        if (shown !== undefined) sections.join[roomId] = shown
        break
      }
      case 'invite':
        if (fresh) sections.invite[roomId] = { invite_state: { events: [...(member.invite_room_state ?? []), strip(member)] } }
        break
      case 'leave':
      case 'ban':
        if (fresh && (request.since !== null || request.filter.includeLeave)) sections.leave[roomId] = showLeft(syncing, room, member)
        break
    }
  }
  const filled = Object.entries(sections).filter(([, rooms]) => Object.keys(rooms).length > 0)
  const accountData = showAccountData(syncing, core.store.state.users.get(requester.userId)?.accountData, request.filter.accountData)
  return {
    changed: filled.length > 0 || accountData.length > 0,
    body: {
      next_batch: formatToken(now),
      ...(accountData.length > 0 ? { account_data: { events: accountData } } : {}),
      device_one_time_keys_count: { signed_curve25519: 0 },
      device_unused_fallback_key_types: [],
      ...(filled.length > 0 ? { rooms: Object.fromEntries(filled) } : {}),
    },
  }
}

function showAccountData({ request }: Syncing, data: Map<string, AccountData> | undefined, wanted: (type: string) => boolean): Json[] {
  const after = request.fullState ? 0 : (request.since?.account ?? 0)
  return [...(data ?? [])].filter(([type, { pos }]) => pos > after && wanted(type)).map(([type, { content }]) => ({ type, content }))
}

function showJoined(syncing: Syncing, room: Room): Json | undefined {
  const { core, requester, request, now } = syncing
  const { since } = request
  const newlyJoined = since === null || membershipOf(room, requester.userId, since.room) !== 'join'
  const batch = timelineOf(syncing, room, { from: newlyJoined ? 0 : since.room, to: now.room, newlyJoined })
  const full = newlyJoined || request.fullState
  const state = stateBefore(syncing, room, batch, full ? 0 : since.room)
  const ephemeral = showEphemeral(syncing, room, newlyJoined)
  const ownData = core.store.state.users.get(requester.userId)?.roomAccountData.get(room.roomId)
  const accountData = showAccountData(syncing, ownData, request.filter.roomAccountData)
  const empty = batch.events.length === 0 && state.length === 0 && ephemeral.length === 0 && accountData.length === 0
  if (empty && !batch.limited && !full) return undefined
  return {
    timeline: showBatch(syncing, room, batch),
    state: { events: state.map((event) => showEvent(core, event, { viewer: requester, format: 'sync' })) },
    account_data: { events: accountData },
    ephemeral: { events: ephemeral },
    unread_notifications: { notification_count: countUnread(syncing, room), highlight_count: 0 },
    summary: request.filter.lazyMembers && (full || batch.limited) ? summaryOf(room, requester.userId) : {},
  }
}

function showLeft(syncing: Syncing, room: Room, member: RoomEvent): Json {
  const { core, requester, request } = syncing
  const { since } = request
  const newlyJoined = since === null || membershipOf(room, requester.userId, since.room) !== 'join'
  const batch = timelineOf(syncing, room, { from: newlyJoined ? 0 : since.room, to: member.stream, newlyJoined: since === null })
  const wasIn = since !== null && !newlyJoined
  const state = wasIn || since === null ? stateBefore(syncing, room, batch, wasIn ? since.room : 0) : []
  return {
    timeline: showBatch(syncing, room, batch),
    state: { events: state.map((event) => showEvent(core, event, { viewer: requester, format: 'sync' })) },
    account_data: { events: [] },
  }
}

type Batch = { events: RoomEvent[]; limited: boolean; startsAfter: number }

function timelineOf(
  { requester, request }: Syncing,
  room: Room,
  { from, to, newlyJoined }: { from: number; to: number; newlyJoined: boolean },
): Batch {
  const { timelineLimit: limit, timeline: wanted } = request.filter
  const found: RoomEvent[] = []
  for (let at = room.timeline.length - 1; at >= 0 && found.length <= limit; at -= 1) {
    const event = room.timeline[at]
    if (event === undefined || event.stream <= from) break
    if (event.stream <= to && wanted(event.type, event.sender) && canSee(room, requester.userId, event)) found.push(event)
  }
  const limited = found.length > limit
  const events = found.slice(0, limit).reverse()
  const first = events[0]
  return {
    events,
    limited: limited || (newlyJoined && request.since !== null),
    startsAfter: first === undefined || (newlyJoined && !limited) ? to : first.stream - 1,
  }
}

function showBatch({ core, requester, now }: Syncing, room: Room, batch: Batch): Json {
  return {
    events: batch.events.map((event) =>
      showEvent(core, event, { viewer: requester, format: 'sync', membership: membershipOf(room, requester.userId, event.stream) }),
    ),
    prev_batch: formatToken({ ...now, room: batch.startsAfter }),
    limited: batch.limited,
  }
}

function stateBefore({ requester, request }: Syncing, room: Room, batch: Batch, after: number): RoomEvent[] {
  const { filter } = request
  if (after > 0 && !batch.limited && !filter.lazyMembers) return []
  const first = batch.events[0]
  const upTo = first === undefined ? batch.startsAfter : first.stream - 1
  const senders = new Set(batch.events.map((event) => event.sender))
  const out: RoomEvent[] = []
  for (const log of room.stateLog.values()) {
    const event = log.findLast((each) => each.stream <= upTo)
    if (event === undefined || event.stream <= after || !filter.state(event.type, event.sender)) continue
    const lazy = filter.lazyMembers && event.type === 'm.room.member' && event.state_key !== requester.userId
    if (!lazy || senders.has(event.state_key ?? '')) out.push(event)
  }
  if (filter.lazyMembers && after > 0) out.push(...sendersUnknown(room, senders, upTo, out))
  return out.sort((a, b) => a.stream - b.stream)
}

function sendersUnknown(room: Room, senders: Set<string>, upTo: number, known: RoomEvent[]): RoomEvent[] {
  return [...senders].flatMap((sender) => {
    const event = room.stateLog.get(stateKeyOf('m.room.member', sender))?.findLast((each) => each.stream <= upTo)
    return event === undefined || known.includes(event) ? [] : [event]
  })
}

function showEphemeral({ typing, requester, request, now }: Syncing, room: Room, whole: boolean): Json[] {
  const since = whole || request.fullState ? null : request.since
  const out: Json[] = []
  const after = since?.receipt ?? 0
  const newer = room.receiptPos > after ? [...room.receipts.values()].filter((receipt) => receipt.pos > after) : []
  const receipts = newer.filter((receipt) => receipt.type !== 'm.read.private' || receipt.user_id === requester.userId)
  if (receipts.length > 0 && request.filter.ephemeral('m.receipt')) out.push({ type: 'm.receipt', content: receiptContent(receipts) })
  const typingSince = since === null || since.typing > now.typing ? 0 : since.typing
  if (typing.changedAt(room.roomId) > typingSince && request.filter.ephemeral('m.typing')) {
    out.push({ type: 'm.typing', content: { user_ids: typing.usersIn(room.roomId) } })
  }
  return out
}

function countUnread({ core, requester }: Syncing, room: Room): number {
  if (core.services.some((service) => service.isExclusiveUser(requester.userId))) return 0
  const read = [...room.receipts.values()].filter((receipt) => receipt.user_id === requester.userId)
  const readTo = Math.max(0, ...read.map((receipt) => core.store.state.events.get(receipt.event_id)?.stream ?? 0))
  let count = 0
  for (let at = room.timeline.length - 1; at >= 0; at -= 1) {
    const event = room.timeline[at]
    if (event === undefined || event.stream <= readTo || event.sender === requester.userId) break
    if (event.type === 'm.room.message' || event.type === 'm.room.encrypted') count += 1
  }
  return count
}

function summaryOf(room: Room, userId: string): Json {
  const members = [...room.state.values()].filter((event) => event.type === 'm.room.member' && event.state_key !== userId)
  const present = members.filter((event) => event.content.membership === 'join' || event.content.membership === 'invite')
  return {
    'm.heroes': present.slice(0, 5).map((event) => event.state_key),
    'm.joined_member_count': room.joined.size,
    'm.invited_member_count': present.filter((event) => event.content.membership === 'invite').length,
  }
}
