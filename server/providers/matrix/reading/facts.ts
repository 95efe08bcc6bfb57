import type { Json, Limits } from '../../provider.ts'
import { asJson, count, fields, isFields, present, text, texts } from '../../../lib/fields.ts'

/** What we know of a room. `none` is a room that is no chat; `why` then says what it is instead. */
export interface RoomFact {
  readonly kind: 'direct' | 'group' | 'none'
  readonly why?: string
  /** The number that the room belongs to: as the bridge declares it, else as it was chosen among those that share the room. */
  readonly login?: string
  /** Our accounts in the room. */
  readonly accounts: readonly string[]
  /** Ghosts that are our own numbers. */
  readonly own: readonly string[]
  /** The other side of a direct chat. */
  readonly contact?: string
  /** WhatsApp's address of the chat; may change under the room. */
  readonly remote?: string
  readonly name?: string
  /** Milliseconds since the epoch. */
  readonly created_at: number
  readonly limits?: Limits
  /** The address of a group's picture; empty where it has none. */
  readonly picture?: string
  /** What is said disappears after so many milliseconds. */
  readonly timer?: number
  /** None of our accounts is in it any more. */
  readonly gone?: { readonly why: 'deleted_on_phone' | 'left'; readonly at: string }
  /** Where its history is missing, until it has been fetched. */
  readonly gaps?: readonly string[]
  /** The one of them that is filled, and for which nothing is held back any more. */
  readonly closing?: string
  /** Something was held back since. */
  readonly held?: true
  /** Who the bridge is, where no settings say so: its bot, and what its ghosts' names begin with. */
  readonly bridge?: BridgeFact
}

export interface BridgeFact {
  readonly bot: string
  readonly ghosts: string
}

/** What we know of a person of the bridge. */
export interface GhostFact {
  readonly name?: string
  readonly phone?: string
  /** The address of their picture; empty where they have none. */
  readonly picture?: string
}

/** A number that belongs to one of our channels. `since` is when it was attached, in milliseconds. */
export interface LoginFact {
  readonly account: string
  readonly since: number
}

/** The numbers that one of our accounts has linked. */
export interface AccountFact {
  readonly logins: readonly string[]
}

/** The facts that are at hand, by key. */
export interface Known {
  get(key: string): Json | undefined
}

export const roomKey = (roomId: string) => `room:${roomId}`
export const ghostKey = (userId: string) => `ghost:${userId}`
export const loginKey = (login: string) => `login:${login}`
/** Which room a WhatsApp chat of a number is in now. */
export const chatKey = (login: string, remote: string) => `chat:${login} ${remote}`
/** The words of a poll's options, by the id of the poll's event. */
export const pollKey = (eventId: string) => `poll:${eventId}`
/** What waits for this waits for the room to have no gap. */
export const gapKey = (roomId: string) => `gap:${roomId}`
/** The bridge whose portal an account without settings has met first. */
export const bridgeKey = 'bridge'
export const accountKey = (userId: string) => `account:${userId}`

export function roomFact(facts: Known, roomId: string): RoomFact | undefined {
  return readRoom(facts.get(roomKey(roomId)))
}

export function ghostFact(facts: Known, userId: string): GhostFact {
  const fact = fields(facts.get(ghostKey(userId)))
  const name = text(fact['name'])
  const phone = text(fact['phone'])
  const picture = text(fact['picture'])
  return present({ name, phone, picture })
}

export function loginFact(facts: Known, login: string): LoginFact | undefined {
  const fact = fields(facts.get(loginKey(login)))
  const account = text(fact['account'])
  return account === undefined ? undefined : { account, since: count(fact['since']) ?? 0 }
}

export function bridgeFact(facts: Known): BridgeFact | undefined {
  const fact = fields(facts.get(bridgeKey))
  const bot = text(fact['bot'])
  return bot === undefined ? undefined : { bot, ghosts: text(fact['ghosts']) ?? '' }
}

/** A number of the first of these accounts that has any: all the numbers of one account belong to the same people. */
export function loginAmong(facts: Known, accounts: readonly string[]): string | undefined {
  const logins = accounts.map((account) => texts(fields(facts.get(accountKey(account)))['logins'])).find((found) => found.length > 0)
  return logins?.toSorted()[0]
}

export function readRoom(value: Json | undefined): RoomFact | undefined {
  if (!isFields(value)) return undefined
  const fact = value as unknown as RoomFact
  return { ...fact, accounts: texts(fact.accounts), own: texts(fact.own), gaps: texts(fact.gaps), created_at: count(fact.created_at) ?? 0 }
}

export function toJson(fact: RoomFact | GhostFact | LoginFact | AccountFact | BridgeFact): Json {
  return asJson(fact)
}
