import { randomInt } from 'node:crypto'
import { uuidv7 } from 'uuidv7'
import { type IdKind, idPrefixes } from '../../contract/ids.ts'

/** Milliseconds since the epoch. Passed in wherever logic depends on time. */
export type Clock = () => number

export const systemClock: Clock = () => Date.now()

/** Makes ids that grow with time: `msg_` and a UUIDv7 without dashes. */
export type NewId = <T extends string>(kind: IdKind) => T

export const newId: NewId = <T extends string>(kind: IdKind) => `${idPrefixes[kind]}${uuidv7().replaceAll('-', '')}` as T

/** A new id that stands directly before this one, for what belongs before it and came after it. */
export function idBefore<T extends string>(id: T): T {
  const [prefix, hex] = [id.slice(0, -32), id.slice(-32)]
  const value = BigInt(`0x${hex}`) - BigInt(randomInt(1, 2 ** 20))
  return `${prefix}${value.toString(16).padStart(32, '0')}` as T
}

/** The id of a send attempt: a UUIDv7, used as Matrix transaction id and as Meta's `biz_opaque_callback_data`. */
export type NewAttemptId = () => string

export const newAttemptId: NewAttemptId = () => uuidv7()
