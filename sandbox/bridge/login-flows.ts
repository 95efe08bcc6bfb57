import { randomBytes } from 'node:crypto'
import type { Pairing, PairResult } from '../phone/pairing.ts'
import { ApiError, errorOf } from './api-error.ts'
import type { Bridge } from './bridge.ts'
import type { Clients } from './clients.ts'
import type { JsonObject } from './json.ts'
import type { Login } from './store.ts'

/** One step of a login as the provisioning API shows it (protocol/bridge.md 1.5). */
export type Step = JsonObject & { type: 'user_input' | 'display_and_wait' | 'complete'; step_id: string; txn_id: string }

/** A login under way; in memory only, a restart loses it. */
export type LoginProcess = {
  id: string
  mxid: string
  current(): Step
  submit(stepId: string, stepType: string, txnId: string | undefined, input: JsonObject): Promise<Step>
  cancel(): void
}

export type LoginFlows = {
  start(mxid: string, flow: string, override?: Login): Promise<LoginProcess>
  find(id: string): LoginProcess | undefined
}

export const loginFlows = [
  { name: 'QR', description: 'Scan a QR code to pair the bridge to your WhatsApp account', id: 'qr' },
  { name: 'Pairing code', description: 'Input your phone number to get a pairing code, to pair the bridge to your WhatsApp account', id: 'phone' },
]

const xidAlphabet = '0123456789abcdefghijklmnopqrstuv'
const badState = (text: string) => new ApiError(500, 'M_BAD_STATE', text)

function newStep(type: Step['type'], id: string, rest: JsonObject): Step {
  return { type, step_id: `fi.mau.whatsapp.login.${id}`, txn_id: `bls_${randomBytes(12).toString('hex')}`, ...rest }
}

const pairErrors: Record<Extract<PairResult, { ok: false }>['code'], string> = {
  timeout: 'FI.MAU.WHATSAPP.LOGIN_TIMEOUT',
  multidevice_not_enabled: 'FI.MAU.WHATSAPP.MULTIDEVICE_NOT_ENABLED',
  client_outdated: 'FI.MAU.WHATSAPP.CLIENT_OUTDATED',
  pair_error: 'FI.MAU.WHATSAPP.PAIR_ERROR',
  passkey: 'COM.BEEPER.WEBAUTHN_UNSUPPORTED',
}

/** Login processes with the timing of protocol/bridge.md 1.6. */
export function createLoginFlows(bridge: Bridge, clients: Clients): LoginFlows {
  const processes = new Map<string, LoginProcess>()

  /** A paired device becomes a login; whoever held the number before loses it (protocol/bridge.md 1.7). */
  function finish(mxid: string, result: Extract<PairResult, { ok: true }>, override: Login | undefined): Login {
    const before = bridge.store.logins.get(result.phone)
    if (before !== undefined && before.mxid !== mxid) clients.remove(before, 'LOGIN_OVERRIDDEN_ANOTHER_USER', false)
    if (before !== undefined) {
      clients.disconnect(before.id)
      bridge.whatsapp.network.unlink(before.device, 'replaced')
    }
    const name = bridge.whatsapp.network.phone(result.phone).name ?? ''
    const login: Login = { id: result.phone, mxid, device: result.device, name }
    bridge.store.commit({ t: 'login', login })
    if (override !== undefined && override.id !== login.id) clients.remove(override, 'LOGIN_OVERRIDDEN', true)
    clients.connect(login)
    return login
  }

  async function start(mxid: string, flow: string, override?: Login): Promise<LoginProcess> {
    const id = Array.from(randomBytes(20), (byte) => xidAlphabet[byte % 32]).join('')
    const process = createProcess({ id, mxid, bridge, finish: (result) => finish(mxid, result, override), ended: () => processes.delete(id) })
    await process.begin(flow, override)
    processes.set(id, process)
    return process
  }

  return { start, find: (id) => processes.get(id) }
}

type ProcessDeps = { id: string; mxid: string; bridge: Bridge; finish(result: Extract<PairResult, { ok: true }>): Login; ended(): void }

function createProcess(deps: ProcessDeps): LoginProcess & { begin(flow: string, override: Login | undefined): Promise<void> } {
  const { pairings } = deps.bridge.whatsapp
  const scale = deps.bridge.config.timeScale
  let step: Step
  let previous: Step | undefined
  let pairing: Pairing | undefined
  let shown = 0
  let working: Promise<Step> | undefined
  let failure: ApiError | undefined
  const stop = Promise.withResolvers<never>()
  stop.promise.catch(() => {})
  const expiry = setTimeout(() => end(errorOf('FI.MAU.BRIDGE.LOGIN_TIMED_OUT')), 30 * 60_000 * scale)
  expiry.unref()

  function end(error?: ApiError) {
    if (error !== undefined) failure ??= error
    clearTimeout(expiry)
    pairing?.cancel()
    deps.ended()
    if (failure !== undefined) stop.reject(failure)
  }

  function qrStep(index: number): Step {
    shown = index
    const data = pairing?.codes[index] ?? ''
    return newStep('display_and_wait', 'qr', { instructions: 'Scan the QR code with the WhatsApp mobile app to log in', display_and_wait: { type: 'qr', data } })
  }

  async function submitPhone(raw: unknown): Promise<Step> {
    const digits = String(raw ?? '').replaceAll(/\D/g, '')
    if (digits.length <= 6) throw errorOf('FI.MAU.WHATSAPP.PHONE_NUMBER_TOO_SHORT')
    if (digits.startsWith('0')) throw errorOf('FI.MAU.WHATSAPP.PHONE_NUMBER_NOT_INTERNATIONAL')
    pairing = pairings.startCode(digits)
    const wait = { type: 'code', data: pairing.codes[0] ?? '' }
    return newStep('display_and_wait', 'code', { instructions: 'Input the pairing code in the WhatsApp mobile app to log in', display_and_wait: wait })
  }

  async function wait(): Promise<Step> {
    if (pairing === undefined) throw badState('nothing to wait for')
    if (pairing.kind === 'qr') {
      const now = pairing.current()
      if (now !== undefined && now.index > shown) return qrStep(now.index)
      if (now !== undefined && now.index < pairing.codes.length - 1) {
        const next = Promise.withResolvers<'next'>()
        const timer = setTimeout(() => next.resolve('next'), now.left_ms)
        const first = await Promise.race([pairing.done, next.promise])
        clearTimeout(timer)
        if (first === 'next') return qrStep(now.index + 1)
      }
    }
    const result = await pairing.done
    if (!result.ok) throw errorOf(pairErrors[result.code])
    const login = deps.finish(result)
    return newStep('complete', 'complete', { instructions: `Successfully logged in as +${login.id}`, complete: { user_login_id: login.id } })
  }

  /** Runs one step to its end even if the caller has gone away; errors end the process. */
  function run(work: () => Promise<Step>): Promise<Step> {
    working ??= Promise.race([work(), stop.promise])
      .then((next) => {
        previous = step
        step = next
        if (next.type === 'complete') end()
        return next
      })
      .catch((error: unknown) => {
        const known = error instanceof ApiError ? error : new ApiError(500, 'M_UNKNOWN', 'Internal error in login step', String(error))
        end(known)
        throw failure ?? known
      })
      .finally(() => (working = undefined))
    return working
  }

  return {
    id: deps.id,
    mxid: deps.mxid,
    current: () => step,
    async begin(flow, override) {
      if (flow === 'phone') {
        const field = { type: 'phone_number', id: 'phone_number', name: 'Phone number', description: 'Your WhatsApp phone number in international format' }
        step = newStep('user_input', 'phone', { user_input: { fields: [field], attachments: null } })
        if (override !== undefined) step = await submitPhone(override.id)
        return
      }
      pairing = pairings.startQr()
      step = qrStep(0)
    },
    async submit(stepId, stepType, txnId, input) {
      if (failure !== undefined) throw failure
      if (previous !== undefined && ((working !== undefined && previous.step_id === stepId) || previous.txn_id === txnId)) return step
      if (step.step_id !== stepId) throw badState('Step ID does not match')
      if (txnId !== undefined && step.txn_id !== txnId) throw badState('Transaction ID does not match')
      if (step.type !== stepType) throw badState('Step type does not match')
      return run(() => (step.type === 'user_input' ? submitPhone(input['phone_number']) : wait()))
    },
    cancel: () => end(errorOf('FI.MAU.BRIDGE.LOGIN_CANCELLED')),
  }
}
