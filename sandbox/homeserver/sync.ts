import type { Requester } from './auth.ts'
import type { Core } from './core.ts'
import { receiptContent, type Typing } from './ephemeral.ts'
import { strip } from './events.ts'
import type { Filter } from './filter.ts'
import { showEvent, showTimelineEvent } from './serialize.ts'
import { findState, membershipOf, stateKeyOf, type AccountData, type Json, type Room, type RoomEvent } from './state.ts'
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
  const accountData = showAccountData(syncing)
  return {
    changed: filled.length > 0 || accountData.length > 0,
    body: {
      next_batch: formatToken(now),
      ...(accountData.length > 0 ? { account_data: { events: accountData } } : {}),
      device_one_time_keys_count: requester.deviceId === null ? {} : { signed_curve25519: 0 },
      device_unused_fallback_key_types: [],
      ...(filled.length > 0 ? { rooms: Object.fromEntries(filled) } : {}),
    },
  }
}

function showAccountData({ core, requester, request }: Syncing): Json[] {
  const isFull = request.since === null || request.fullState
  const data = core.store.state.users.get(requester.userId)?.accountData ?? new Map<string, AccountData>()
  const changed = newer(data, isFull ? 0 : (request.since?.account ?? 0)).filter(({ type }) => request.filter.accountData(type))
  const rules = isFull && request.filter.accountData('m.push_rules') ? [{ type: 'm.push_rules', content: { global: {} } }] : []
  return [...changed, ...rules]
}

function showRoomAccountData({ core, requester, request }: Syncing, room: Room, newlyJoined: boolean): Json[] {
  const data = core.store.state.users.get(requester.userId)?.roomAccountData.get(room.roomId) ?? new Map<string, AccountData>()
  const changed = newer(data, request.fullState ? 0 : (request.since?.account ?? 0))
  const tags =
    changed.find(({ type }) => type === 'm.tag') ?? (newlyJoined ? newer(data, 0).find(({ type }) => type === 'm.tag') : undefined)
  const others = changed.filter(({ type }) => type !== 'm.tag')
  return [...(tags === undefined ? [] : [tags]), ...others].filter(({ type }) => request.filter.roomAccountData(type))
}

function newer(data: Map<string, AccountData>, after: number): { type: string; content: Json }[] {
  return [...data].filter(([, { pos }]) => pos > after).map(([type, { content }]) => ({ type, content }))
}

function showJoined(syncing: Syncing, room: Room): Json | undefined {
  const { core, requester, request, now } = syncing
  const { since } = request
  const newlyJoined = since === null || membershipOf(room, requester.userId, since.room) !== 'join'
  const batch = timelineOf(syncing, room, { from: newlyJoined ? 0 : since.room, to: now.room, newlyJoined })
  const full = newlyJoined || request.fullState
  const state = stateSection(syncing, room, batch, { known: full ? null : since.room, end: now.room })
  const ephemeral = showEphemeral(syncing, room)
  const accountData = showRoomAccountData(syncing, room, newlyJoined)
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
  const newlyJoined = since === null || joinedMeanwhile(room, requester.userId, since.room)
  const batch = timelineOf(syncing, room, { from: newlyJoined ? 0 : since.room, to: member.stream, newlyJoined })
  const state = stateSection(syncing, room, batch, { known: newlyJoined ? null : since.room, end: member.stream })
  return {
    timeline: showBatch(syncing, room, batch),
    state: { events: state.map((event) => showEvent(core, event, { viewer: requester, format: 'sync' })) },
    account_data: { events: since === null ? showRoomAccountData(syncing, room, true) : [] },
  }
}

function joinedMeanwhile(room: Room, userId: string, since: number): boolean {
  if (membershipOf(room, userId, since) === 'join') return false
  const log = room.stateLog.get(stateKeyOf('m.room.member', userId)) ?? []
  return log.some((event) => event.stream > since && event.content.membership === 'join')
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
    const isShown = isCurrentState(room, event) || canSee(room, requester.userId, event)
    if (event.stream <= to && wanted(event.type, event.sender) && isShown) found.push(event)
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

function isCurrentState(room: Room, event: RoomEvent): boolean {
  return event.state_key !== undefined && room.state.get(stateKeyOf(event.type, event.state_key)) === event
}

function showBatch({ core, requester, now }: Syncing, room: Room, batch: Batch): Json {
  return {
    events: batch.events.map((event) => showTimelineEvent(core, room, event, { viewer: requester, format: 'sync', bundle: batch.limited })),
    prev_batch: formatToken({ ...now, room: batch.startsAfter }),
    limited: batch.limited,
  }
}

/**
 * The state of a room that goes before a timeline: what stood after its first event or stands at its end, less what the
 * client has (`known`, null for nothing) and what the timeline itself ends with.
 */
function stateSection(
  { requester, request }: Syncing,
  room: Room,
  batch: Batch,
  { known, end }: { known: number | null; end: number },
): RoomEvent[] {
  const { filter } = request
  const isGap = known === null || batch.limited
  if (!isGap && !filter.lazyMembers) return []
  const start = batch.events[0]?.stream ?? end
  const inTimeline = new Map(batch.events.map((event) => [stateKeyOf(event.type, event.state_key ?? ''), event]))
  const senders = new Set(batch.events.map((event) => event.sender))
  const out = new Set<RoomEvent>()
  for (const [key, log] of room.stateLog) {
    const at = (stream: number) => log.findLast((event) => event.stream <= stream)
    const before = known === null ? undefined : at(known)
    for (const event of [at(start), at(end)]) {
      if (event === undefined || event === inTimeline.get(key) || !filter.state(event.type, event.sender)) continue
      const isLazy = filter.lazyMembers && event.type === 'm.room.member'
      const isNeeded = isLazy && senders.has(event.state_key ?? '') && event.stream <= start
      const isLeftOut = known === null && isLazy && event.state_key !== requester.userId
      if (isNeeded || (isGap && event !== before && !isLeftOut)) out.add(event)
    }
  }
  return [...out].sort((a, b) => a.stream - b.stream)
}

function showEphemeral({ typing, requester, request, now }: Syncing, room: Room): Json[] {
  const { since } = request
  const out: Json[] = []
  const typingSince = since === null || since.typing > now.typing ? 0 : since.typing
  if (typing.changedAt(room.roomId) > typingSince && request.filter.ephemeral('m.typing')) {
    out.push({ type: 'm.typing', content: { user_ids: typing.usersIn(room.roomId) } })
  }
  const after = since?.receipt ?? 0
  const newer = room.receiptPos > after ? [...room.receipts.values()].filter((receipt) => receipt.pos > after) : []
  const receipts = newer.filter((receipt) => receipt.type !== 'm.read.private' || receipt.user_id === requester.userId)
  if (receipts.length > 0 && request.filter.ephemeral('m.receipt')) out.push({ type: 'm.receipt', content: receiptContent(receipts) })
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
  const isNamed = findState(room, 'm.room.name') !== undefined || findState(room, 'm.room.canonical_alias') !== undefined
  const members = [...room.state.values()].filter((event) => event.type === 'm.room.member' && event.state_key !== userId)
  const present = members.filter((event) => event.content.membership === 'join' || event.content.membership === 'invite')
  return {
    ...(isNamed ? {} : { 'm.heroes': present.slice(0, 5).map((event) => event.state_key) }),
    'm.joined_member_count': room.joined.size,
    'm.invited_member_count': present.filter((event) => event.content.membership === 'invite').length,
  }
}
