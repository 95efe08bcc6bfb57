import type { Channel } from '../../../contract/channel.ts'
import type { Conversation } from '../../../contract/conversation.ts'
import type { Message } from '../../../contract/message.ts'
import { waitFor } from '../../e2e/wait.ts'
import type { Person } from '../api-client.ts'
import type { Followed } from '../event-stream.ts'
import type { World } from '../world.ts'

/** Our own phone, two customers, and the number of the team. */
export const ours = '+380671112233'
export const olena = '+380501112233'
export const petro = '+380631112233'
export const teamNumber = '+380441112233'

/** How far the newcomer has come; each step of the script adds to it. */
export interface Story {
  readonly world: World
  admin: Person
  stream: Followed
  /** The cursor from before anything was linked. */
  beginning: string
  channel: Channel
  olena: Conversation
  group: Conversation
  /** A colleague who has no number. */
  agent: Person
}

/** Where the script begins: what is not there yet is missed by the step that needs it. */
export function beginStory(world: World): Story {
  return { world } as Story
}

/** The channel of a number once it has this status. */
export function channelWhen({ admin }: Story, phone: string, status: Channel['status']): Promise<Channel> {
  const look = async () => (await admin.call('listChannels')).items.find((channel) => channel.phone === phone && channel.status === status)
  return waitFor(look, { what: `${phone} to be ${status}`, timeout: 60_000 })
}

/** Waits for a new message on the stream of the admin. */
export function arrival({ stream }: Story, isIt: (message: Message) => boolean, timeout = 60_000): Promise<Message> {
  return stream.until('message.created', 'a message', isIt, timeout)
}
