import { readFileSync } from 'node:fs'
import Type, { type Static } from 'typebox'
import { Check as matches } from 'typebox/value'
import { MatrixSystemConfigInput } from '../../contract/settings.ts'

const token = Type.String({ minLength: 32, maxLength: 512 })

/** What the Matrix road begins with where `mistok stack` has laid everything out: the file that `MISTOK_SETUP_FILE` names. */
export const FirstSetup = Type.Object({
  matrix: MatrixSystemConfigInput,
  /** With it the homeserver lets its first admin be made. */
  registration_shared_secret: token,
  /** The tokens of our registrations, which the homeserver has loaded already. */
  registration: Type.Object({
    id: Type.String(),
    user_prefix: Type.String(),
    as_token: token,
    hs_token: token,
    double_puppet_token: token,
    double_puppet_hs_token: token,
  }),
})
export type FirstSetup = Static<typeof FirstSetup>

/** Reads the file. Throws an Error in words that name no secret. */
export function readFirstSetup(file: string): FirstSetup {
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (!matches(FirstSetup, value)) throw new Error('it is not what mistok stack has written')
  return value
}
