import { createHash } from 'node:crypto'
import type { ExternalId } from '../../../../contract/ids.ts'
import type { Task } from '../../provider.ts'

/** What is done later for the sake of what was read. Two names of one `why` are one task. */
export type TaskPayload =
  | { readonly kind: 'join_room'; readonly room: string; readonly replaces?: string }
  /** Reads the state of a room and then, piece by piece from `from` backwards, all that was said in it. */
  | {
      readonly kind: 'inspect_room'
      readonly room: string
      readonly history: boolean
      readonly replaces?: string
      readonly from?: string
      readonly page?: number
    }
  /** `next`: the message that follows the gap; `gap`: what the room knows it by; `isFree`: it does not hold pushes back any more. */
  | {
      readonly kind: 'fill_gap'
      readonly room: string
      readonly from: string
      readonly gap: string
      readonly isFree?: true
      readonly to?: string
      readonly next?: string
      readonly page?: number
    }
  /** Reads what the bridge has said of a message. */
  | { readonly kind: 'look_up'; readonly room: string; readonly event: string }

/** A durable task of the Matrix road. `why` tells occasions apart: the same occasion never makes two tasks. */
export function taskOf(payload: TaskPayload, account: string, why: string): Task {
  const { kind, ...rest } = payload
  const occasion = createHash('sha256').update(`${payload.room} ${account} ${why}`).digest('base64url').slice(0, 22)
  return { kind, key: `${kind}:${occasion}`, account: account as ExternalId, payload: rest }
}
