/** A refusal as the Graph API words it (protocol/meta.md 3.4, 7.3): `details` is free text, the code is what counts. */
export class GraphError extends Error {
  readonly status: number
  readonly code: number
  readonly subcode: number | undefined
  readonly details: string
  constructor(name: Refusal, details = '') {
    const { status, code, message, subcode }: Row = refusals[name]
    super(message)
    this.status = status
    this.code = code
    this.details = details
    this.subcode = subcode
  }
}

type Row = { status: number; code: number; message: string; subcode?: number }
export type Refusal = keyof typeof refusals

/** Every refusal that the emulator knows. Meta documents what codes mean, not always what brings them on: those are our best reading. */
const refusals = {
  no_token: { status: 401, code: 190, message: 'An access token is required to request this resource.' },
  bad_token: { status: 401, code: 190, message: 'Invalid OAuth access token - Cannot parse access token' },
  expired_token: { status: 401, code: 190, subcode: 463, message: 'Error validating access token: Session has expired' },
  no_permission: { status: 403, code: 200, message: '(#200) You do not have the necessary permissions' },
  unknown_object: { status: 400, code: 100, subcode: 33, message: 'Unsupported post request. Object does not exist' },
  unknown_path: { status: 400, code: 2500, message: 'Unknown path components' },
  invalid_parameter: { status: 400, code: 100, message: '(#100) Invalid parameter' },
  missing_parameter: { status: 400, code: 131008, message: '(#131008) Required parameter is missing' },
  invalid_value: { status: 400, code: 131009, message: '(#131009) Parameter value is not valid' },
  same_number: { status: 400, code: 131021, message: '(#131021) Recipient cannot be sender' },
  unsupported_type: { status: 400, code: 131051, message: '(#131051) Unsupported message type' },
  bad_media: { status: 400, code: 131053, message: '(#131053) Media upload error' },
  phone_needed: { status: 400, code: 131062, message: '(#131062) This message needs a phone number' },
  throughput: { status: 429, code: 130429, message: '(#130429) Rate limit hit' },
  pair_limit: { status: 400, code: 131056, message: '(#131056) (Business Account, Consumer Account) pair rate limit hit' },
  app_limit: { status: 400, code: 4, message: '(#4) Application request limit reached' },
  template_missing: { status: 404, code: 132001, message: '(#132001) Template name does not exist in the translation' },
  template_count: { status: 400, code: 132000, message: '(#132000) Number of parameters does not match the expected number of params' },
  template_format: { status: 400, code: 132012, message: '(#132012) Parameter format does not match format in the created template' },
  template_paused: { status: 400, code: 132015, message: '(#132015) Template is paused' },
  template_disabled: { status: 400, code: 132016, message: '(#132016) Template is disabled' },
  sync_limit: { status: 400, code: 2593107, message: '(#2593107) Synchronization request limit exceeded' },
  sync_late: { status: 400, code: 2593108, message: '(#2593108) Synchronization requested outside of the allowed time window' },
  sync_declined: { status: 400, code: 2593109, message: '(#2593109) The number is not connected from a WhatsApp Business app' },
  internal: { status: 500, code: 131000, message: '(#131000) Something went wrong' },
} as const satisfies Record<string, Row>

/** The body of a refusal. */
export function errorBody({ message, code, subcode, details }: GraphError, trace: string): Record<string, unknown> {
  return {
    error: {
      message,
      type: 'OAuthException',
      code,
      ...(subcode === undefined ? {} : { error_subcode: subcode }),
      ...(details === '' ? {} : { error_data: { messaging_product: 'whatsapp', details } }),
      fbtrace_id: trace,
    },
  }
}

/** Failures that are told later, by a status. */
export const lateFailures = {
  window_closed: {
    code: 131047,
    title: 'Re-engagement message',
    details: 'More than 24 hours have passed since the recipient last replied',
  },
  undeliverable: { code: 131026, title: 'Message undeliverable', details: 'Message Undeliverable.' },
  bad_reaction: { code: 131009, title: 'Parameter value is not valid', details: 'The message that was reacted to cannot be found' },
} as const
export type LateFailure = keyof typeof lateFailures
