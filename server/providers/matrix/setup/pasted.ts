import type { ExternalId } from '../../../../contract/ids.ts'
import type { Clock } from '../../../lib/clock.ts'
import { AppError } from '../../../lib/errors.ts'
import type { HttpClient } from '../../../lib/http-client.ts'
import type { Log } from '../../../lib/log.ts'
import { isPasted, type Road } from '../../../lib/roads.ts'
import type { LoginFlows, Numbers, Provider, Pull } from '../../provider.ts'
import { type MatrixConfig, matrixDefaults } from '../config.ts'
import { accountKey, chatKey, loginKey, toJson } from '../reading/facts.ts'
import { createHomeserver } from '../client/homeserver.ts'
import { createMatrixProvider } from '../index.ts'
import { filled } from '../../../lib/fields.ts'
import { words } from '../linking/login.ts'
import { failed } from '../linking/login-steps.ts'
import { unreachable } from './checks.ts'
import { MatrixError } from '../client/wire.ts'

/** A Matrix account that a person has entered by its token, with the homeserver that it is at. */
export interface PastedRoad {
  readonly name: Road
  readonly homeserverUrl: string
  readonly userId: string
  /** Whether that homeserver may stand in a private network. */
  readonly mayBePrivate: boolean
}

interface Deps {
  /** Allowed to reach private addresses; the road itself decides whether it may. */
  readonly http: HttpClient
  readonly clock: Clock
  readonly log: Log
}

/**
 * The road of one account alone: no application service, no admin, no bridge of which anything is configured. Its `/sync` carries
 * everything, and what the bot and the ghosts are called stands in each portal's own state (protocol/bridge.md 4.2).
 */
export function createPastedProvider({ http, clock, log }: Deps, road: PastedRoad): Provider {
  if (!isPasted(road.name)) throw new Error(`${road.name} is no road of an account`)
  const {
    accounts: _accounts,
    sessions: _sessions,
    ...provider
  } = createMatrixProvider({
    config: configOf(road),
    http: guarded(http, road),
    clock,
    log,
    renewAdmin: async () => {
      throw new AppError('not_configured', 'There is no admin on the road of one account')
    },
  })
  const { pull } = provider.intake
  const { push: _push, watch: _watch, ...intake } = provider.intake
  return {
    ...provider,
    name: road.name,
    intake: { ...intake, ...(pull === undefined ? {} : { pull: tellingRefusals(pull) }) },
    login: elsewhere,
    numbers: createPastedNumbers(clock),
  }
}

/** Whose token it is. Throws invalid_request in words that tell a wrong address from a wrong token. */
export async function findTokenOwner(
  { http, clock }: Pick<Deps, 'http' | 'clock'>,
  account: { readonly homeserverUrl: string; readonly token: string; readonly mayBePrivate: boolean },
): Promise<{ readonly userId: string; readonly deviceId: string | undefined }> {
  const homeserver = createHomeserver({ config: account, http: guarded(http, account), clock })
  try {
    const as = { token: account.token }
    const me = await homeserver.call({ method: 'GET', path: '/_matrix/client/v3/account/whoami', as, timeoutMs: 10_000 })
    const userId = filled(me['user_id'])
    if (userId !== undefined && /^@[^:]+:.+$/.test(userId)) return { userId, deviceId: filled(me['device_id']) }
    throw refused('/homeserver_url', 'What answers at this address is no Matrix homeserver.')
  } catch (error) {
    if (error instanceof AppError) throw error
    if (error instanceof MatrixError && (error.status === 401 || error.status === 403))
      throw refused('/access_token', 'The homeserver does not accept this access token. Sign in to it again and copy the new token.')
    if (error instanceof MatrixError)
      throw refused('/homeserver_url', `What answers at this address is no Matrix homeserver (${error.message}).`)
    const { detail, fix } = unreachable(error, 'The homeserver')
    throw refused('/homeserver_url', `${detail}. ${fix}`)
  }
}

function configOf({ homeserverUrl, userId }: PastedRoad): MatrixConfig {
  const serverName = userId.slice(userId.indexOf(':') + 1)
  return {
    ...matrixDefaults,
    homeserverUrl,
    serverName,
    // Only to know who may invite before a portal has told: what bridges are called by themselves.
    botUserId: `@whatsappbot:${serverName}`,
    intake: 'sync',
    alone: userId,
  }
}

function guarded(http: HttpClient, { mayBePrivate }: { readonly mayBePrivate: boolean }): HttpClient {
  return mayBePrivate ? http : { ...http, request: (request) => http.request({ ...request, publicOnly: true }) }
}

/** A token that was taken back is a word on the account rather than a homeserver that is away. */
function tellingRefusals(pull: Pull): Pull {
  return {
    ...pull,
    async poll(...asked) {
      try {
        return await pull.poll(...asked)
      } catch (error) {
        if (!(error instanceof MatrixError) || error.status !== 401) throw error
        throw new AppError('channel_not_connected', 'The homeserver does not accept the access token any more: enter a new one', {
          cause: error,
        })
      }
    },
  }
}

/** What is linked under such an account is told by its portals; linking and unlinking are between its owner and the bot. */
const toTheBot = 'A phone is linked by writing to the bot of the bridge'
const elsewhere: LoginFlows = {
  start: async () => failed('bridge_unreachable', toTheBot),
  wait: async () => failed('login_lost', toTheBot),
  cancel: async () => {},
}

function createPastedNumbers(clock: Clock): Numbers {
  return {
    words,
    list: async () => [],
    attached: ({ external }, phone) => ({
      facts: [
        { key: loginKey(phone.external), value: toJson({ account: external, since: clock() }) },
        { key: accountKey(external), value: toJson({ logins: [phone.external] }) },
      ],
      resolved: [loginKey(phone.external), accountKey(external)],
      carried: chatKey(phone.external, ''),
    }),
    held: (phone) => [{ key: loginKey(phone.external as ExternalId), value: null }],
  }
}

function refused(pointer: string, detail: string): AppError {
  return new AppError('invalid_request', `Nothing was changed. ${detail}`, { fields: [{ pointer, code: 'refused', detail }] })
}
