import type { ErrorCode } from '../../../contract/error.ts'
import type { LoginError } from '../../../contract/login.ts'
import type { Receipt } from '../provider.ts'

/** Why a linking ended, by the bridge's code (protocol/bridge.md Appendix B). */
const loginCodes: Readonly<Record<string, LoginError>> = {
  'FI.MAU.WHATSAPP.LOGIN_TIMEOUT': 'code_expired',
  'FI.MAU.WHATSAPP.MULTIDEVICE_NOT_ENABLED': 'update_whatsapp_on_phone',
  'FI.MAU.WHATSAPP.PHONE_NUMBER_TOO_SHORT': 'phone_format',
  'FI.MAU.WHATSAPP.PHONE_NUMBER_NOT_INTERNATIONAL': 'phone_format',
  'FI.MAU.WHATSAPP.RATE_LIMITED': 'whatsapp_rate_limit',
  'FI.MAU.WHATSAPP.PAIR_ERROR': 'pairing_failed',
  'FI.MAU.WHATSAPP.LOGIN_UNEXPECTED_EVENT': 'pairing_failed',
  'FI.MAU.WHATSAPP.CLIENT_OUTDATED': 'bridge_update_needed',
  'FI.MAU.WHATSAPP.NOT_IMPLEMENTED': 'passkey_required',
  'COM.BEEPER.WEBAUTHN_UNSUPPORTED': 'passkey_required',
  'FI.MAU.BRIDGE.TOO_MANY_LOGINS': 'login_limit',
  'FI.MAU.BRIDGE.LOGIN_CANCELLED': 'login_closed',
  'FI.MAU.BRIDGE.LOGIN_TIMED_OUT': 'login_closed',
  'FI.MAU.BRIDGE.LOGIN_ALREADY_FINISHED': 'login_closed',
  M_NOT_FOUND: 'login_lost',
  M_BAD_STATE: 'login_lost',
  M_FORBIDDEN: 'bridge_forbidden',
  M_UNKNOWN_TOKEN: 'bridge_forbidden',
  M_MISSING_TOKEN: 'bridge_forbidden',
  M_UNRECOGNIZED: 'bridge_update_needed',
}

export function loginErrorOf(errcode: string): LoginError {
  return loginCodes[errcode] ?? 'bridge_error'
}

/** After these the login may have succeeded without our having heard of it: ask before giving up. */
export function loginMayBeDone(errcode: string): boolean {
  return errcode === 'M_NOT_FOUND' || errcode === 'FI.MAU.BRIDGE.LOGIN_ALREADY_FINISHED' || errcode === 'M_BAD_STATE'
}

type Failure = NonNullable<Receipt['error']>

// Reasons that the bridge gives only when it knows that nothing went out (protocol/bridge.md 6.1).
const certainReasons: Readonly<Record<string, ErrorCode>> = {
  'com.beeper.unsupported_event': 'unsupported',
  'com.beeper.undecryptable_event': 'provider_rejected',
  'm.no_permission': 'forbidden',
  'm.bridge_unavailable': 'channel_not_connected',
}

/**
 * The bridge's word on one of our messages: how far it has come, or why not. A retriable failure without a reason that
 * excludes sending is a doubt, not a failure: the message may be on the phone already.
 */
export function readMessageStatus(
  status: string,
  reason: string,
  words: string | undefined,
  delivered: boolean,
): Pick<Receipt, 'state' | 'error'> | undefined {
  const detail = (words ?? (reason === '' ? 'The bridge gave no reason' : reason)).slice(0, 512)
  switch (status) {
    case 'SUCCESS':
      return { state: delivered ? 'delivered' : 'sent' }
    case 'FAIL_PERMANENT':
      return { state: 'failed', error: failure(certainReasons[reason] ?? 'provider_rejected', detail, false, true) }
    case 'FAIL_RETRIABLE': {
      const code = certainReasons[reason]
      if (code !== undefined) return { state: 'failed', error: failure(code, detail, true, true) }
      return { state: 'sending', error: failure('outcome_unknown', detail, true, false) }
    }
    default:
      return undefined
  }
}

function failure(code: ErrorCode, detail: string, retryable: boolean, certain: boolean): Failure {
  return { code, detail, retryable, certain }
}

/** What becomes of a send that the homeserver did not take. `retryAfterMs`: the same attempt may be made again then. */
export interface Fate {
  readonly code: ErrorCode
  readonly certain: true
  readonly retryAfterMs: number | null
}

const laterMs = 5_000

/** A refused send by status and `errcode` (protocol/homeserver.md 2.1, 6). */
export function sendFateOf(status: number, errcode: string, retryAfterMs: number | undefined): Fate {
  if (status === 429) return { code: 'rate_limited', certain: true, retryAfterMs: retryAfterMs ?? laterMs }
  switch (errcode) {
    case 'M_UNKNOWN_TOKEN':
    case 'M_MISSING_TOKEN':
      return { code: 'channel_not_connected', certain: true, retryAfterMs: null }
    case 'M_USER_LOCKED':
    case 'M_USER_SUSPENDED':
    case 'M_USER_DEACTIVATED':
    case 'M_CONSENT_NOT_GIVEN':
      return { code: 'channel_not_connected', certain: true, retryAfterMs: null }
    case 'M_TOO_LARGE':
      return { code: 'media_too_large', certain: true, retryAfterMs: null }
    case 'M_RESOURCE_LIMIT_EXCEEDED':
      return { code: 'provider_unavailable', certain: true, retryAfterMs: null }
    case 'M_FORBIDDEN':
      return { code: 'forbidden', certain: true, retryAfterMs: null }
    default:
      // The homeserver's leg is never in doubt: the same transaction finds its first event (protocol/homeserver.md 6).
      if (status >= 500) return { code: 'provider_unavailable', certain: true, retryAfterMs: laterMs }
      return { code: 'provider_rejected', certain: true, retryAfterMs: null }
  }
}
