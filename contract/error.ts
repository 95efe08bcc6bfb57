/** Every way in which a request or a send can fail, with its HTTP status. The page translates the code, never the text. */
export const errorCodes = {
  invalid_request: 400,
  unauthenticated: 401,
  invalid_credentials: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  channel_not_connected: 409,
  idempotency_conflict: 409,
  idempotency_in_progress: 409,
  number_taken: 409,
  not_configured: 409,
  reroute_unconfirmed: 409,
  route_unavailable: 409,
  cursor_expired: 410,
  media_too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  recipient_unreachable: 422,
  unsupported: 422,
  window_closed: 422,
  rate_limited: 429,
  internal: 500,
  provider_rejected: 502,
  provider_unavailable: 503,
  unavailable: 503,
  outcome_unknown: 504,
} as const satisfies Record<string, number>
export type ErrorCode = keyof typeof errorCodes

/** Why a message has no way from the number that the rules say (product.md 4): `reason` of `route_unavailable`. */
export const routeReasons = [
  'window_closed',
  'group',
  'no_address',
  'no_channel',
  'channel_not_connected',
  'reachout_locked',
  'type_unsupported',
] as const
export type RouteReason = (typeof routeReasons)[number]
