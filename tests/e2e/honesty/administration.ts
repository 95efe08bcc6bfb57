import { at, path, stringAt } from '../matrix-http.ts'
import type { Section } from './script.ts'

/** Making accounts by the admin's means, signing in as them (protocol/homeserver.md 2.2). */
export const administration: Section = {
  name: 'administration',
  run: async ({ admin, nobody, inbox, userId, world, user, room, note, answer }) => {
    const users = (name: string): string => path`/_synapse/admin/v2/users/${userId(name)}`
    const firm = (name: string, body: object) => admin.put(users(name), body)
    const made = await firm('ivan', { password: 'pw', displayname: 'Іван' })
    note('made', { status: made.status, ...few(made.body) })
    const changed = await firm('ivan', { displayname: 'Іван К.' })
    note('changed', { status: changed.status, ...few(changed.body) })
    const read = await admin.get(users('ivan'))
    note('read', { status: read.status, ...few(read.body) })
    await answer('not there', admin.get(users('never')))
    const race = await Promise.all(Array.from({ length: 6 }, () => firm('raced', { password: 'pw' })))
    const late = race.filter((one) => one.status === 200 || at(one.body, 'errcode') === 'M_USER_IN_USE')
    note('six at once', { made: race.filter((one) => one.status === 201).length, late: late.length })
    await answer("inside a service's namespace", firm('crm_admin_made', { password: 'pw' }))
    await answer('on another server', admin.put(path`/_synapse/admin/v2/users/${'@x:elsewhere.test'}`, { password: 'pw' }))
    await answer('a name that may not be', firm('UPPER CASE', { password: 'pw' }))
    await answer('a password that is no string', firm('ivan', { password: 5 }))
    await answer('without a token', nobody.put(users('ivan'), {}))

    const login = path`/_synapse/admin/v1/users/${userId('ivan')}/login`
    const token = await answer('log in as', admin.post(login))
    const ivan = nobody.as({ token: stringAt(token.body, 'access_token') })
    await answer('who that is', ivan.get('/_matrix/client/v3/account/whoami'))
    await answer('log in as oneself', admin.post(path`/_synapse/admin/v1/users/${userId(world.adminLogin)}/login`))
    await answer('log in as nobody', admin.post(path`/_synapse/admin/v1/users/${userId('never')}/login`))
    await answer('log in as, by one who is no admin', ivan.post(login))
    await answer('making a user by one who is no admin', ivan.put(users('other'), { password: 'pw' }))
    await answer('making a user with the as_token', inbox.put(users('other'), { password: 'pw' }))
    await answer('free name', admin.get('/_synapse/admin/v1/username_available', { username: 'free' }))
    await answer('taken name', admin.get('/_synapse/admin/v1/username_available', { username: 'ivan' }))
    const limit = path`/_synapse/admin/v1/users/${userId('ivan')}/override_ratelimit`
    await answer('lift the limits', admin.post(limit, { messages_per_second: 0, burst_count: 0 }))
    await answer('read the limits', admin.get(limit))
    const ann = await user('inbox', 'crm_admin')
    const id = await room(ann)
    await answer('rooms of a user', admin.get(path`/_synapse/admin/v1/users/${ann.userId}/joined_rooms`))
    const seen = await admin.get(users('crm_admin'))
    note("a service's user", { status: seen.status, appservice: at(seen.body, 'appservice_id') })
    note('the room', id)

    note('locked', (await firm('ivan', { locked: true })).status)
    await answer('a locked user', ivan.get('/_matrix/client/v3/account/whoami'))
    note('unlocked', (await firm('ivan', { locked: false })).status)
    await answer('unlocked again', ivan.get('/_matrix/client/v3/account/whoami'))
    await answer('deactivate', admin.post(path`/_synapse/admin/v1/deactivate/${userId('ivan')}`, { erase: false }))
    await answer("an admin's token for the user outlives that", ivan.get('/_matrix/client/v3/account/whoami'))
    await answer('log in as a deactivated user', admin.post(login))
  },
}

function few(body: unknown): Record<string, unknown> {
  return Object.fromEntries(['name', 'displayname', 'admin', 'deactivated', 'locked', 'appservice_id'].map((key) => [key, at(body, key)]))
}
