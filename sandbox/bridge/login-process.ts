import type { Pairing, Pairings, PairResult } from '../phone/pairing.ts'
import { ApiError, errorOf } from './api-error.ts'
import type { JsonObject } from './json.ts'
import { codeStep, completeStep, passkeyStep, phoneStep, qrStep, type Step } from './login-steps.ts'

/** A login under way; in memory only, a restart loses it. */
export type LoginProcess = {
  id: string
  mxid: string
  current: () => Step
  /** Goes one step on. Errors are ApiError; all but a mismatch of step end the process. */
  submit: (wanted: { stepId: string; stepType: string; txnId: string | undefined; input: JsonObject }) => Promise<Step>
  cancel: () => void
}

type Deps = {
  id: string
  mxid: string
  pairings: Pairings
  timeScale: number
  /** A code that this step must fail with, if a fault says so. */
  failure: () => string | undefined
  /** Makes the account of a linked device; gives its id. */
  finish: (result: Extract<PairResult, { ok: true }>) => string
  ended: () => void
}

const pairErrors: Record<Extract<PairResult, { ok: false }>['code'], string> = {
  timeout: 'FI.MAU.WHATSAPP.LOGIN_TIMEOUT',
  multidevice_not_enabled: 'FI.MAU.WHATSAPP.MULTIDEVICE_NOT_ENABLED',
  client_outdated: 'FI.MAU.WHATSAPP.CLIENT_OUTDATED',
  pair_error: 'FI.MAU.WHATSAPP.PAIR_ERROR',
}

/** Starts a login by QR, or by the phone number when the flow is `phone`: any other flow id is a QR login (protocol/bridge.md 1.5). */
export function startProcess(deps: Deps, flow: string, number: string | undefined): LoginProcess {
  failOnDemand(deps)
  const pairing = flow === 'phone' ? undefined : deps.pairings.startQr()
  if (pairing !== undefined) return createProcess(deps, pairing, qrStep(pairing.codes[0] ?? ''))
  if (number === undefined) return createProcess(deps, undefined, phoneStep())
  const [step, waiting] = askCode(deps, number)
  return createProcess(deps, waiting, step)
}

function failOnDemand(deps: Deps): void {
  const errcode = deps.failure()
  if (errcode !== undefined) throw errorOf(errcode)
}

/** Checks the number as the bridge does and asks WhatsApp for a code. */
function askCode(deps: Deps, raw: unknown): [Step, Pairing] {
  const digits = (typeof raw === 'string' ? raw : '').replaceAll(/\D/g, '')
  if (digits.length <= 6) throw errorOf('FI.MAU.WHATSAPP.PHONE_NUMBER_TOO_SHORT')
  if (digits.startsWith('0')) throw errorOf('FI.MAU.WHATSAPP.PHONE_NUMBER_NOT_INTERNATIONAL')
  const pairing = deps.pairings.startCode(digits)
  return [codeStep(pairing.codes[0] ?? ''), pairing]
}

/** Waits for the next QR or for what WhatsApp says of the pairing. */
async function nextOf(pairing: Pairing, shown: number): Promise<{ qr: number } | PairResult> {
  const now = pairing.kind === 'qr' ? pairing.current() : undefined
  if (now === undefined) return pairing.result()
  if (now.index > shown) return { qr: now.index }
  if (now.index === pairing.codes.length - 1) return pairing.result()
  const { promise, resolve } = Promise.withResolvers<{ qr: number }>()
  const timer = setTimeout(() => resolve({ qr: now.index + 1 }), now.left_ms)
  const first = await Promise.race([pairing.result(), promise])
  clearTimeout(timer)
  return first
}

function createProcess(deps: Deps, first: Pairing | undefined, firstStep: Step): LoginProcess {
  let [pairing, step] = [first, firstStep]
  let previous: Step | undefined
  let shown = 0
  let working: Promise<Step> | undefined
  let failure: ApiError | undefined
  const stop = Promise.withResolvers<never>()
  stop.promise.catch(() => undefined)
  const expiry = setTimeout(() => end(errorOf('FI.MAU.BRIDGE.LOGIN_TIMED_OUT')), 30 * 60_000 * deps.timeScale)
  expiry.unref()

  function end(error?: ApiError): void {
    failure ??= error
    clearTimeout(expiry)
    pairing?.cancel()
    deps.ended()
    if (failure !== undefined) stop.reject(failure)
  }

  async function wait(): Promise<Step> {
    if (pairing === undefined) throw new ApiError(500, 'M_BAD_STATE', 'Step type does not match')
    const next = await nextOf(pairing, shown)
    if ('qr' in next) {
      shown = next.qr
      return qrStep(pairing.codes[shown] ?? '')
    }
    if (next.ok === 'passkey') return passkeyStep()
    if (!next.ok) throw errorOf(pairErrors[next.code])
    return completeStep(deps.finish(next))
  }

  function work(input: JsonObject): Promise<Step> {
    failOnDemand(deps)
    if (step.type === 'webauthn') pairing?.answerPasskey(typeof input['id'] === 'string')
    if (step.type !== 'user_input') return wait()
    const [asked, waiting] = askCode(deps, input['phone_number'])
    pairing = waiting
    return Promise.resolve(asked)
  }

  /** Runs the step to its end even if the caller has gone away; who comes meanwhile joins. */
  function run(input: JsonObject): Promise<Step> {
    working ??= Promise.race([Promise.resolve().then(() => work(input)), stop.promise])
      .then((next) => {
        previous = step
        step = next
        if (next.type === 'complete') end()
        return next
      })
      .catch((error: unknown) => {
        end(error instanceof ApiError ? error : new ApiError(500, 'M_UNKNOWN', 'Internal error in login step', String(error)))
        throw failure ?? error
      })
      .finally(() => (working = undefined))
    return working
  }

  return {
    id: deps.id,
    mxid: deps.mxid,
    current: () => step,
    async submit({ stepId, stepType, txnId, input }) {
      if (failure !== undefined) throw failure
      if (previous !== undefined && ((working !== undefined && previous.step_id === stepId) || previous.txn_id === txnId)) return step
      if (step.step_id !== stepId) throw new ApiError(500, 'M_BAD_STATE', 'Step ID does not match')
      if (txnId !== undefined && step.txn_id !== txnId) throw new ApiError(500, 'M_BAD_STATE', 'Transaction ID does not match')
      if (step.type !== stepType) throw new ApiError(500, 'M_BAD_STATE', 'Step type does not match')
      return run(input)
    },
    cancel: () => end(errorOf('FI.MAU.BRIDGE.LOGIN_CANCELLED')),
  }
}
