import { setTimeout as sleep } from 'node:timers/promises'
import type { ExternalId } from '../../../../contract/ids.ts'
import type { Clock } from '../../../lib/clock.ts'
import type { Log } from '../../../lib/log.ts'
import type { AccountLink, LinkedPhone, LoginRequest, LoginStep } from '../../provider.ts'
import { type Bridge, type BridgeCall, BridgeError, type Step } from '../client/bridge.ts'
import { loginErrorOf, loginMayBeDone } from '../errors.ts'
import { broughtBy, failed, internationalPhone, loginMs, phoneOf, type Place, seenIn, shownStep } from './login-steps.ts'
import type { LoginWay } from './login-way.ts'

interface Deps {
  readonly bridge: Bridge
  readonly clock: Clock
  readonly log: Log
}

const sameStepPauseMs = 1_000

/**
 * Links phones through the bridge's provisioning API (protocol/bridge.md 1.5 to 1.7). Throws BridgeError where the API does not
 * serve us at all, before anything has begun.
 */
export function createApiLogin(deps: Deps): LoginWay {
  const { bridge } = deps
  return {
    start: (account, request, signal) => begin(deps, account, request, signal),

    async wait(account, place, signal) {
      if (place.passkey) {
        await giveUp(deps, account, place.process)
        return failed('passkey_required', 'WhatsApp asks for a passkey, which only its own pages can show')
      }
      try {
        return await waitAt(deps, account, place, signal)
      } catch (error) {
        if (error instanceof BridgeError) return conclude(deps, account, place, error)
        throw error
      }
    },

    cancel: (account, place) => giveUp(deps, account, place.process),

    phones: (account) => phonesOf(deps, account),

    async logout(account, phone) {
      await bridge.logout(callOf(account), phone).catch((error: unknown) => {
        if (!(error instanceof BridgeError && error.errcode === 'M_NOT_FOUND')) throw error
      })
    },
  }
}

async function begin(deps: Deps, account: AccountLink, request: LoginRequest, signal: AbortSignal): Promise<LoginStep> {
  const { bridge, clock } = deps
  const phone = internationalPhone(request.phone)
  if (request.method === 'phone' && phone === undefined) return failed('phone_format', 'The number must be international and begin with +')
  const me = await bridge.whoami(callOf(account, signal))
  // The bridge takes any other name for a QR login (protocol/bridge.md 1.5).
  if (!me.flows.includes(request.method)) return failed('bridge_update_needed', `The bridge offers no "${request.method}" login`)
  const call = callOf(account, signal)
  const before = me.logins.map((login) => login.id)
  try {
    const started = await bridge.startLogin(call, request.method, request.again)
    const input = { [started.field ?? 'phone_number']: phone ?? '' }
    const step = started.type === 'user_input' ? await bridge.submit(call, started, input) : started
    const again = request.again === undefined ? {} : { again: request.again }
    return await toStep(deps, account, step, { number: 1, until: clock() + loginMs, before, ...again })
  } catch (error) {
    if (error instanceof BridgeError) return told(deps, account, error)
    throw error
  }
}

/** Asks again while the bridge shows the same step, and not for ever (protocol/bridge.md 1.6). */
async function waitAt(deps: Deps, account: AccountLink, place: Place, signal: AbortSignal): Promise<LoginStep> {
  const { bridge, clock } = deps
  while (clock() < place.until) {
    const step = await bridge.wait(callOf(account, signal), place)
    if (step.type === 'complete' || seenIn(step) !== place.seen) {
      const { until, before, again } = place
      return toStep(deps, account, step, { number: place.number + 1, until, before, ...(again === undefined ? {} : { again }) })
    }
    await sleep(sameStepPauseMs, undefined, { signal })
  }
  await giveUp(deps, account, place.process)
  return failed('code_expired', 'The code was not used in time')
}

async function toStep(
  deps: Deps,
  account: AccountLink,
  step: Step,
  place: Pick<Place, 'number' | 'until' | 'before' | 'again'>,
): Promise<LoginStep> {
  if (step.type === 'complete') return complete(deps, account, step.login)
  const shown = shownStep(step, place, deps.clock())
  if (shown !== undefined) return shown
  await giveUp(deps, account, step.process)
  return failed('bridge_update_needed', `The bridge asks for "${step.step || step.type}", which this version does not know`)
}

async function complete(deps: Deps, account: AccountLink, login: string | undefined): Promise<LoginStep> {
  if (login === undefined) return failed('login_lost', 'The bridge finished without naming the number')
  const me = await deps.bridge.whoami(callOf(account)).catch(() => undefined)
  const found = me?.logins.find((item) => item.id === login)
  if (found !== undefined) return { type: 'complete', phone: phoneOf(found) }
  return { type: 'complete', phone: { external: login as ExternalId, phone: `+${login}`, name: `+${login}`, status: 'connecting' } }
}

/** A login that is gone may have succeeded without our having heard of it. */
async function conclude(deps: Deps, account: AccountLink, place: Place, error: BridgeError): Promise<LoginStep> {
  const phone = loginMayBeDone(error.errcode) ? broughtBy(place, await phonesOf(deps, account)) : undefined
  return phone === undefined ? told(deps, account, error) : { type: 'complete', phone }
}

function told(deps: Deps, account: AccountLink, error: BridgeError): LoginStep {
  const { errcode, internal, requestId, status } = error
  deps.log.warn({ account: account.external, errcode, status, internal, bridge_request: requestId }, 'the bridge ended a login')
  return failed(loginErrorOf(errcode), error.message)
}

/** Bridges before 26.06 cannot cancel, and what is gone need not be. */
async function giveUp({ bridge }: Deps, account: AccountLink, process: string): Promise<void> {
  await bridge.cancelLogin(callOf(account), process).catch((error: unknown) => {
    if (!(error instanceof BridgeError)) throw error
  })
}

async function phonesOf({ bridge }: Deps, account: AccountLink): Promise<readonly LinkedPhone[]> {
  return (await bridge.whoami(callOf(account))).logins.map(phoneOf)
}

function callOf(account: AccountLink, signal?: AbortSignal): BridgeCall {
  const call = { userId: account.external, userToken: account.secrets['access_token'] }
  return signal === undefined ? call : { ...call, signal }
}
