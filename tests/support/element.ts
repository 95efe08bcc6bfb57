import { randomBytes } from 'node:crypto'
import { type Answer, matrixHttp } from '../e2e/matrix-http.ts'
import { waitFor } from '../e2e/wait.ts'
import type { World } from './world.ts'

/** Somebody with a Matrix account and another client, as Element is: signed in at the homeserver, and linked at the bridge by themselves. */
export interface Element {
  readonly userId: string
  /** A new session's token. */
  signIn(): Promise<string>
  /** Ends the session of this token. */
  signOut(token: string): Promise<void>
  /** Links a phone at the bridge, by the account's own token. */
  link(phone: string): Promise<void>
}

/** Makes the account as the homeserver's admin does. */
export async function openElement({ settings, phones }: World, localpart: string): Promise<Element> {
  const { homeserver_url, server_name, admin_login, admin_password = '', bridge_url = '' } = settings
  const userId = `@${localpart}:${server_name}`
  const password = randomBytes(12).toString('base64url')
  const hs = matrixHttp(homeserver_url)
  const login = async (user: string, secret: string) => {
    const body = { type: 'm.login.password', identifier: { type: 'm.id.user', user }, password: secret }
    return String(fieldsOf(await hs.post('/_matrix/client/v3/login', body))['access_token'])
  }
  const admin = hs.as({ token: await login(admin_login, admin_password) })
  fieldsOf(await admin.put(`/_synapse/admin/v2/users/${encodeURIComponent(userId)}`, { password }))
  const signIn = () => login(localpart, password)
  const own = matrixHttp(bridge_url, { token: await signIn() })
  const provision = async (method: 'POST' | 'GET', place: string) =>
    fieldsOf(await own.call(method, `/_matrix/provision/v3/${place}`, { query: { user_id: userId } }))

  return {
    userId,
    signIn,
    async signOut(token) {
      fieldsOf(await hs.as({ token }).post('/_matrix/client/v3/logout', {}))
    },
    async link(phone) {
      const step = await provision('POST', 'login/start/qr')
      const display = step['display_and_wait'] as { data: string }
      await phones.act(phone, 'scan', { data: display.data })
      const isLinked = async () => JSON.stringify(await provision('GET', 'logins')).includes(phone.slice(1))
      // Nothing happens at the bridge before the step is waited for.
      await provision('POST', `login/step/${String(step['login_id'])}/${String(step['step_id'])}/display_and_wait`)
      await waitFor(isLinked, { what: 'the phone to be linked at the bridge' })
    },
  }
}

function fieldsOf({ status, body }: Answer): Record<string, unknown> {
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`)
  return body as Record<string, unknown>
}
