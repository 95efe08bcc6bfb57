import { setTimeout as sleep } from 'node:timers/promises'
import type { ExternalId } from '../../../contract/ids.ts'
import type { Clock } from '../../lib/clock.ts'
import { HttpError } from '../../lib/http-client.ts'
import type { Log } from '../../lib/log.ts'
import type { AccountLink, LoginFlows, LoginRequest, LoginStep } from '../provider.ts'
import { type Bridge, type BridgeCall, BridgeError, type Step, type Whoami } from './bridge.ts'
import type { MatrixConfig } from './config.ts'
import { loginErrorOf, loginMayBeDone } from './errors.ts'
import { accountKey, loginKey, toJson } from './facts.ts'
import { broughtBy, failed, phoneOf, type Place, readPlace, seenIn, shownStep } from './login-steps.ts'

interface Deps {
  readonly config: Pick<MatrixConfig, 'bridgeUrl'>
  readonly bridge: Bridge
  readonly clock: Clock
  readonly log: Log
}
interface Context extends Deps {
  /** The numbers of each account, as the bridge told them last. */
  readonly loginsOf: Map<string, readonly string[]>
}

const loginMs = 165_000
const sameStepPauseMs = 1_000

/** Links phones through the bridge's provisioning API (protocol/bridge.md 1.5 to 1.7). */
export function createLogin(deps: Deps): LoginFlows {
  const { bridge, clock, config } = deps
  const context: Context = { ...deps, loginsOf: new Map() }
  return {
    ...(config.bridgeUrl === undefined ? { missing: 'the address of the bridge' } : {}),

    async start(account, request, signal) {
      try {
        return await begin(context, account, request, signal)
      } catch (error) {
        if (error instanceof BridgeError) return told(context, account, error)
        if (error instanceof HttpError) return failed('bridge_unreachable', error.message)
        throw error
      }
    },

    async wait(account, handle, signal) {
      const place = readPlace(handle)
      if (place === undefined) return failed('login_lost', 'This login cannot be continued')
      if (place.passkey) {
        await giveUp(context, account, place.process)
        return failed('passkey_required', 'WhatsApp asks for a passkey, which only its own pages can show')
      }
      try {
        return await waitAt(context, account, place, signal)
      } catch (error) {
        if (error instanceof BridgeError) return conclude(context, account, place, error)
        throw error
      }
    },

    async cancel(account, handle) {
      const place = readPlace(handle)
      if (place !== undefined) await giveUp(context, account, place.process)
    },

    async phones(account) {
      return (await whoami(context, account)).logins.map(phoneOf)
    },

    async logout(account, phone) {
      await bridge.logout(callOf(account), phone).catch((error: unknown) => {
        if (!(error instanceof BridgeError && error.errcode === 'M_NOT_FOUND')) throw error
      })
    },

    attached(account, phone) {
      const logins = [...new Set([...(context.loginsOf.get(account.external) ?? []), phone.external])]
      return {
        facts: [
          { key: loginKey(phone.external), value: toJson({ account: account.external, since: clock() }) },
          { key: accountKey(account.external), value: toJson({ logins }) },
        ],
        resolved: [loginKey(phone.external), accountKey(account.external)],
      }
    },

    held: (phone) => [{ key: loginKey(phone.external), value: null }],
  }
}

async function begin(context: Context, account: AccountLink, request: LoginRequest, signal: AbortSignal): Promise<LoginStep> {
  const { bridge, clock } = context
  const phone = request.phone?.replace(/[\s()-]/g, '') ?? ''
  if (request.method === 'phone' && !/^\+[1-9]\d{6,14}$/.test(phone)) {
    return failed('phone_format', 'The number must be international and begin with +')
  }
  const me = await whoami(context, account, signal)
  // The bridge takes any other name for a QR login (protocol/bridge.md 1.5).
  if (!me.flows.includes(request.method)) return failed('bridge_update_needed', `The bridge offers no "${request.method}" login`)
  const call = callOf(account, signal)
  const started = await bridge.startLogin(call, request.method, request.again)
  const step = started.type === 'user_input' ? await bridge.submit(call, started, { [started.field ?? 'phone_number']: phone }) : started
  const before = me.logins.map((login) => login.id)
  return toStep(context, account, step, {
    number: 1,
    until: clock() + loginMs,
    before,
    ...(request.again === undefined ? {} : { again: request.again }),
  })
}

/** Asks again while the bridge shows the same step, and not for ever (protocol/bridge.md 1.6). */
async function waitAt(context: Context, account: AccountLink, place: Place, signal: AbortSignal): Promise<LoginStep> {
  const { bridge, clock } = context
  while (clock() < place.until) {
    const step = await bridge.wait(callOf(account, signal), place)
    if (step.type === 'complete' || seenIn(step) !== place.seen) {
      const { until, before, again } = place
      return toStep(context, account, step, { number: place.number + 1, until, before, ...(again === undefined ? {} : { again }) })
    }
    await sleep(sameStepPauseMs, undefined, { signal })
  }
  await giveUp(context, account, place.process)
  return failed('code_expired', 'The code was not used in time')
}

async function toStep(
  context: Context,
  account: AccountLink,
  step: Step,
  place: Pick<Place, 'number' | 'until' | 'before' | 'again'>,
): Promise<LoginStep> {
  if (step.type === 'complete') return complete(context, account, step.login)
  const shown = shownStep(step, place, context.clock())
  if (shown !== undefined) return shown
  await giveUp(context, account, step.process)
  return failed('bridge_update_needed', `The bridge asks for "${step.step || step.type}", which this version does not know`)
}

async function complete(context: Context, account: AccountLink, login: string | undefined): Promise<LoginStep> {
  if (login === undefined) return failed('login_lost', 'The bridge finished without naming the number')
  const me = await whoami(context, account).catch(() => undefined)
  const found = me?.logins.find((item) => item.id === login)
  if (found !== undefined) return { type: 'complete', phone: phoneOf(found) }
  return { type: 'complete', phone: { external: login as ExternalId, phone: `+${login}`, name: `+${login}`, status: 'connecting' } }
}

/** A login that is gone may have succeeded without our having heard of it. */
async function conclude(context: Context, account: AccountLink, place: Place, error: BridgeError): Promise<LoginStep> {
  const phone = loginMayBeDone(error.errcode) ? broughtBy(place, await whoami(context, account)) : undefined
  return phone === undefined ? told(context, account, error) : { type: 'complete', phone }
}

function told(context: Context, account: AccountLink, error: BridgeError): LoginStep {
  const { errcode, internal, requestId, status } = error
  context.log.warn({ account: account.external, errcode, status, internal, bridge_request: requestId }, 'the bridge ended a login')
  return failed(loginErrorOf(errcode), error.message)
}

/** Bridges before 26.06 cannot cancel, and what is gone need not be. */
async function giveUp({ bridge }: Context, account: AccountLink, process: string): Promise<void> {
  await bridge.cancelLogin(callOf(account), process).catch((error: unknown) => {
    if (!(error instanceof BridgeError)) throw error
  })
}

async function whoami(context: Context, account: AccountLink, signal?: AbortSignal): Promise<Whoami> {
  const me = await context.bridge.whoami(callOf(account, signal))
  context.loginsOf.set(
    account.external,
    me.logins.map((login) => login.id),
  )
  return me
}

function callOf(account: AccountLink, signal?: AbortSignal): BridgeCall {
  const call = { userId: account.external, userToken: account.secrets['access_token'] }
  return signal === undefined ? call : { ...call, signal }
}
