import type { Check } from '../../../../contract/settings.ts'
import { type Bridge, BridgeError, createBridge, type Whoami } from '../client/bridge.ts'
import { filled, isFields, present } from '../../../lib/fields.ts'
import { checkBotChat } from './bot.ts'
import { passed, type Probe, refused, skipped, unreachable, warned } from './checks.ts'
import type { SetupPrevious } from '../../matrix-setup.ts'

interface Who {
  readonly previous: SetupPrevious
  readonly botUserId: string
  /** In whose name the bridge is asked. */
  readonly userId: string
  readonly userToken?: string
  /** Who talks with the bridge's bot, by `userToken`. */
  readonly adminUserId?: string
}

export interface BridgeOutcome {
  readonly checks: readonly Check[]
  /** The secrets, each in the place where it belongs. */
  readonly secret?: string
  readonly asToken?: string
  readonly bot?: string
  readonly commandPrefix?: string
}

/**
 * How the bridge takes messages is told by none of its calls (protocol/bridge.md 8.3): whoever is not told of it believes that nothing
 * is lost.
 */
const unseenDurability: Check = {
  id: 'bridge_durable_mode',
  status: 'skipped',
  detail:
    'Whether the bridge loses messages when it ends cannot be seen from outside. As it comes, it loses those that it holds in memory.',
  fix: 'See that portal_event_buffer is 0 under bridge in its config.yaml, or show it: npm run mistok -- doctor --bridge-config config.yaml',
}

const whereSecret =
  'It stands in the bridge’s config.yaml under provisioning.shared_secret; copy it from there (not as_token of registration.yaml).'

/** Whether the bridge is there, is the right one, trusts us and lets our people link phones (protocol/bridge.md 1.1, 12.2). */
export async function checkBridge(probe: Probe, who: Who): Promise<BridgeOutcome> {
  const { input } = probe
  const secrets = await sortSecrets(
    probe,
    input.bridgeSecret ?? who.previous.bridgeSecret,
    input.bridgeAsToken ?? who.previous.bridgeAsToken,
  )
  const kept = present({ secret: secrets.secret, asToken: secrets.asToken })
  if (input.bridgeUrl === undefined) return { ...kept, checks: [...secrets.checks, ...withDurability(await checkBot(probe, who))] }
  const bridge = createBridge({ config: present({ bridgeUrl: input.bridgeUrl, bridgeSecret: secrets.secret }), http: probe.http })
  const ready = await checkReady(bridge)
  if (ready.status === 'error') return { ...kept, checks: [...secrets.checks, ...(await orByBot(probe, who, ready))] }
  try {
    const me = await bridge.whoami({ userId: who.userId, ...present({ userToken: who.userToken }), signal: probe.signal })
    return {
      ...kept,
      ...present({ bot: me.bot, commandPrefix: me.commandPrefix }),
      checks: [
        ready,
        ...secrets.checks,
        passed('bridge_secret', 'The bridge trusts this server.'),
        ...(await checkAge(bridge, { userId: who.userId, ...present({ userToken: who.userToken }), signal: probe.signal })),
        ...describe(probe, who, me),
      ],
    }
  } catch (error) {
    const refusal = await whoamiRefused(probe, error, who, secrets.secret)
    // What is no bridge at all is not "still starting" as well.
    const first = refusal.id === ready.id ? [] : [ready]
    return { ...kept, checks: [...first, ...secrets.checks, ...(await orByBot(probe, who, refusal))] }
  }
}

function checkBot(probe: Probe, { botUserId, adminUserId, userToken }: Who): Promise<Check> {
  const canSpeak = adminUserId !== undefined && userToken !== undefined
  return checkBotChat(probe, botUserId, canSpeak ? { userId: adminUserId, as: { token: userToken } } : undefined)
}

/** What is wrong with the API is a warning only where phones are linked in the chat with the bot instead. */
async function orByBot(probe: Probe, who: Who, refusal: Check): Promise<readonly Check[]> {
  if (refusal.id === 'bridge_permissions' || refusal.id === 'bridge_version') return [refusal]
  const bot = await checkBot(probe, who)
  return bot.status === 'ok' ? [{ ...refusal, status: 'warning' }, ...withDurability(bot)] : [refusal]
}

/** A bridge that is there by its bot alone loses no less. */
function withDurability(bot: Check): readonly Check[] {
  return bot.status === 'ok' ? [bot, unseenDurability] : [bot]
}

/** The one value that people enter is sometimes the registration's token, which the homeserver can tell. */
async function sortSecrets(probe: Probe, secret: string | undefined, asToken: string | undefined) {
  const owner = secret === undefined ? undefined : await userOf(probe, secret)
  const checks: Check[] = []
  if (owner !== undefined) {
    const detail =
      'The bridge admin secret is the as_token of the bridge’s registration. It is kept to recognise the bridge’s reports, but it cannot link phones.'
    checks.push(warned('bridge_secret_kind', detail, whereSecret))
  }
  const token = owner === undefined ? asToken : (asToken ?? secret)
  checks.push(await checkToken(probe, token))
  return { secret: owner === undefined ? secret : undefined, asToken: token, checks }
}

async function checkToken(probe: Probe, token: string | undefined): Promise<Check> {
  if (token === undefined)
    return skipped('bridge_as_token', 'No webhook token of the bridge is set: the state of numbers is asked for instead of being reported.')
  if ((await userOf(probe, token)) !== undefined) return passed('bridge_as_token', 'The webhook token is the bridge’s own.')
  const fix = 'Enter as_token of the bridge’s registration.yaml.'
  return warned('bridge_as_token', 'The homeserver does not know the webhook token, so reports of the bridge will not be recognised.', fix)
}

async function userOf({ homeserver, signal }: Probe, token: string): Promise<string | undefined> {
  try {
    const me = await homeserver.call({ method: 'GET', path: '/_matrix/client/v3/account/whoami', as: { token }, timeoutMs: 10_000, signal })
    return filled(me['user_id'])
  } catch {
    return undefined
  }
}

async function checkReady(bridge: Bridge): Promise<Check> {
  try {
    if (await bridge.ready()) return passed('bridge', 'The bridge runs.')
    return warned('bridge', 'The bridge answers, but is not ready.', 'See its log: it may still be starting, or not reach the homeserver.')
  } catch (error) {
    const { detail, fix } = unreachable(error, 'The bridge')
    return refused('bridge', detail, fix)
  }
}

async function whoamiRefused(probe: Probe, error: unknown, who: Who, secret: string | undefined): Promise<Check> {
  if (!(error instanceof BridgeError)) {
    const { detail, fix } = unreachable(error, 'The bridge')
    return refused('bridge', detail, fix)
  }
  switch (error.errcode) {
    case 'M_UNKNOWN_TOKEN':
    case 'M_MISSING_TOKEN':
      if (secret === undefined) return refused('bridge_secret', 'The bridge’s control secret is not known.', whereSecret)
      return refused(
        'bridge_secret',
        'The bridge does not accept the admin secret.',
        `${whereSecret} With the -n option the bridge makes a new one at every start unless you set it.`,
      )
    case 'M_FORBIDDEN':
      return /disabled/i.test(error.message)
        ? refused(
            'bridge_secret',
            'The bridge’s control API is switched off.',
            'Set provisioning.shared_secret in its config.yaml to at least 16 characters and restart it.',
          )
        : refused(
            'bridge_permissions',
            `The bridge does not let ${who.userId} link phones.`,
            'Give its server (or this user) the permission `user` under bridge.permissions in the bridge’s config.yaml.',
          )
    case 'M_UNRECOGNIZED':
    case 'NOT_A_BRIDGE':
      return (await isLegacy(probe)) ? tooOld : notABridge(error)
    default:
      return refused('bridge', `The bridge refuses: ${error.message} (${error.errcode}).`, 'See its log.')
  }
}

const tooOld = refused(
  'bridge_version',
  'This bridge has no control API of version 3.',
  'It is older than v0.11: update mautrix-whatsapp to v26.06 or newer.',
)

/** None of its calls tells a bridge's version; one that does not know how to cancel a login is older than v26.06 (protocol/bridge.md 0). */
async function checkAge(bridge: Bridge, caller: Parameters<Bridge['whoami']>[0]): Promise<readonly Check[]> {
  try {
    await bridge.cancelLogin(caller, 'of-nobody')
  } catch (error) {
    if (error instanceof BridgeError && error.errcode === 'M_NOT_FOUND') return [passed('bridge_version', 'The bridge is v26.06 or newer.')]
    if (error instanceof BridgeError && error.errcode === 'M_UNRECOGNIZED') return [old]
  }
  return []
}

const old = warned(
  'bridge_version',
  'This bridge is older than v26.06: linking a phone fails as soon as one request breaks, and before v26.04 it loses what it holds in memory when it ends.',
  'Update mautrix-whatsapp to v26.06 or newer.',
)

function notABridge(error: BridgeError): Check {
  return refused(
    'bridge',
    `Something answers at the bridge’s address, but it is no mautrix bridge (${error.message}).`,
    'Enter the address at which the bridge itself listens; the homeserver does not pass its control API on.',
  )
}

/** Bridges before v0.11 have a control API of version 1, which answers by JSON whatever it thinks of us (protocol/bridge.md 0). */
async function isLegacy({ http, input, signal }: Probe): Promise<boolean> {
  try {
    const url = `${(input.bridgeUrl ?? '').replace(/\/+$/, '')}/_matrix/provision/v1/ping`
    const response = await http.request({ method: 'GET', url, timeoutMs: 10_000, signal })
    return isFields(await response.json()) && response.status !== 404
  } catch {
    return false
  }
}

function describe({ input }: Probe, who: Who, me: Whoami): readonly Check[] {
  const network =
    me.networkId === 'whatsapp'
      ? passed('bridge_network', 'It is a WhatsApp bridge.')
      : refused(
          'bridge_network',
          `This is a bridge to ${me.networkId ?? 'something unknown'}, not to WhatsApp.`,
          'Enter the address of mautrix-whatsapp.',
        )
  const server =
    me.homeserver === input.serverName
      ? passed('bridge_homeserver', 'The bridge is on the same homeserver.')
      : refused(
          'bridge_homeserver',
          `The bridge belongs to ${me.homeserver ?? 'an unknown homeserver'}, not to ${input.serverName}.`,
          'Set homeserver.domain in the bridge’s config.yaml, or enter the bridge of this homeserver.',
        )
  const bot =
    me.bot === undefined || me.bot === who.botUserId
      ? []
      : input.botUserId === undefined
        ? [passed('bridge_bot_name', `The bridge’s bot is ${me.bot}.`)]
        : [
            refused(
              'bridge_bot_name',
              `The bridge says that its bot is ${me.bot}, not ${who.botUserId}.`,
              `Enter ${me.bot}; rooms of another bot are not taken for chats.`,
            ),
          ]
  const missing = ['qr', 'phone'].filter((flow) => !me.flows.includes(flow))
  const flows =
    missing.length === 0
      ? passed('bridge_flows', 'Phones can be linked by QR and by code.')
      : warned('bridge_flows', `The bridge offers no login by ${missing.join(' and ')}.`, 'Update mautrix-whatsapp.')
  return [network, server, ...bot, flows, unseenDurability]
}
