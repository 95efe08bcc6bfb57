import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExternalId } from '../../../contract/ids.ts'
import type { LoginError } from '../../../contract/login.ts'
import type { Clock } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import { HttpError } from '../../lib/http-client.ts'
import type { Log } from '../../lib/log.ts'
import type { AccountLink, LinkedPhone, LoginFlows, LoginRequest, LoginStep } from '../provider.ts'
import { type Bridge, type BridgeCall, BridgeError, type Step, type Whoami } from './bridge.ts'
import { loginErrorOf, loginMayBeDone } from './errors.ts'
import { accountKey, loginKey, toJson } from './facts.ts'
import { count, fields, filled, text, texts } from './json.ts'
import { readBridgeState } from './states.ts'

interface Deps {
  readonly bridge: Bridge
  readonly clock: Clock
  readonly log: Log
}

// The bridge shows six codes, the first for 60 s, the others for 20 s each (protocol/bridge.md 1.6).
const codes = 6
const firstCodeMs = 60_000
const nextCodeMs = 20_000
const pairingMs = 160_000
const loginMs = 165_000
const sameStepPauseMs = 1_000

/** Where a linking stands; enough to go on after a restart. `seen` tells the code that was shown last from a new one. */
interface Place {
  readonly process: string
  readonly step: string
  readonly txn?: string
  readonly seen: string
  readonly passkey: boolean
  readonly number: number
  readonly until: number
  readonly before: readonly string[]
  readonly again?: string
}

/** Links phones through the bridge's provisioning API (protocol/bridge.md 1.5 to 1.7). */
export function createLogin(deps: Deps): LoginFlows {
  const { bridge, clock } = deps
  // A room without a number of its own belongs to the only number of its account, so all of them count.
  const loginsOf = new Map<string, readonly string[]>()

  async function whoami(account: AccountLink, signal?: AbortSignal): Promise<Whoami> {
    const me = await bridge.whoami(callOf(account, signal))
    loginsOf.set(
      account.external,
      me.logins.map((login) => login.id),
    )
    return me
  }

  function failed(code: LoginError, detail: string): LoginStep {
    return { type: 'failed', code, detail }
  }

  async function toStep(
    account: AccountLink,
    step: Step,
    place: Omit<Place, 'process' | 'step' | 'txn' | 'seen' | 'passkey'>,
  ): Promise<LoginStep> {
    const handle = JSON.stringify({
      ...place,
      process: step.process,
      step: step.step,
      txn: step.txn,
      seen: seenIn(step),
      passkey: step.type === 'webauthn',
    })
    if (step.type === 'complete') return complete(account, step.login)
    if (step.type === 'webauthn') return { type: 'passkey', handle }
    if (step.type === 'display_and_wait' && step.display?.type === 'qr') {
      const expiresAt = timeIn(place.number === 1 ? firstCodeMs : nextCodeMs)
      return { type: 'qr', handle, data: step.display.data, expiresAt, number: place.number, of: Math.max(codes, place.number) }
    }
    if (step.type === 'display_and_wait' && step.display?.type === 'code') {
      return { type: 'code', handle, code: step.display.data, expiresAt: timeIn(pairingMs) }
    }
    await bridge.cancelLogin(callOf(account), step.process).catch(() => {})
    return failed('bridge_update_needed', `The bridge asks for "${step.step || step.type}", which this version does not know`)
  }

  function timeIn(ms: number): string {
    return new Date(clock() + ms).toISOString()
  }

  async function complete(account: AccountLink, login: string | undefined): Promise<LoginStep> {
    const me = await whoami(account).catch(() => undefined)
    const found = me?.logins.find((item) => item.id === login)
    if (found !== undefined) return { type: 'complete', phone: phoneOf(found) }
    if (login === undefined) return failed('login_lost', 'The bridge finished without naming the number')
    return { type: 'complete', phone: { external: login as ExternalId, phone: `+${login}`, name: `+${login}`, status: 'connecting' } }
  }

  /** A login that is gone may have succeeded: the number that was not there before is the answer. */
  async function conclude(account: AccountLink, place: Place, error: BridgeError): Promise<LoginStep> {
    if (loginMayBeDone(error.errcode)) {
      const me = await whoami(account)
      const found = me.logins.find((item) => (place.again === item.id ? isLive(item.state) : !place.before.includes(item.id)))
      if (found !== undefined) return { type: 'complete', phone: phoneOf(found) }
    }
    return told(account, error)
  }

  function told(account: AccountLink, error: BridgeError): LoginStep {
    const { errcode, internal, requestId, status } = error
    deps.log.warn({ account: account.external, errcode, status, internal, bridge_request: requestId }, 'the bridge ended a login')
    return failed(errcode === 'M_BAD_STATE' ? 'login_lost' : loginErrorOf(errcode), error.message)
  }

  async function begin(account: AccountLink, request: LoginRequest, signal: AbortSignal): Promise<LoginStep> {
    const phone = request.phone?.replace(/[\s()-]/g, '')
    if (request.method === 'phone' && !/^\+[1-9]\d{6,14}$/.test(phone ?? '')) {
      return failed('phone_format', 'The number must be international and begin with +')
    }
    const me = await whoami(account, signal)
    if (!me.flows.includes(request.method)) return failed('bridge_update_needed', `The bridge offers no "${request.method}" login`)
    const call = callOf(account, signal)
    const started = await bridge.startLogin(call, request.method, request.again)
    const asksPhone = started.type === 'user_input'
    const step = asksPhone ? await bridge.submit(call, started, { [started.field ?? 'phone_number']: phone ?? '' }) : started
    const before = me.logins.map((login) => login.id)
    const again = request.again === undefined ? {} : { again: request.again }
    return toStep(account, step, { number: 1, until: clock() + loginMs, before, ...again })
  }

  async function waitAt(account: AccountLink, place: Place, signal: AbortSignal): Promise<LoginStep> {
    while (clock() < place.until) {
      const step = await bridge.wait(callOf(account, signal), place)
      if (seenIn(step) !== place.seen || step.type === 'complete')
        return toStep(account, step, { ...restOf(place), number: place.number + 1 })
      await sleep(sameStepPauseMs, undefined, { signal })
    }
    await bridge.cancelLogin(callOf(account), place.process).catch(() => {})
    return conclude(account, place, new BridgeError(404, 'FI.MAU.WHATSAPP.LOGIN_TIMEOUT', 'The code was not used in time'))
  }

  return {
    async start(account, request, signal) {
      try {
        return await begin(account, request, signal)
      } catch (error) {
        if (error instanceof BridgeError) return told(account, error)
        if (error instanceof HttpError) return failed('bridge_unreachable', error.message)
        throw error
      }
    },
    async wait(account, handle, signal) {
      const place = readPlace(handle)
      if (place === undefined) return failed('login_lost', 'This login cannot be continued')
      if (place.passkey) {
        await bridge.cancelLogin(callOf(account), place.process).catch(() => {})
        return failed('passkey_required', 'WhatsApp asks for a passkey, which only its own pages can show')
      }
      try {
        return await waitAt(account, place, signal)
      } catch (error) {
        if (error instanceof BridgeError) return conclude(account, place, error)
        throw error
      }
    },
    async cancel(account, handle) {
      const place = readPlace(handle)
      if (place === undefined) return
      await bridge.cancelLogin(callOf(account), place.process).catch((error: unknown) => {
        if (!(error instanceof BridgeError)) throw error
        deps.log.debug({ account: account.external, errcode: error.errcode }, messageOf(error))
      })
    },
    async phones(account) {
      return (await whoami(account)).logins.map(phoneOf)
    },
    async logout(account, phone) {
      await bridge.logout(callOf(account), phone).catch((error: unknown) => {
        if (!(error instanceof BridgeError && error.errcode === 'M_NOT_FOUND')) throw error
      })
    },
    attached(account, phone) {
      const logins = [...new Set([...(loginsOf.get(account.external) ?? []), phone.external])]
      return {
        facts: [
          { key: loginKey(phone.external), value: toJson({ account: account.external, since: clock() }) },
          { key: accountKey(account.external), value: toJson({ logins }) },
        ],
        resolved: [loginKey(phone.external), accountKey(account.external)],
      }
    },
  }
}

function callOf(account: AccountLink, signal?: AbortSignal): BridgeCall {
  const call = { userId: account.external, userToken: account.secrets['access_token'] }
  return signal === undefined ? call : { ...call, signal }
}

function phoneOf(login: Whoami['logins'][number]): LinkedPhone {
  return { external: login.id as ExternalId, phone: login.phone, name: login.name, ...readBridgeState(login.state) }
}

function isLive(state: Whoami['logins'][number]['state']): boolean {
  const { status } = readBridgeState(state)
  return status === 'connected' || status === 'restricted'
}

// A new code has a new txn_id; bridges before 26.08 give none, and then the code itself tells.
function seenIn(step: Step): string {
  return (
    step.txn ??
    createHash('sha256')
      .update(`${step.step} ${step.display?.data ?? ''}`)
      .digest('base64url')
  )
}

function restOf(place: Place) {
  const { number, until, before, again } = place
  return { number, until, before, ...(again === undefined ? {} : { again }) }
}

function readPlace(handle: string): Place | undefined {
  try {
    const place = fields(JSON.parse(handle))
    const process = filled(place['process'])
    if (process === undefined) return undefined
    const txn = filled(place['txn'])
    const again = filled(place['again'])
    return {
      process,
      step: filled(place['step']) ?? '',
      seen: text(place['seen']) ?? '',
      passkey: place['passkey'] === true,
      number: count(place['number']) ?? 1,
      until: count(place['until']) ?? 0,
      before: texts(place['before']),
      ...(txn === undefined ? {} : { txn }),
      ...(again === undefined ? {} : { again }),
    }
  } catch {
    return undefined
  }
}
