import { at } from '../matrix-http.ts'
import type { Section } from './script.ts'

/** Logging in with a homeserver's own limits (protocol/homeserver.md 0.8, 5): five at once, then minutes of waiting. Needs a fresh world. */
export const limits: Section = {
  name: 'limits',
  run: async ({ world, nobody, inbox, note }) => {
    const identifier = { type: 'm.id.user', user: world.adminLogin }
    const login = { type: 'm.login.password', identifier, password: world.adminPassword, device_id: 'LIMITS' }
    const statuses: number[] = []
    for (let count = 0; count < 4; count += 1) statuses.push((await nobody.post('/_matrix/client/v3/login', login)).status)
    note('four more after the first', statuses)
    const refused = await nobody.post('/_matrix/client/v3/login', login)
    note('the sixth', { status: refused.status, body: refused.body })
    const wait = Number(at(refused.body, 'retry_after_ms'))
    const header = Number(refused.headers.get('retry-after'))
    note('how long', { minutes: wait > 60_000, header_agrees: Math.abs(header - wait / 1000) <= 1 })
    const register = { type: 'm.login.application_service', username: 'crm_unlimited', inhibit_login: true }
    note('a service is not held up', (await inbox.post('/_matrix/client/v3/register', register)).status)
  },
}
