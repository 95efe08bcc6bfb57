import { at, listAt, path } from '../matrix-http.ts'
import { waitFor } from '../wait.ts'
import type { Section } from './script.ts'

const REGISTER = '/_matrix/client/v3/register'
const WHOAMI = '/_matrix/client/v3/account/whoami'

function service(username: string): object {
  return { type: 'm.login.application_service', username, inhibit_login: true }
}

/** Registering and acting as the users of an application service, devices, ping (protocol/homeserver.md 3.2, 3.3, 3.6). */
export const appserviceUsers: Section = {
  name: 'appservice-users',
  run: async ({ world, nobody, inbox, bridge, puppet, userId, note, answer }) => {
    await answer('register', inbox.post(REGISTER, service('crm_reg')))
    await answer('register again', inbox.post(REGISTER, service('crm_reg')))
    const race = await Promise.all(Array.from({ length: 8 }, () => inbox.post(REGISTER, service('crm_race'))))
    note('eight at once', race.map((one) => [one.status, at(one.body, 'errcode')].join(' ')).toSorted())
    await answer('outside our namespace', inbox.post(REGISTER, service('somebody')))
    await answer("inside the other service's namespace", inbox.post(REGISTER, service('whatsapp_stolen')))
    await answer('no username', inbox.post(REGISTER, { type: 'm.login.application_service', inhibit_login: true }))
    await answer('a space in the name is let through', inbox.post(REGISTER, service('crm_a b')))
    await answer('unknown as_token', nobody.as({ token: 'nonsense' }).post(REGISTER, service('crm_x')))
    await answer('no token', nobody.post(REGISTER, service('crm_x')))
    await answer('registration without a service is closed', nobody.post(REGISTER, { username: 'walk_in', password: 'x' }))
    const withLogin = await inbox.post(REGISTER, { type: 'm.login.application_service', username: 'crm_with_login' })
    note('without inhibit_login', { status: withLogin.status, keys: Object.keys(withLogin.body as object).toSorted() })

    await answer('whoami of the service itself', inbox.get(WHOAMI))
    await answer('whoami as a user', inbox.as({ userId: userId('crm_reg') }).get(WHOAMI))
    await answer('as a user nobody registered', inbox.as({ userId: userId('crm_never') }).get(WHOAMI))
    await answer('as a user outside the namespace', inbox.as({ userId: userId(world.adminLogin) }).get(WHOAMI))
    await answer("as the other service's user", inbox.as({ userId: userId('whatsapp_x') }).get(WHOAMI))
    await answer('as something that is no user id', inbox.as({ userId: 'crm_reg' }).get(WHOAMI))
    await answer('the double puppet acts as our user', puppet.as({ userId: userId('crm_reg') }).get(WHOAMI))
    await answer("the bridge's token does not", bridge.as({ userId: userId('crm_reg') }).get(WHOAMI))
    await answer('unknown as_token with user_id', nobody.as({ token: 'nonsense', userId: userId('crm_reg') }).get(WHOAMI))

    const acting = inbox.as({ userId: userId('crm_reg') })
    await answer('with a device that is not there', acting.as({ deviceId: 'CRMINBOX' }).get(WHOAMI))
    await answer('make the device', acting.put('/_matrix/client/v3/devices/CRMINBOX', { display_name: 'CRM' }))
    await answer('make it again', acting.put('/_matrix/client/v3/devices/CRMINBOX', { display_name: 'CRM' }))
    await answer('with the device', acting.as({ deviceId: 'CRMINBOX' }).get(WHOAMI))
    const devices = await acting.get('/_matrix/client/v3/devices')
    note(
      'its devices',
      listAt(devices.body, 'devices').map((device) => [at(device, 'device_id'), at(device, 'display_name')]),
    )
    const login = await inbox.post('/_matrix/client/v3/login', {
      type: 'm.login.application_service',
      identifier: { type: 'm.id.user', user: 'crm_reg' },
      device_id: 'LOGIN',
    })
    note('login of a service user', { status: login.status, user: at(login.body, 'user_id'), device: at(login.body, 'device_id') })
    await answer(
      'login of a user of the other',
      bridge.post('/_matrix/client/v3/login', {
        type: 'm.login.application_service',
        identifier: { type: 'm.id.user', user: 'crm_reg' },
      }),
    )

    const profile = path`/_matrix/client/v3/profile/${userId('crm_reg')}`
    await answer('profile of a new user', nobody.get(profile))
    await answer('set the name', acting.put(`${profile}/displayname`, { displayname: 'Олена' }))
    await answer('profile', acting.get(profile))
    await answer(
      "somebody else's name",
      acting.put(path`/_matrix/client/v3/profile/${userId('crm_race')}/displayname`, { displayname: 'x' }),
    )
    await answer('profile of nobody', acting.get(path`/_matrix/client/v3/profile/${userId('crm_never')}`))

    const direct = path`/_matrix/client/v3/user/${userId('crm_reg')}/account_data/m.direct`
    await answer('account data that is not there', acting.get(direct))
    await answer('set by the double puppet', puppet.as({ userId: userId('crm_reg') }).put(direct, { [userId('whatsapp_1')]: [] }))
    await answer('account data', acting.get(direct))
    await answer("somebody else's account data", bridge.get(direct))
  },
}

/** Ping and the questions that a homeserver asks its application services. */
export const appservicePing: Section = {
  name: 'appservice-ping',
  run: async ({ world, nobody, inbox, bridge, puppet, user, room, userId, note, answer }) => {
    const ping = '/_matrix/client/v1/appservice/inbox/ping'
    await answer('ping', inbox.post(ping, { transaction_id: 'mark' }))
    const arrived = world.inbox.requests.findLast((request) => request.path.startsWith('/_matrix/app/v1/ping'))
    note('what arrived', arrived)
    await answer("ping with the other's token", bridge.post(ping, {}))
    await answer('ping with a dead token', nobody.as({ token: 'nonsense' }).post(ping, {}))
    await answer('ping of an unknown service', inbox.post('/_matrix/client/v1/appservice/other/ping', {}))
    await answer('ping of a service without url', puppet.post('/_matrix/client/v1/appservice/puppet/ping', {}))
    world.inbox.reply = (request) => (request.path.includes('/ping') ? { status: 403, text: '{"errcode":"M_FORBIDDEN"}' } : undefined)
    await answer('ping refused by the service', inbox.post(ping, { transaction_id: 'mark' }))
    world.inbox.reply = (request) => (request.path.includes('/users/') ? { status: 404, text: '{"errcode":"M_NOT_FOUND"}' } : undefined)
    const host = await user('bridge', 'whatsapp_host')
    const id = await room(host)
    await answer(
      'invite of a namespace user that is not there',
      host.post(path`/_matrix/client/v3/rooms/${id}/invite`, { user_id: userId('crm_unborn') }),
    )
    const asked = () => world.inbox.requests.filter((request) => request.path.includes('/users/'))
    const unborn = await waitFor(() => asked().find((request) => request.path.includes('crm_unborn')), {
      what: 'the question for the invited',
    })
    note('the service was asked', { method: unborn.method, path: unborn.path, authorization: unborn.authorization })
    note(
      'and for nobody else',
      asked().every((request) => request.path.includes('crm_unborn')),
    )
    world.inbox.reply = () => undefined
  },
}
