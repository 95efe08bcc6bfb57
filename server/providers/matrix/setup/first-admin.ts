import { createHmac } from 'node:crypto'
import type { Clock } from '../../../lib/clock.ts'
import { filled } from '../../../lib/fields.ts'
import type { HttpClient } from '../../../lib/http-client.ts'
import { createHomeserver } from '../client/homeserver.ts'
import { MatrixError } from '../client/wire.ts'

const path = '/_synapse/admin/v1/register'
const timeoutMs = 10_000

/**
 * Makes an admin of a Synapse by its `registration_shared_secret`; one that is there already is left as it is. Throws HttpError or
 * MatrixError where the homeserver does not answer or knows another secret.
 */
export async function makeFirstAdmin(
  deps: { readonly http: HttpClient; readonly clock: Clock },
  admin: { readonly homeserverUrl: string; readonly login: string; readonly password: string; readonly sharedSecret: string },
): Promise<void> {
  const homeserver = createHomeserver({ config: admin, ...deps })
  const { login, password, sharedSecret } = admin
  const nonce = filled((await homeserver.call({ method: 'GET', path, timeoutMs }))['nonce']) ?? ''
  const mac = createHmac('sha1', sharedSecret).update([nonce, login, password, 'admin'].join('\0')).digest('hex')
  try {
    await homeserver.call({ method: 'POST', path, timeoutMs, body: { nonce, username: login, password, admin: true, mac } })
  } catch (error) {
    if (!(error instanceof MatrixError && error.errcode === 'M_USER_IN_USE')) throw error
  }
}
