import { attemptKey } from '../config.ts'
import { gapKey, type RoomFact, roomFact, roomKey, toJson } from './facts.ts'
import { fields, present } from '../../../lib/fields.ts'
import { firstMessage, type Piece } from './pieces.ts'
import { type Reading, Waiting } from './reading.ts'
import { taskOf } from '../listening/task-names.ts'

/**
 * As long as a gap is open, messages that are pushed may belong into it, and one by one they do not tell where: they are held back
 * until the gaps of their room have brought them in their places (protocol/homeserver.md 3.4 on order).
 */
export function openGap(reading: Reading, piece: Extract<Piece, { readonly piece: 'gap' }>): void {
  const room = roomFact(reading.facts, piece.room)
  if (room === undefined || room.kind === 'none') return
  const { room: id, from, to, next } = piece
  reading.task(taskOf({ kind: 'fill_gap', room: id, from, gap: from, ...present({ to, next }) }, piece.account, from))
  learn(reading, id, { ...room, gaps: [...new Set([...(room.gaps ?? []), from])] })
}

/**
 * When the last gap of a room is filled, what was held back is told, with the end of the gap behind it. It is closed for what comes
 * after only when nothing was held back meanwhile, which would else be told behind its followers.
 */
export function closeGap(reading: Reading, { room: id, gap, isLast }: Extract<Piece, { readonly piece: 'filled' }>): void {
  const room = roomFact(reading.facts, id)
  if (room?.gaps?.includes(gap) !== true) return
  const { closing: _, held, ...rest } = room
  const others = room.gaps.filter((other) => other !== gap)
  if (others.length > 0) return learn(reading, id, { ...rest, gaps: others, ...present({ held }) })
  if (isLast === true && held !== true) return learn(reading, id, { ...rest, gaps: [] })
  learn(reading, id, { ...rest, closing: gap })
  reading.resolve(gapKey(id))
  throw new Waiting(gapKey(id), { piece: 'filled', room: id, gap, isLast: true })
}

/** Puts a message aside that may belong into a gap of its room. */
export function holdBack(reading: Reading, room: RoomFact, piece: Extract<Piece, { readonly piece: 'event' }>): void {
  if (piece.pushed === undefined || fields(piece.event['content'])[attemptKey] !== undefined) return
  // What comes back has waited for the gap that is closing, but not for one that was found since.
  const gaps = (room.gaps ?? []).filter((gap) => piece.pushed === 'just_now' || gap !== room.closing)
  if (gaps.length === 0 || firstMessage([piece.event]) === undefined) return
  if (room.held !== true) learn(reading, piece.room, { ...room, held: true })
  throw new Waiting(gapKey(piece.room), { ...piece, pushed: 'held_back' })
}

function learn(reading: Reading, id: string, room: RoomFact): void {
  reading.learn(roomKey(id), toJson(room))
}
