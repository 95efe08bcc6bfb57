import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../../lib/clock.ts'
import type { Log } from '../../../lib/log.ts'
import type { AccountLink, LoginRequest, LoginStep } from '../../provider.ts'
import { type BotChat, type BotChats, BotRefuses, BotSilent, createBotChats, type Speaker } from './bot-chat.ts'
import { type BotLists, createBotLists, LegacyBridge } from './bot-list.ts'
import { bodyOf, isAnswer, readTalk, reasonIn, refuses, type Talk } from './bot-words.ts'
import type { Step } from '../client/bridge.ts'
import type { MatrixConfig } from '../config.ts'
import { actorOf, type Homeserver } from '../client/homeserver.ts'
import type { Fields } from '../../../lib/fields.ts'
import { broughtBy, failed, internationalPhone, lifeOf, loginMs, type Place, seenIn, shownStep } from './login-steps.ts'
import type { LoginWay } from './login-way.ts'
import { MatrixError } from '../client/wire.ts'

interface Deps {
  readonly config: MatrixConfig
  readonly homeserver: Homeserver
  readonly clock: Clock
  readonly log: Log
}
interface Context extends Deps {
  readonly chats: BotChats
  readonly lists: BotLists
}
export interface BotLogin extends LoginWay {
  /** Whether this account has talked with the bot before. */
  knows(account: AccountLink): Promise<boolean>
}

/** The bridge looks for WhatsApp up to 40 s before it shows the first code (protocol/bridge.md 1.6). */
const firstCodeMs = 45_000
/** What leads to a code is followed by it at once; other words are a refusal. */
const showMs = 8_000
/** A login by phone that goes on without asking for the number shows its code by then. */
const asksMs = 1_500
const lookEveryMs = 700
/** How long a code may be overdue before the login counts as lost with the bridge. */
const overdueMs = 30_000
/** Somebody whom the bot refused is asked for again after so long, unless they try to link a phone. */
const refusedMs = 5 * 60_000

/**
 * Links phones in the chat with the bridge's bot, as the Matrix account itself (protocol/bridge.md 2): the way that needs nothing but the
 * homeserver. All that it goes by stands in the chat, so any process can go on from a place.
 */
export function createBotLogin(deps: Deps): BotLogin {
  const context: Context = { ...deps, chats: createBotChats(deps), lists: createBotLists(deps) }
  const refused = new Map<string, { readonly error: BotRefuses; readonly until: number }>()
  const chatIn = (account: AccountLink, place: Place) => context.chats.at(speakerOf(deps, account), place.process)
  return {
    knows: async (account) => (await context.chats.find(speakerOf(deps, account))) !== undefined,

    async start(account, request, signal) {
      refused.delete(account.external)
      try {
        return await begin(context, account, request, signal)
      } catch (error) {
        if (error instanceof BotRefuses) return failed('bridge_forbidden', error.message)
        if (error instanceof LegacyBridge) return failed('bridge_update_needed', error.message)
        if (error instanceof BotSilent) return failed('bridge_unreachable', error.message)
        throw error
      }
    },

    async wait(account, place, signal) {
      try {
        return await follow(context, account, chatIn(account, place), place, signal)
      } catch (error) {
        const gone = error instanceof MatrixError && (error.status === 403 || error.status === 404)
        if (gone || error instanceof BotRefuses) return failed('login_lost', 'The chat with the bridge’s bot is gone')
        throw error
      }
    },

    async cancel(account, place) {
      const chat = chatIn(account, place)
      const { state } = readTalk(await chat.since(place.step), deps.config.botUserId)
      if (state !== 'ended') await stop(context, chat)
    },

    async phones(account) {
      const known = refused.get(account.external)
      if (known !== undefined && deps.clock() < known.until) throw known.error
      try {
        const speaker = speakerOf(deps, account)
        return await context.lists.recall(speaker.userId, await context.chats.open(speaker))
      } catch (error) {
        if (error instanceof BotRefuses) refused.set(account.external, { error, until: deps.clock() + refusedMs })
        throw error
      }
    },

    async logout(account, phone) {
      const chat = await context.chats.open(speakerOf(deps, account))
      const words = await say(context, chat, `logout ${phone}`)
      const left = await context.lists.ask(account.external, chat)
      if (left.some(({ external }) => external === phone)) throw new Error(`the bridge’s bot says: ${words.slice(0, 200)}`)
    },
  }
}

function speakerOf({ config }: Deps, account: AccountLink): Speaker {
  return { userId: account.external, as: actorOf(config, account) }
}

/** A command whose answer is a sentence. */
async function say({ config }: Context, chat: BotChat, command: string, signal?: AbortSignal): Promise<string> {
  const answered = (since: readonly Fields[]) => since.find((event) => isAnswer(event, config.botUserId))
  return bodyOf((await chat.ask(command, answered, signal)).answer)
}

async function stop(context: Context, chat: BotChat, signal?: AbortSignal): Promise<void> {
  await say(context, chat, 'cancel', signal)
}

async function begin(context: Context, account: AccountLink, request: LoginRequest, signal: AbortSignal): Promise<LoginStep> {
  const { chats, lists, clock } = context
  const phone = internationalPhone(request.phone)
  if (request.method === 'phone' && phone === undefined) return failed('phone_format', 'The number must be international and begin with +')
  const chat = await chats.open(speakerOf(context, account), signal)
  const before = (await lists.recall(account.external, chat, signal)).map(({ external }) => external)
  // An earlier attempt that was left open would refuse this one.
  await stop(context, chat, signal)
  const again = request.again === undefined ? {} : { again: request.again }
  const command = request.again === undefined ? `login ${request.method}` : `relogin ${request.again} ${request.method}`
  const { asked, talk } = await askForCode(context, chat, command, phone, signal)
  const place = {
    way: 'bot',
    process: chat.room,
    step: asked,
    seen: '',
    passkey: false,
    number: 1,
    until: clock() + loginMs,
    before,
  } as const
  return shown(context, { ...place, ...again }, talk) ?? ended(context, place, talk)
}

/** Asks for a code and waits until there is one, or words instead. Where the bot asks for the number first, it is told. */
async function askForCode(
  context: Context,
  chat: BotChat,
  command: string,
  phone: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly asked: string; readonly talk: Talk }> {
  const { clock, config } = context
  let spokenSince: number | undefined
  const shows = (since: readonly Fields[]): Talk | undefined => {
    const talk = readTalk(since, config.botUserId)
    if (talk.state !== 'said') return talk.state === 'silent' ? undefined : talk
    spokenSince ??= clock()
    if (phone !== undefined) return clock() > spokenSince + asksMs ? talk : undefined
    return refuses(talk.words) || clock() > spokenSince + showMs ? talk : undefined
  }
  const { asked, answer: talk } = await chat.ask(command, shows, signal, firstCodeMs)
  const asksForNumber = phone !== undefined && talk.state === 'said' && !['bridge_forbidden', 'login_limit'].includes(reasonIn(talk.words))
  return asksForNumber ? askForCode(context, chat, phone, undefined, signal) : { asked, talk }
}

/** What is to be shown now, if it is another code than the one that was. */
function shown({ clock }: Context, place: Place, talk: Talk): LoginStep | undefined {
  if (talk.state !== 'qr' && talk.state !== 'code') return undefined
  const display = { type: talk.state, data: talk.data }
  const step: Step = { process: place.process, type: 'display_and_wait', step: place.step, display }
  if (seenIn(step) === place.seen) return undefined
  return shownStep(step, { ...place, number: talk.state === 'qr' ? talk.number : 1 }, clock() - talk.ageMs)
}

async function follow(context: Context, account: AccountLink, chat: BotChat, place: Place, signal: AbortSignal): Promise<LoginStep> {
  const { clock, config } = context
  for (;;) {
    const talk = readTalk(await chat.since(place.step, signal), config.botUserId)
    const step = shown(context, place, talk)
    if (step !== undefined) return step
    const isOpen = talk.state === 'qr' || talk.state === 'code'
    const isLate = isOpen && talk.ageMs > lifeOf(talk.state, place.number) + overdueMs
    if (!isOpen || isLate || clock() > place.until) return conclude(context, account, chat, place, signal)
    await sleep(lookEveryMs, undefined, { signal })
  }
}

/** How it ended is decided by the numbers that the bot lists, only the reason by what it says (protocol/bridge.md 2.3). */
async function conclude(context: Context, account: AccountLink, chat: BotChat, place: Place, signal: AbortSignal): Promise<LoginStep> {
  const phone = broughtBy(place, await context.lists.ask(account.external, chat, signal))
  if (phone !== undefined) return { type: 'complete', phone }
  const talk = readTalk(await chat.since(place.step, signal), context.config.botUserId)
  const isOver = talk.state === 'ended' && reasonIn(talk.words) !== 'passkey_required'
  if (!isOver) await stop(context, chat, signal)
  return ended(context, place, talk)
}

function ended({ clock, log }: Context, place: Place, talk: Talk): LoginStep {
  log.warn({ room: place.process, state: talk.state }, 'the bot ended a login')
  switch (talk.state) {
    case 'encrypted':
      return failed('bridge_error', 'The bridge’s bot answers encrypted: set encryption.default to false in the bridge’s config.yaml')
    case 'said':
    case 'ended':
      return talk.words === '' ? failed('login_closed', 'The login was ended at the bridge') : failed(reasonIn(talk.words), talk.words)
    case 'silent':
    case 'qr':
    case 'code':
      return clock() > place.until
        ? failed('code_expired', 'The code was not used in time')
        : failed('login_lost', 'The bridge has forgotten this login')
  }
}
