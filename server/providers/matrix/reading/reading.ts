import type { ExternalId } from '../../../../contract/ids.ts'
import type { Json, ParsedItem, Task } from '../../provider.ts'
import type { MatrixConfig } from '../config.ts'
import { accountKey, type Known, loginAmong, loginFact, loginKey, type RoomFact, roomKey, toJson } from './facts.ts'
import type { Piece } from './pieces.ts'

/** What understanding a piece has to go by, and where it puts what it finds. */
export interface Reading {
  readonly config: MatrixConfig
  /** As they stand after the pieces before this one. */
  readonly facts: Known
  item(item: ParsedItem): void
  learn(key: string, value: Json): void
  task(task: Task): void
  resolve(key: string): void
}

/** Thrown where a fact is missing: the piece, or what stands `instead` of it, comes back when it is known. */
export class Waiting extends Error {
  override readonly name = 'Waiting'
  readonly key: string
  readonly instead: Piece | undefined
  constructor(key: string, instead?: Piece) {
    super(`Waits for ${key}`)
    this.key = key
    this.instead = instead
  }
}

/** A room that is a chat of one of our channels. `since` is when that number was linked, in milliseconds. */
export interface Chat {
  readonly id: ExternalId
  readonly room: RoomFact
  readonly channel: ExternalId
  readonly since: number
}

/**
 * The channel of a room: the number that the bridge names, else one of our accounts there, which then stands. Throws
 * Waiting, for `instead` if it is given.
 */
export function chatOf(reading: Reading, roomId: string, room: RoomFact, instead?: Piece): Chat {
  const login = room.login ?? loginAmong(reading.facts, room.accounts)
  if (login === undefined) throw new Waiting(accountKey(room.accounts[0] ?? ''), instead)
  const fact = loginFact(reading.facts, login)
  if (fact === undefined) throw new Waiting(loginKey(login), instead)
  if (room.login === undefined) reading.learn(roomKey(roomId), toJson({ ...room, login }))
  return { id: roomId as ExternalId, room, channel: login as ExternalId, since: fact.since }
}

const lastTime = Date.parse('9999-12-31T23:59:59.999Z')

/** A homeserver's time, which is milliseconds, as RFC 3339. Throws for what is no time. */
export function timeOf(value: unknown): string {
  if (typeof value !== 'number' || !(value >= 0 && value <= lastTime)) throw new Error('The event has no time')
  return new Date(value).toISOString()
}
