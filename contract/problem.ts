import Type, { type Static } from 'typebox'
import { errorCodes, type ErrorCode } from './error.ts'
import { named, oneOf } from './schema.ts'

/** RFC 9457. `errors` names each wrong field by its JSON pointer; `retry_after` seconds stand in the header too. */
export const Problem = named(
  'Problem',
  Type.Object({
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: oneOf(Object.keys(errorCodes) as ErrorCode[]),
    detail: Type.String(),
    request_id: Type.String(),
    errors: Type.Optional(Type.Array(Type.Object({ pointer: Type.String(), code: Type.String(), detail: Type.String() }))),
  }),
)
export type Problem = Static<typeof Problem>
