import { HttpError } from '../../../lib/http-client.ts'
import type { Homeserver } from '../client/homeserver.ts'
import { filled } from '../../../lib/fields.ts'
import { MatrixError } from '../client/wire.ts'

/** What an operator is told of a homeserver behind the Matrix Authentication Service (protocol/homeserver.md 4). */
export const authenticationWords = {
  detail: 'The homeserver leaves sign-in to the Matrix Authentication Service, so nobody can make accounts by a password.',
  fix: 'Load our registration (mistok registration) into the homeserver: with it no admin is needed.',
} as const

/** Whether sign-in is left to the Matrix Authentication Service; false where it cannot be told. */
export async function hasAuthenticationService(homeserver: Homeserver, signal: AbortSignal): Promise<boolean> {
  try {
    const metadata = await homeserver.call({ method: 'GET', path: '/_matrix/client/v1/auth_metadata', timeoutMs: 10_000, signal })
    return filled(metadata['issuer']) !== undefined
  } catch (error) {
    if (error instanceof MatrixError || error instanceof HttpError) return false
    throw error
  }
}
