import type { Check } from '../../../../contract/settings.ts'
import type { Clock } from '../../../lib/clock.ts'
import type { HttpClient } from '../../../lib/http-client.ts'
import { checkTime, hearTime } from '../../../lib/told-time.ts'
import { type MatrixConfig, matrixDefaults } from '../config.ts'
import { createHomeserver } from '../client/homeserver.ts'
import { present } from '../../../lib/fields.ts'
import { checkBridge } from './bridge.ts'
import type { SetupInput, SetupPrevious, SetupRegistration } from '../../matrix-setup.ts'
import { checkAppservice, checkBot, checkHomeserver, signInAdmin } from './homeserver.ts'

export interface SetupOutcome {
  /** What was looked at, in the order in which things depend on each other. */
  readonly checks: readonly Check[]
  /** Null when nothing could work with it: then the old config has to stay. */
  readonly config: MatrixConfig | null
  readonly adminUserId?: string
  readonly adminDeviceId?: string
  readonly adminToken?: string
}

interface Deps {
  readonly http: HttpClient
  readonly clock: Clock
}

const costOfWrongTime =
  'Messages are shown at wrong times, what has just been said is taken for history or the other way round, and codes for linking seem to have ended.'

/**
 * Tries out a Matrix system config: signs the admin in and looks at everything that linking and sending will need
 * (protocol/bridge.md 12.2, protocol/homeserver.md 1). Changes nothing but the admin's session, and where the bridge is
 * reached by its bot only, the admin gets a chat with it. Never throws for what an operator has to set right: that is a check.
 */
export async function probeMatrix(
  deps: Deps,
  input: SetupInput,
  previous: SetupPrevious,
  registration: SetupRegistration,
  signal: AbortSignal,
): Promise<SetupOutcome> {
  const heard = hearTime(deps.http, deps.clock)
  const homeserver = createHomeserver({ config: input, http: heard.http, clock: deps.clock })
  const probe = { homeserver, http: deps.http, clock: deps.clock, input, registration, signal }
  const reached = await checkHomeserver(probe)
  if (!reached.ok) return { checks: reached.checks, config: null }

  const appservice = await checkAppservice(probe)
  const admin = await signInAdmin(probe, previous, appservice.accepted)
  const time = checkTime(heard, { id: 'homeserver_clock', whose: 'the homeserver', cost: costOfWrongTime })
  const checks = [...reached.checks, ...time, ...admin.checks, ...appservice.checks]
  if (!admin.ok) return { checks, config: null }

  const botUserId = input.botUserId ?? `@whatsappbot:${input.serverName}`
  const userId = appservice.accepted ? appservice.userId : admin.userId
  const bridge = await checkBridge(probe, {
    previous,
    botUserId,
    userId: userId ?? botUserId,
    ...present({ userToken: admin.token, adminUserId: admin.userId }),
  })
  const bot = await checkBot(probe, bridge.bot ?? botUserId, admin.token ?? registration.asToken)
  return {
    checks: [...checks, ...bridge.checks, bot],
    config: present({
      homeserverUrl: input.homeserverUrl,
      serverName: input.serverName,
      asToken: appservice.accepted ? registration.asToken : undefined,
      hsToken: registration.hsToken,
      userPrefix: registration.userPrefix,
      adminToken: admin.token,
      botUserId: input.botUserId ?? bridge.bot ?? botUserId,
      ghostPrefix: matrixDefaults.ghostPrefix,
      bridgeUrl: input.bridgeUrl,
      bridgeSecret: bridge.secret,
      bridgeAsToken: bridge.asToken,
      intake: appservice.accepted ? (input.intake ?? matrixDefaults.intake) : 'sync',
      commandPrefix: bridge.commandPrefix ?? previous.commandPrefix ?? matrixDefaults.commandPrefix,
      deviceId: matrixDefaults.deviceId,
    }),
    ...present({ adminUserId: admin.userId, adminDeviceId: admin.deviceId, adminToken: admin.token }),
  }
}
