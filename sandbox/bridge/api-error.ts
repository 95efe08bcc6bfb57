import type { JsonObject } from './json.ts'

/** An answer of the provisioning API that is not success (protocol/bridge.md 1.1 and Appendix B). */
export class ApiError extends Error {
  status: number
  errcode: string
  internal: string | undefined
  constructor(status: number, errcode: string, text: string, internal?: string) {
    super(text)
    this.status = status
    this.errcode = errcode
    this.internal = internal
  }
  body(): JsonObject {
    return {
      errcode: this.errcode,
      error: this.message,
      ...(this.internal === undefined ? {} : { 'fi.mau.internal_error': this.internal }),
    }
  }
}

const texts: Record<string, [number, string]> = {
  'FI.MAU.WHATSAPP.LOGIN_TIMEOUT': [400, 'Entering code or scanning QR timed out. Please try again.'],
  'FI.MAU.WHATSAPP.MULTIDEVICE_NOT_ENABLED': [400, 'Please enable WhatsApp web multidevice and scan the QR code again.'],
  'FI.MAU.WHATSAPP.PHONE_NUMBER_TOO_SHORT': [400, 'Phone number too short'],
  'FI.MAU.WHATSAPP.PHONE_NUMBER_NOT_INTERNATIONAL': [400, 'Phone number must be in international format'],
  'FI.MAU.WHATSAPP.RATE_LIMITED': [400, 'Rate limited by WhatsApp'],
  'FI.MAU.WHATSAPP.PAIR_ERROR': [500, 'Pairing failed'],
  'FI.MAU.WHATSAPP.LOGIN_UNEXPECTED_EVENT': [500, 'Unexpected event while waiting for login'],
  'FI.MAU.WHATSAPP.CLIENT_OUTDATED': [500, 'Got client outdated error while waiting for QRs. The bridge must be updated to continue.'],
  'FI.MAU.WHATSAPP.NOT_IMPLEMENTED': [400, 'Passkey logins are not implemented for this flow'],
  'COM.BEEPER.WEBAUTHN_UNSUPPORTED': [400, 'Passkey logins are not supported by this client'],
  'FI.MAU.BRIDGE.TOO_MANY_LOGINS': [403, 'Maximum number of logins exceeded'],
  'FI.MAU.BRIDGE.LOGIN_CANCELLED': [410, 'Login process was cancelled'],
  'FI.MAU.BRIDGE.LOGIN_TIMED_OUT': [410, 'Login process timed out'],
  'FI.MAU.BRIDGE.LOGIN_ALREADY_FINISHED': [410, 'Login process was already finished'],
  'FI.MAU.NOT_LOGGED_IN': [400, "You're not logged in"],
}

/** The error for one of the bridge's own codes. */
export function errorOf(errcode: string): ApiError {
  const [status, text] = texts[errcode] ?? [500, 'Internal error']
  return new ApiError(status, errcode, text)
}

/** Whether this is a code that `errorOf` knows. */
export function isKnownCode(errcode: string): boolean {
  return texts[errcode] !== undefined
}
