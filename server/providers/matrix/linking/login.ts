import type { Clock } from '../../../lib/clock.ts'
import { HttpError } from '../../../lib/http-client.ts'
import type { Log } from '../../../lib/log.ts'
import type { AccountLink, LinkedPhone, LoginFlows, Numbers } from '../../provider.ts'
import { type Bridge, BridgeError } from '../client/bridge.ts'
import type { MatrixConfig } from '../config.ts'
import { accountKey, chatKey, loginKey, toJson } from '../reading/facts.ts'
import type { Homeserver } from '../client/homeserver.ts'
import { createApiLogin } from './login-api.ts'
import { createBotLogin } from './login-bot.ts'
import { failed, type Place, readPlace } from './login-steps.ts'
import type { LoginWay } from './login-way.ts'

interface Deps {
  readonly config: MatrixConfig
  readonly bridge: Bridge
  readonly homeserver: Homeserver
  readonly clock: Clock
  readonly log: Log
}

const lost = failed('login_lost', 'This login cannot be continued')

/**
 * Links phones through the bridge's provisioning API, and in the chat with its bot where no address of the API is set, it does not
 * serve us or cannot be reached (protocol/bridge.md 12.1).
 */
export function createLinking(deps: Deps): { readonly login: LoginFlows; readonly numbers: Numbers } {
  const ways = openWays(deps)
  const { bot } = ways
  /** The numbers of each account, as the bridge told them last. */
  const loginsOf = new Map<string, readonly string[]>()

  async function phones(account: AccountLink): Promise<readonly LinkedPhone[]> {
    // Nobody gets a chat with the bot only because the API is away.
    const found = await ways.ask(
      (way) => way.phones(account),
      () => bot.knows(account),
    )
    loginsOf.set(
      account.external,
      found.map(({ external }) => external),
    )
    return found
  }

  const login: LoginFlows = {
    async start(account, request, signal) {
      try {
        return await ways.ask(
          (way) => way.start(account, request, signal),
          () => Promise.resolve(true),
        )
      } catch (error) {
        if (error instanceof HttpError) return failed('bridge_unreachable', error.message)
        throw error
      }
    },

    async wait(account, handle, signal) {
      const place = readPlace(handle)
      const way = place === undefined ? undefined : ways.of(place)
      if (place === undefined || way === undefined) return lost
      const step = await way.wait(account, place, signal)
      // What is attached next has to know all the numbers of the account.
      if (step.type === 'complete') await phones(account).catch(() => undefined)
      return step
    },

    async cancel(account, handle) {
      const place = readPlace(handle)
      if (place !== undefined) await ways.of(place)?.cancel(account, place)
    },
  }

  return { login, numbers: numbersOf(deps, ways, phones, loginsOf) }
}

function numbersOf(
  deps: Deps,
  ways: ReturnType<typeof openWays>,
  list: Numbers['list'],
  loginsOf: ReadonlyMap<string, readonly string[]>,
): Numbers {
  /** A proxy may hide whether the bridge is ready: then its silence says nothing. */
  let wasReady = false
  return {
    list,
    words,

    async isReady() {
      if (deps.config.bridgeUrl === undefined) return true
      const isReady = await deps.bridge.ready().catch(() => false)
      wasReady ||= isReady
      return isReady || !wasReady
    },

    logout: (account, phone) =>
      ways.ask(
        (way) => way.logout(account, phone),
        () => ways.bot.knows(account),
      ),

    attached(account, phone) {
      const logins = [...new Set([...(loginsOf.get(account.external) ?? []), phone.external])]
      return {
        facts: [
          { key: loginKey(phone.external), value: toJson({ account: account.external, since: deps.clock() }) },
          { key: accountKey(account.external), value: toJson({ logins }) },
        ],
        resolved: [loginKey(phone.external), accountKey(account.external)],
        carried: chatKey(phone.external, ''),
      }
    },

    held: (phone) => [{ key: loginKey(phone.external), value: null }],
  }
}

/** What is said of a number that a phone is linked for. */
export const words: Numbers['words'] = {
  away: 'The bridge does not answer: messages wait until it does',
  gone: 'The phone is not linked any more: link it again',
}

/** Both ways, and which of them is open. */
function openWays(deps: Deps) {
  const bot = createBotLogin(deps)
  const api = deps.config.bridgeUrl === undefined ? undefined : createApiLogin(deps)
  /** An API that has answered before is away together with its bridge, so that its bot would not answer either. */
  let reached = false
  return {
    bot,
    of: (place: Place): LoginWay | undefined => (place.way === 'bot' ? bot : api),
    /** By the API, and by the bot where that is closed to us; `mayTalk` decides where it cannot be reached. */
    async ask<T>(work: (way: LoginWay) => Promise<T>, mayTalk: () => Promise<boolean>): Promise<T> {
      if (api === undefined) return work(bot)
      try {
        const answer = await work(api)
        reached = true
        return answer
      } catch (error) {
        if (error instanceof BridgeError) reached = true
        const isAway = error instanceof HttpError && !reached
        if (!isClosed(error) && !(isAway && (await mayTalk()))) throw error
        return work(bot)
      }
    },
  }
}

const closedBy: ReadonlySet<string> = new Set([
  'M_UNKNOWN_TOKEN',
  'M_MISSING_TOKEN',
  'M_FORBIDDEN',
  'M_UNRECOGNIZED',
  'NOT_A_BRIDGE',
  'NO_BRIDGE_URL',
])

/** Whether the API does not serve this caller, whatever it asks for. */
function isClosed(error: unknown): boolean {
  return error instanceof BridgeError && closedBy.has(error.errcode)
}
