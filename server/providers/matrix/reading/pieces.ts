import type { Json, RawBatch } from '../../provider.ts'
import { asJson, type Fields, fields, filled, isFields, list, readId, texts } from '../../../lib/fields.ts'

/**
 * One thing to understand, cut out of whatever it arrived in, with all that is needed to come back to it later: what is
 * deferred or dead is kept as a piece.
 */
export type Piece =
  /**
   * An event of a room's timeline or state. `past`: read from history, so what it says of the room may no longer hold. `pushed`: told by
   * itself, so it may be older than what was read since; held back if a gap was open then.
   */
  | {
      readonly piece: 'event'
      readonly room: string
      readonly event: Fields
      readonly account?: string
      readonly past?: true
      readonly pushed?: 'just_now' | 'held_back'
      /** The message of the same time that follows it in its room. */
      readonly next?: string
    }
  | { readonly piece: 'ephemeral'; readonly room: string; readonly event: Fields }
  /** The whole state of a room, as `account` reads it. `replaces`: an older room that points here. */
  | {
      readonly piece: 'room'
      readonly room: string
      readonly account: string
      readonly state: readonly unknown[]
      readonly replaces?: string
    }
  /** A chat that is known and has not been told to the inbox yet. */
  | {
      readonly piece: 'chat'
      readonly room: string
      readonly replaces?: string
      /** The other side, by the name that the network gave it before. */
      readonly formerly?: string
      /** Everybody in a group but us. */
      readonly members?: readonly string[]
    }
  /** `account` is in the room. */
  | { readonly piece: 'joined'; readonly room: string; readonly account: string }
  | { readonly piece: 'invited'; readonly room: string; readonly account: string; readonly state: readonly unknown[] }
  /** Events before `from` are missing, back to `to`; `next` is the message that follows them. */
  | {
      readonly piece: 'gap'
      readonly room: string
      readonly account: string
      readonly from: string
      readonly to?: string
      readonly next?: string
    }
  /** A gap is filled. `isLast`: what was held back meanwhile has been told. */
  | { readonly piece: 'filled'; readonly room: string; readonly gap: string; readonly isLast?: true }
  | { readonly piece: 'bridge'; readonly report: Fields }
  | { readonly piece: 'unreadable'; readonly value: unknown }

const kinds: readonly string[] = ['event', 'ephemeral', 'room', 'chat', 'joined', 'invited', 'gap', 'filled', 'bridge']

export const streams = {
  push: 'push',
  bridge: 'bridge',
  sync: (account: string) => `sync:${account}`,
  room: (roomId: string) => `room:${roomId}`,
} as const

const cut = new WeakMap<RawBatch, readonly Piece[]>()

/** A batch, cut into pieces in their order. What is no JSON, or not what its stream carries, is one unreadable piece. */
export function piecesOf(batch: RawBatch): readonly Piece[] {
  const known = cut.get(batch)
  if (known !== undefined) return known
  const pieces = cutUp(batch)
  cut.set(batch, pieces)
  return pieces
}

/** What is kept of a piece until it can be read. What waits for something else than a gap comes back in its turn, and is not held back then. */
export function rawOf(piece: Piece): Json {
  if (piece.piece === 'unreadable') return asJson(piece.value)
  return asJson('pushed' in piece && piece.pushed === 'just_now' ? { ...piece, pushed: undefined } : piece)
}

function cutUp(batch: RawBatch): readonly Piece[] {
  const body = parseJson(batch.body)
  if (batch.stream === 'deferred' || batch.stream === 'reread') return list(body).map(toPiece)
  if (!isFields(body)) return [{ piece: 'unreadable', value: batch.body.slice(0, 65_536) }]
  if (batch.stream === streams.bridge) return [{ piece: 'bridge', report: body }]
  if (batch.stream.startsWith('sync:')) return cutSync(body, batch.stream.slice('sync:'.length))
  if (batch.stream.startsWith('room:')) return cutRoom(body, batch.stream.slice('room:'.length))
  return cutTransaction(body)
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function toPiece(value: unknown): Piece {
  if (isFields(value) && typeof value['piece'] === 'string' && kinds.includes(value['piece'])) {
    const { room, account } = value
    const named = value['piece'] === 'bridge' || readId(room) !== undefined
    const acted = account === undefined || readId(account) !== undefined
    if (named && acted) return { ...value, ...partsOf(value) } as unknown as Piece
  }
  return eventPiece(value, undefined)
}

type Extra = { readonly account?: string; readonly past?: true; readonly pushed?: 'just_now' }

// What its kind has to have, whatever came.
function partsOf({ piece, state, event, report, members }: Fields): Fields {
  switch (piece) {
    case 'event':
    case 'ephemeral':
      return { event: fields(event) }
    case 'room':
    case 'invited':
      return { state: list(state) }
    case 'bridge':
      return { report: fields(report) }
    case 'chat':
      return Array.isArray(members) ? { members: texts(members) } : {}
    default:
      return {}
  }
}

function namesIds(event: Fields): boolean {
  return ['event_id', 'sender', 'state_key'].every(
    (key) => typeof event[key] !== 'string' || event[key] === '' || readId(event[key]) !== undefined,
  )
}

function eventPiece(value: unknown, room: string | undefined, extra: Extra = {}): Piece {
  const roomId = readId(room ?? (isFields(value) ? value['room_id'] : undefined))
  if (!isFields(value) || roomId === undefined || filled(value['type']) === undefined || !namesIds(value))
    return { piece: 'unreadable', value }
  return { piece: 'event', room: roomId, event: value, ...extra }
}

function ephemeralPiece(value: unknown, room: string | undefined): Piece {
  const roomId = readId(room ?? (isFields(value) ? value['room_id'] : undefined))
  if (!isFields(value) || roomId === undefined) return { piece: 'unreadable', value }
  return { piece: 'ephemeral', room: roomId, event: value }
}

// Both spellings carry the same data: one of them is read (protocol/homeserver.md 3.1).
function cutTransaction(body: Fields): readonly Piece[] {
  return inOrder([
    ...list(body['events']).map((event) => eventPiece(event, undefined, { pushed: 'just_now' })),
    ...list(body['ephemeral'] ?? body['de.sorunome.msc2409.ephemeral']).map((event) => ephemeralPiece(event, undefined)),
  ])
}

function cutRoom(body: Fields, room: string): readonly Piece[] {
  const account = filled(body['account']) ?? ''
  const replaces = filled(body['replaces'])
  if (Array.isArray(body['state'])) {
    return [{ piece: 'room', room, account, state: body['state'], ...(replaces === undefined ? {} : { replaces }) }]
  }
  const gap = filled(body['filled'])
  const said = inOrder(
    list(body['chunk']).map((event) => eventPiece(event, room, { account, past: true })),
    filled(body['next']),
  )
  return gap === undefined ? said : [...said, { piece: 'filled', room, gap }]
}

/** The first of these events, in their order, that is a message of its own. */
export function firstMessage(events: readonly unknown[]): string | undefined {
  const found = events.filter(isFields).find(({ type, content }) => {
    const isMessage = type === 'm.room.message' || type === 'm.sticker' || type === 'org.matrix.msc3381.poll.start'
    return isMessage && fields(fields(content)['m.relates_to'])['rel_type'] !== 'm.replace'
  })
  return filled(found?.['event_id'])
}

/**
 * Tells each event which message of the same time follows it in its room, since WhatsApp counts seconds; what is of another time needs no
 * telling. What follows a gap may be of any time, and so may `last`, which follows them all.
 */
function inOrder(pieces: readonly Piece[], last?: string): readonly Piece[] {
  const next = new Map<string, string>()
  const told = pieces.toReversed().map((piece): Piece => {
    if (piece.piece !== 'event' && piece.piece !== 'gap') return piece
    const place = piece.piece === 'gap' ? piece.room : `${piece.room} ${JSON.stringify(piece.event['origin_server_ts'])}`
    const follower = next.get(place) ?? last
    const message = piece.piece === 'event' ? firstMessage([piece.event]) : undefined
    if (message !== undefined) next.set(piece.room, message).set(place, message)
    return follower === undefined ? piece : { ...piece, next: follower }
  })
  return told.reverse()
}

function cutSync(body: Fields, account: string): readonly Piece[] {
  const since = filled(body['since'])
  const rooms = fields(fields(body['response'])['rooms'])
  const pieces: Piece[] = texts(body['joined_rooms']).map((room) => ({ piece: 'joined', room, account }))
  for (const [room, invite] of Object.entries(fields(rooms['invite']))) {
    pieces.push({ piece: 'invited', room, account, state: list(fields(fields(invite)['invite_state'])['events']) })
  }
  for (const [room, joined] of Object.entries(fields(rooms['join']))) {
    pieces.push({ piece: 'joined', room, account })
    pieces.push(...cutTimeline(room, fields(joined), account, since))
  }
  for (const [room, left] of Object.entries(fields(rooms['leave']))) pieces.push(...cutTimeline(room, fields(left), account, since))
  return pieces
}

function cutTimeline(room: string, body: Fields, account: string, since: string | undefined): readonly Piece[] {
  const timeline = fields(body['timeline'])
  const from = filled(timeline['prev_batch'])
  const gap = timeline['limited'] === true && from !== undefined
  return inOrder([
    ...list(fields(body['state'])['events']).map((event) => eventPiece(event, room, { account })),
    ...(gap ? [{ piece: 'gap' as const, room, account, from, ...(since === undefined ? {} : { to: since }) }] : []),
    ...list(timeline['events']).map((event) => eventPiece(event, room, { account })),
    ...list(fields(body['ephemeral'])['events']).map((event) => ephemeralPiece(event, room)),
  ])
}
