import Type, { type Static } from 'typebox'
import { OurNumber } from './channel.ts'
import { errorCodes, type ErrorCode, routeReasons } from './error.ts'
import { named, oneOf } from './schema.ts'

/**
 * RFC 9457. `errors` names each wrong field by its JSON pointer; `retry_after` seconds stand in the header too. `reason` says why a message
 * has no way; `reroute`, with `reroute_unconfirmed`, from which number it would leave instead of which.
 */
export const Problem = named(
  'Problem',
  Type.Object({
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: oneOf(Object.keys(errorCodes) as ErrorCode[]),
    detail: Type.String(),
    request_id: Type.String(),
    reason: Type.Optional(oneOf(routeReasons)),
    reroute: Type.Optional(Type.Object({ from_channel: OurNumber, to_channel: OurNumber })),
    errors: Type.Optional(Type.Array(Type.Object({ pointer: Type.String(), code: Type.String(), detail: Type.String() }))),
  }),
)
export type Problem = Static<typeof Problem>
