import { ghostOf, roomOf } from './names.ts'
import { textOf } from './texts.ts'

/** A text that a customer writes, by its number. */
export interface Said {
  readonly number: number
  readonly chat: number
  readonly text: string
  readonly at: number
}

/** Texts of customers in turn, each chat as often as any other. */
export function createTalk(chats: number): (count: number) => Said[] {
  let number = 0
  const next = (): Said => {
    number += 1
    // A prime step visits all chats, and neighbours in time are none in the tables.
    return { number, chat: ((number * 7_919) % chats) + 1, text: textOf(number), at: Date.now() }
  }
  return (count) => Array.from({ length: count }, next)
}

export const eventIdOf = (said: Said) => `$event${said.number}:${said.at.toString(36)}`

/** The body by which a homeserver pushes them. */
export function transactionOf(said: readonly Said[]): string {
  return JSON.stringify({ events: said.map(eventOf), 'de.sorunome.msc2409.ephemeral': [] })
}

function eventOf(said: Said): object {
  return {
    type: 'm.room.message',
    room_id: roomOf(said.chat),
    sender: ghostOf(said.chat),
    event_id: eventIdOf(said),
    origin_server_ts: said.at,
    content: { msgtype: 'm.text', body: said.text },
    unsigned: { age: 12 },
  }
}
