import { at, listAt, path, stringAt } from '../matrix-http.ts'
import type { Section } from './script.ts'

const LOGIN = '/_matrix/client/v3/login'
const WHOAMI = '/_matrix/client/v3/account/whoami'

function password(user: string, secret: string, more: object = {}): object {
  return { type: 'm.login.password', identifier: { type: 'm.id.user', user }, password: secret, ...more }
}

/** Probing a server, logging in with a password, what tokens do when they die (protocol/homeserver.md 1, 2.1). */
export const signIn: Section = {
  name: 'sign-in',
  run: async ({ nobody, admin, userId, note, answer }) => {
    const versions = await nobody.get('/_matrix/client/versions')
    note('versions', {
      status: versions.status,
      has: ['v1.1', 'v1.11'].filter((version) => listAt(versions.body, 'versions').includes(version)),
    })
    const flows = await nobody.get(LOGIN)
    const types = listAt(flows.body, 'flows').map((flow) => at(flow, 'type'))
    note('login flows', {
      status: flows.status,
      has: ['m.login.password', 'm.login.application_service'].filter((type) => types.includes(type)),
    })
    const version = await nobody.get('/_synapse/admin/v1/server_version')
    note('server version needs no token', { status: version.status, type: typeof at(version.body, 'server_version') })
    await answer('no OAuth', nobody.get('/_matrix/client/v1/auth_metadata'))
    note('well-known', { status: (await nobody.get('/.well-known/matrix/client')).status })

    await admin.put(path`/_synapse/admin/v2/users/${userId('anna')}`, { password: 'right' })
    const first = await nobody.post(LOGIN, password('anna', 'right', { device_id: 'CRMSRV', initial_device_display_name: 'CRM server' }))
    const withoutUrl = { ...(first.body as object), well_known: undefined }
    note('login', { status: first.status, body: withoutUrl })
    const anna = nobody.as({ token: stringAt(first.body, 'access_token') })
    await answer('whoami', anna.get(WHOAMI))
    const again = await nobody.post(LOGIN, password(userId('anna'), 'right', { device_id: 'CRMSRV' }))
    note('login again with the same device, by full id', {
      status: again.status,
      device: at(again.body, 'device_id'),
      other: at(again.body, 'access_token') !== at(first.body, 'access_token'),
    })
    await answer('the first token of that device lives on', anna.get(WHOAMI))
    const second = nobody.as({ token: stringAt(again.body, 'access_token') })
    const devices = await second.get('/_matrix/client/v3/devices')
    note(
      'one device',
      listAt(devices.body, 'devices').map((device) => [at(device, 'device_id'), at(device, 'display_name')]),
    )
    const own = await nobody.post(LOGIN, password('anna', 'right'))
    note('a device id is made where none is given', { status: own.status, type: typeof at(own.body, 'device_id') })

    await answer('wrong password', nobody.post(LOGIN, password('anna', 'wrong')))
    await answer('unknown user', nobody.post(LOGIN, password('nobody-here', 'wrong')))
    await answer('other server in the user id', nobody.post(LOGIN, password('@anna:elsewhere.test', 'right')))
    await answer('unknown login type', nobody.post(LOGIN, { type: 'm.login.nonsense' }))
    await answer('no password', nobody.post(LOGIN, { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'anna' } }))
    await answer('no identifier', nobody.post(LOGIN, { type: 'm.login.password', password: 'right' }))
    await answer('unknown token', nobody.as({ token: 'nonsense' }).get(WHOAMI))
    await answer('no token', nobody.get(WHOAMI))
    await answer('an empty token', nobody.as({ token: '' }).get(WHOAMI))
    await answer('logout', second.post('/_matrix/client/v3/logout'))
    await answer('after logout', second.get(WHOAMI))

    const before = await nobody.post(LOGIN, password('anna', 'right', { device_id: 'KEPT' }))
    const kept = nobody.as({ token: stringAt(before.body, 'access_token') })
    await admin.put(path`/_synapse/admin/v2/users/${userId('anna')}`, { password: 'newer', logout_devices: false })
    await answer('a new password without logout_devices leaves the token', kept.get(WHOAMI))
    await admin.put(path`/_synapse/admin/v2/users/${userId('anna')}`, { password: 'newest' })
    await answer('a new password ends the token', kept.get(WHOAMI))
    await admin.post(path`/_synapse/admin/v1/deactivate/${userId('anna')}`, { erase: false })
    await answer('login of a deactivated user', nobody.post(LOGIN, password('anna', 'newest')))
  },
}
