import { randomBytes } from 'node:crypto'
import type { JsonObject } from './json.ts'

/** One step of a login as the provisioning API shows it (protocol/bridge.md 1.5). */
export type Step = JsonObject & { type: 'user_input' | 'display_and_wait' | 'webauthn' | 'complete'; step_id: string; txn_id: string }

function step(type: Step['type'], id: string, rest: JsonObject): Step {
  return { type, step_id: `fi.mau.whatsapp.login.${id}`, txn_id: `bls_${randomBytes(12).toString('hex')}`, ...rest }
}

/** A QR to scan; each rotation is a new step with the same `step_id`. */
export function qrStep(data: string): Step {
  return step('display_and_wait', 'qr', {
    instructions: 'Scan the QR code with the WhatsApp mobile app to log in',
    display_and_wait: { type: 'qr', data },
  })
}

/** The question for a phone number. */
export function phoneStep(): Step {
  const field = {
    type: 'phone_number',
    id: 'phone_number',
    name: 'Phone number',
    description: 'Your WhatsApp phone number in international format',
  }
  return step('user_input', 'phone', { instructions: '', user_input: { fields: [field], attachments: null } })
}

/** A code of eight characters to type on the phone. */
export function codeStep(data: string): Step {
  return step('display_and_wait', 'code', {
    instructions: 'Input the pairing code in the WhatsApp mobile app to log in',
    display_and_wait: { type: 'code', data },
  })
}

/** The demand for the account's passkey. */
export function passkeyStep(): Step {
  const publicKey = {
    challenge: randomBytes(32).toString('base64url'),
    timeout: 60_000,
    rpId: 'whatsapp.com',
    userVerification: 'required',
    allowCredentials: [],
  }
  return step('webauthn', 'passkey', {
    instructions: 'Use the passkey of your WhatsApp account',
    webauthn: { url: 'https://web.whatsapp.com', publicKey },
  })
}

/** The end: the account that is linked now. */
export function completeStep(loginId: string): Step {
  return step('complete', 'complete', { instructions: `Successfully logged in as +${loginId}`, complete: { user_login_id: loginId } })
}
