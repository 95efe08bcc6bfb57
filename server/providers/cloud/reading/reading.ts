import type { ExternalId } from '../../../../contract/ids.ts'
import { fields, isFields, list } from '../../../lib/fields.ts'
import type { Json, ParsedItem, Task } from '../../provider.ts'
import { digitsOf, idOf, timeOf } from '../names.ts'
import { type Known, numberKey } from './facts.ts'
import type { Piece } from './pieces.ts'

/** What understanding a piece has to go by, and where it puts what it finds. */
export interface Reading {
  readonly piece: Piece
  readonly waba: string
  /** As they stand after the pieces before this one. */
  readonly facts: Known
  item(item: ParsedItem): void
  learn(key: string, value: Json): void
  task(task: Task): void
}

/** Thrown where a fact is missing: the piece comes back when it is known. */
export class Waiting extends Error {
  override readonly name = 'Waiting'
  readonly key: string
  constructor(key: string) {
    super(`Waits for ${key}`)
    this.key = key
  }
}

/** One of our numbers. */
export interface OurNumber {
  readonly id: ExternalId
  /** Its own phone, by which what it said itself is known. */
  readonly digits: string | undefined
}

/** The number that a piece is of. Throws Waiting for one that is no channel yet. */
export function numberOf({ piece, facts }: Reading): OurNumber {
  const metadata = fields(piece.value['metadata'])
  const id = idOf(metadata['phone_number_id'])
  if (id === undefined) throw new Error('It does not say which of our numbers it is for')
  if (!isFields(facts.get(numberKey(id)))) throw new Waiting(numberKey(id))
  return { id, digits: digitsOf(metadata['display_phone_number']) }
}

/** The one thing that a piece is about. */
export function only(piece: Piece): unknown {
  return list(piece.value[piece.part])[0]
}

/** When something was said; where that is not told, when it came: what carries no time is not lost for it. Throws where neither is known. */
export function timeIn({ piece }: Pick<Reading, 'piece'>, told: unknown): string {
  try {
    return timeOf(told)
  } catch (error) {
    if (piece.arrivedAt === undefined) throw error
    return piece.arrivedAt
  }
}

export function ignored(networkType: string): ParsedItem {
  return { type: 'ignored', networkType: networkType.slice(0, 128) }
}
