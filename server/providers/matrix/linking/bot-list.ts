import type { Clock } from '../../../lib/clock.ts'
import type { LinkedPhone } from '../../provider.ts'
import { type BotChat, BotRefuses, BotSilent } from './bot-chat.ts'
import { bodyOf, isAnswer, readLogins, readVersion, reasonIn } from './bot-words.ts'
import type { MatrixConfig } from '../config.ts'
import { count, type Fields, fields, filled } from '../../../lib/fields.ts'
import { readBridgeState } from '../reading/states.ts'

/** The bridge is older than its present commands (protocol/bridge.md 0). */
export class LegacyBridge extends Error {
  override readonly name = 'LegacyBridge'
}

/** The numbers that the bot lists for each of its users (protocol/bridge.md 2.2). Throws BotSilent, BotRefuses, LegacyBridge. */
export interface BotLists {
  /** As they are now. */
  ask(userId: string, chat: BotChat, signal?: AbortSignal): Promise<readonly LinkedPhone[]>
  /** As they were listed last, if the bot has said nothing since: what happens to a number it tells. */
  recall(userId: string, chat: BotChat, signal?: AbortSignal): Promise<readonly LinkedPhone[]>
}

/** A list is asked for again after so long even where nothing was said. */
const lastsMs = 15 * 60_000
/** The list comes at once; what else the bot says meanwhile belongs to something else. */
const listMs = 6_000
/** A bridge that was found too old may have been updated. */
const legacyMs = 60_000
/** A bridge that is away finds one question when it comes back rather than hundreds. */
const askAgainMs = 10 * 60_000

interface Listed {
  readonly phones: readonly LinkedPhone[]
  /** The event of the chat that said so. */
  readonly event: string | undefined
  readonly at: number
}

export function createBotLists({ config, clock }: { config: Pick<MatrixConfig, 'botUserId' | 'commandPrefix'>; clock: Clock }): BotLists {
  const bot = config.botUserId
  const lists = new Map<string, Listed>()
  let legacy: { readonly error: LegacyBridge; readonly until: number } | undefined

  /** Reads the list; a bot that says other things for a while instead lists none. */
  const reader = () => {
    let spokenSince: number | undefined
    return (since: readonly Fields[]) => {
      const said = since.filter((event) => isAnswer(event, bot))
      const found = said.find((event) => readLogins(event) !== undefined)
      if (found !== undefined) return { phones: readLogins(found) ?? [], event: filled(found['event_id']) }
      const unwilling = said.find((event) => reasonIn(bodyOf(event)) === 'bridge_forbidden')
      if (unwilling !== undefined) throw new BotRefuses(`The bridge’s bot says: ${bodyOf(unwilling).slice(0, 200)}`)
      if (said.length > 0) spokenSince ??= clock()
      if (spokenSince !== undefined && clock() > spokenSince + listMs) throw new BotSilent(`${bot} does not list its numbers`)
      return undefined
    }
  }

  const isQuestion = (event: Fields) =>
    event['sender'] !== bot && bodyOf(event).endsWith('list-logins') && (count(fields(event['unsigned'])['age']) ?? 0) < askAgainMs

  async function ask(userId: string, chat: BotChat, signal?: AbortSignal): Promise<readonly LinkedPhone[]> {
    if (legacy !== undefined && clock() < legacy.until) throw legacy.error
    const open = (await chat.latest(signal)).at(-1)
    const pending = open !== undefined && isQuestion(open) ? filled(open['event_id']) : undefined
    try {
      const answer =
        pending === undefined ? (await chat.ask('list-logins', reader(), signal)).answer : await chat.hear(pending, reader(), signal)
      const phones = withReports(answer.phones, await chat.latest(signal))
      lists.set(userId, { phones, event: answer.event, at: clock() })
      return phones
    } catch (error) {
      if (error instanceof BotSilent) await nameLegacy(chat, signal)
      throw error
    }
  }

  /** A bot that speaks but lists nothing is asked for its version. */
  async function nameLegacy(chat: BotChat, signal?: AbortSignal): Promise<void> {
    if (!isAnswer((await chat.latest(signal)).at(-1) ?? {}, bot)) return
    const told = (since: readonly Fields[]) =>
      since
        .filter((event) => isAnswer(event, bot))
        .map(readVersion)
        .find((version) => version !== undefined)
    const { answer } = await chat.ask('version', told, signal)
    if (!answer.legacy) return
    const error = new LegacyBridge(`This bridge is mautrix-whatsapp ${answer.version}: update it to v26.06 or newer`)
    legacy = { error, until: clock() + legacyMs }
    throw error
  }

  /** The list tells the state only; why it is so the bot has reported before (protocol/bridge.md 7.2). */
  function withReports(phones: readonly LinkedPhone[], said: readonly Fields[]): readonly LinkedPhone[] {
    const reports = said.filter((event) => event['sender'] === bot).map((event) => fields(fields(event['content'])['fi.mau.bridge_state']))
    return phones.map((phone) => {
      const report = reports.findLast(({ remote_id }) => remote_id === phone.external)
      const state = filled(report?.['state_event'])
      const same = state !== undefined && readBridgeState({ state_event: state }).status === phone.status
      return same ? { ...phone, ...readBridgeState(report ?? {}) } : phone
    })
  }

  return {
    ask,
    async recall(userId, chat, signal) {
      const known = lists.get(userId)
      if (known === undefined || clock() > known.at + lastsMs) return ask(userId, chat, signal)
      const said = (await chat.latest(signal)).filter((event) => event['sender'] === bot)
      return said.at(-1)?.['event_id'] === known.event ? known.phones : ask(userId, chat, signal)
    },
  }
}
