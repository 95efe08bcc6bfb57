import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../../lib/clock.ts'
import { isAnswer } from './bot-words.ts'
import type { MatrixConfig } from '../config.ts'
import type { Homeserver } from '../client/homeserver.ts'
import { type Fields, fields, filled, isFields, list, texts } from '../../../lib/fields.ts'
import { type Actor, MatrixError, path } from '../client/wire.ts'

/** Somebody who talks with the bridge's bot, and how we act as them. */
export interface Speaker {
  readonly userId: string
  readonly as: Actor
}

/** The bot does not answer: the bridge is away, or nobody of this name belongs to it. Asking later may help. */
export class BotSilent extends Error {
  override readonly name = 'BotSilent'
}

/** The bot does not talk with this user. */
export class BotRefuses extends Error {
  override readonly name = 'BotRefuses'
}

/** A room of two: a user and the bot (protocol/bridge.md 2.1). */
export interface BotChat {
  readonly room: string
  /** Says a command and waits, so many milliseconds at most, until what came since answers it. Throws BotSilent. */
  ask<T>(
    command: string,
    answered: Answered<T>,
    signal?: AbortSignal,
    waitMs?: number,
  ): Promise<{ readonly asked: string; readonly answer: T }>
  /** Waits for the answer to a command that was said before. Throws BotSilent. */
  hear<T>(asked: string, answered: Answered<T>, signal?: AbortSignal): Promise<T>
  /** What was said after this event, oldest first; all that can be found where it is too far back. */
  since(event: string, signal?: AbortSignal): Promise<readonly Fields[]>
  /** The newest messages, oldest first. */
  latest(signal?: AbortSignal): Promise<readonly Fields[]>
}
/** Reads an answer out of what was said; undefined while there is none. */
export type Answered<T> = (since: readonly Fields[]) => T | undefined

export interface BotChats {
  /** The chat that there is; undefined for none. */
  find(speaker: Speaker, signal?: AbortSignal): Promise<BotChat | undefined>
  /** The chat that there is, or a new one that the bot has joined. Throws BotSilent, BotRefuses. */
  open(speaker: Speaker, signal?: AbortSignal): Promise<BotChat>
  /** The chat in this room. No I/O. */
  at(speaker: Speaker, room: string): BotChat
}

interface Deps {
  readonly config: Pick<MatrixConfig, 'botUserId' | 'commandPrefix'>
  readonly homeserver: Homeserver
  readonly clock: Clock
}

const answerMs = 15_000
const joinMs = 20_000
/** How long to wait for an answer to a bare command before it is said with the prefix. */
const bareMs = 4_000
const lookEveryMs = 250
const pageSize = 50
/** A login says some twenty things; what lies further back is another one. */
const mostPages = 4

/** How commands are said in a room, once that is known. */
type Manners = Map<string, 'bare' | 'prefixed'>

/** The chats with the bridge's bot, driven as the users themselves (protocol/bridge.md 2). */
export function createBotChats(deps: Deps): BotChats {
  const rooms = new Map<string, string>()
  const manners: Manners = new Map()
  const chats: BotChats = {
    async find(speaker, signal) {
      const known = rooms.get(speaker.userId)
      if (known !== undefined && (await isChat(deps, speaker, known, signal))) return chats.at(speaker, known)
      rooms.delete(speaker.userId)
      for (const room of await directRooms(deps, speaker, signal)) {
        if (!(await isChat(deps, speaker, room, signal))) continue
        rooms.set(speaker.userId, room)
        return chats.at(speaker, room)
      }
      return undefined
    },
    async open(speaker, signal) {
      const found = await chats.find(speaker, signal)
      if (found !== undefined) return found
      const room = (await invited(deps, speaker, signal)) ?? (await make(deps, speaker, signal))
      await join(deps, speaker, room, signal)
      rooms.set(speaker.userId, room)
      return chats.at(speaker, room)
    },
    at: (speaker, room) => chatAt(deps, manners, speaker, room),
  }
  return chats
}

/** Two people, one of them the bot: whoever else is there would see the codes. */
async function isChat({ homeserver, config }: Deps, { userId, as }: Speaker, room: string, signal?: AbortSignal): Promise<boolean> {
  const answer = await homeserver
    .call({ method: 'GET', path: path`/_matrix/client/v3/rooms/${room}/joined_members`, as, ...signalled(signal) })
    .catch(whenGone)
  const joined = Object.keys(fields(answer?.['joined']))
  return joined.length === 2 && joined.includes(userId) && joined.includes(config.botUserId)
}

const directPath = (userId: string) => path`/_matrix/client/v3/user/${userId}/account_data/m.direct`

async function directs({ homeserver }: Deps, { userId, as }: Speaker, signal?: AbortSignal): Promise<Fields> {
  return (await homeserver.call({ method: 'GET', path: directPath(userId), as, ...signalled(signal) }).catch(whenGone)) ?? {}
}

async function directRooms(deps: Deps, speaker: Speaker, signal?: AbortSignal): Promise<readonly string[]> {
  return texts((await directs(deps, speaker, signal))[deps.config.botUserId]).toReversed()
}

async function botIn({ homeserver, config }: Deps, { as }: Speaker, room: string, signal?: AbortSignal): Promise<string | undefined> {
  const place = path`/_matrix/client/v3/rooms/${room}/state/m.room.member/${config.botUserId}`
  const member = await homeserver.call({ method: 'GET', path: place, as, ...signalled(signal) }).catch(whenGone)
  return filled(member?.['membership'])
}

/** The chat that was made for a bot which did not come or has gone; invited once more where it has. */
async function invited(deps: Deps, speaker: Speaker, signal?: AbortSignal): Promise<string | undefined> {
  const [room] = await directRooms(deps, speaker, signal)
  const membership = room === undefined ? undefined : await botIn(deps, speaker, room, signal)
  if (room === undefined || (membership !== 'invite' && membership !== 'leave')) return undefined
  if (membership === 'leave') {
    const body = { user_id: deps.config.botUserId }
    const place = path`/_matrix/client/v3/rooms/${room}/invite`
    await deps.homeserver.call({ method: 'POST', path: place, as: speaker.as, body, ...signalled(signal) })
  }
  return room
}

/** Noted among the user's direct chats, so that it is found again, here and in any other Matrix client. */
async function make(deps: Deps, speaker: Speaker, signal?: AbortSignal): Promise<string> {
  const { homeserver, config } = deps
  const { userId, as } = speaker
  const bot = config.botUserId
  const body = { preset: 'trusted_private_chat', is_direct: true, invite: [bot] }
  const made = await homeserver.call({ method: 'POST', path: '/_matrix/client/v3/createRoom', as, body, ...signalled(signal) })
  const room = filled(made['room_id'])
  if (room === undefined) throw new MatrixError(502, 'M_UNKNOWN', 'The homeserver made a room without naming it')
  const known = await directs(deps, speaker, signal)
  const direct = { ...known, [bot]: [...texts(known[bot]), room] }
  await homeserver.call({ method: 'PUT', path: directPath(userId), as, body: direct, ...signalled(signal) })
  return room
}

/** Waits until the bot has come. */
async function join(deps: Deps, speaker: Speaker, room: string, signal?: AbortSignal): Promise<void> {
  const { config, clock } = deps
  for (const until = clock() + joinMs; ;) {
    const membership = await botIn(deps, speaker, room, signal)
    if (membership === 'join') return
    if (membership !== 'invite') {
      throw new BotRefuses(
        `${config.botUserId} does not talk with ${speaker.userId}: give its server the permission \`user\` under bridge.permissions in the bridge’s config.yaml`,
      )
    }
    if (clock() > until)
      throw new BotSilent(`${config.botUserId} does not come to the chat: see that the bridge runs and that this is the name of its bot`)
    await sleep(lookEveryMs, undefined, signalled(signal))
  }
}

function chatAt({ homeserver, config, clock }: Deps, manners: Manners, { as }: Speaker, room: string): BotChat {
  async function say(body: string, signal?: AbortSignal): Promise<string> {
    const place = path`/_matrix/client/v3/rooms/${room}/send/m.room.message/${randomUUID()}`
    const answer = await homeserver.call({ method: 'PUT', path: place, as, body: { msgtype: 'm.text', body }, ...signalled(signal) })
    return filled(answer['event_id']) ?? ''
  }

  async function page(from: string | undefined, signal?: AbortSignal) {
    const query = { dir: 'b', limit: String(pageSize), ...(from === undefined ? {} : { from }) }
    const place = path`/_matrix/client/v3/rooms/${room}/messages`
    const answer = await homeserver.call({ method: 'GET', path: place, as, query, ...signalled(signal) })
    return { events: list(answer['chunk']).filter(isFields), end: filled(answer['end']) }
  }

  async function since(event: string, signal?: AbortSignal): Promise<readonly Fields[]> {
    const found: Fields[] = []
    let from: string | undefined
    for (let pages = 0; pages < mostPages; pages += 1) {
      const { events, end } = await page(from, signal)
      const at = events.findIndex((one) => one['event_id'] === event)
      found.push(...(at < 0 ? events : events.slice(0, at)))
      if (at >= 0 || end === undefined || events.length === 0) break
      from = end
    }
    return found.toReversed()
  }

  const silent = () => new BotSilent(`${config.botUserId} does not answer: see that the bridge runs and that this is the name of its bot`)

  return {
    room,
    since,
    latest: async (signal) => (await page(undefined, signal)).events.filter(({ type }) => type === 'm.room.message').toReversed(),

    async hear(asked, answered, signal) {
      for (const begun = clock(); ;) {
        const answer = answered(await since(asked, signal))
        if (answer !== undefined) return answer
        if (clock() > begun + answerMs) throw silent()
        await sleep(lookEveryMs, undefined, signalled(signal))
      }
    },

    // In the bot's management room anything said is a command, in any other one only what begins with the prefix, and without
    // it nothing is answered there (protocol/bridge.md 2.1). The prefix may be one that we do not know, so it is not said first.
    async ask(command, answered, signal, waitMs = answerMs) {
      const whole = `${config.commandPrefix} ${command}`
      const known = manners.get(room)
      let manner = known ?? 'bare'
      const asked = await say(manner === 'bare' ? command : whole, signal)
      for (const begun = clock(); ;) {
        const heard = await since(asked, signal)
        const answer = answered(heard)
        const spoken = heard.some((event) => isAnswer(event, config.botUserId))
        if (spoken || answer !== undefined) manners.set(room, manner)
        if (answer !== undefined) return { asked, answer }
        if (known === undefined && manner === 'bare' && !spoken && clock() > begun + bareMs) {
          manner = 'prefixed'
          await say(whole, signal)
        }
        if (clock() > begun + waitMs) {
          manners.delete(room)
          throw silent()
        }
        await sleep(lookEveryMs, undefined, signalled(signal))
      }
    },
  }
}

function signalled(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}

function whenGone(error: unknown): undefined {
  if (error instanceof MatrixError && (error.status === 403 || error.status === 404)) return undefined
  throw error
}
