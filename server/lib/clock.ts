import { uuidv7 } from 'uuidv7'
import { type IdKind, idPrefixes } from '../../contract/ids.ts'

/** Milliseconds since the epoch. Passed in wherever logic depends on time. */
export type Clock = () => number

export const systemClock: Clock = () => Date.now()

/** Makes ids that grow with time: `msg_` and a UUIDv7 without dashes. */
export type NewId = <T extends string>(kind: IdKind) => T

export const newId: NewId = <T extends string>(kind: IdKind) => `${idPrefixes[kind]}${uuidv7().replaceAll('-', '')}` as T

/** The id of a send attempt: a UUIDv7, used as Matrix transaction id and as Meta's `biz_opaque_callback_data`. */
export type NewAttemptId = () => string

export const newAttemptId: NewAttemptId = () => uuidv7()
