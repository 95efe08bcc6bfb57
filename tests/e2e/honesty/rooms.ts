import { at, listAt, path, stringAt } from '../matrix-http.ts'
import type { Section } from './script.ts'
import { kinds } from './words.ts'

const CREATE = '/_matrix/client/v3/createRoom'

/** Making rooms, their state, who may read and change it (protocol/homeserver.md 8). */
export const rooms: Section = {
  name: 'rooms',
  run: async ({ inbox, nobody, user, userId, note, answer }) => {
    const host = await user('bridge', 'whatsapp_rooms')
    const guest = await user('inbox', 'crm_rooms')
    const stranger = await user('inbox', 'crm_rooms_stranger')
    const creatorNamed = { power_level_content_override: { users: { [host.userId]: 100 } } }
    await answer('the creator may not stand in the power levels of a version 12 room', host.post(CREATE, creatorNamed))
    await answer('but of a version 11 room', host.post(CREATE, { ...creatorNamed, room_version: '11' }))
    await answer('a version that is not there', host.post(CREATE, { room_version: 'nonsense' }))
    const portal = {
      preset: 'private_chat',
      name: 'Portal',
      topic: 'A chat',
      is_direct: true,
      invite: [guest.userId],
      initial_state: [{ type: 'm.bridge', state_key: 'fi.mau.whatsapp://1', content: { protocol: { id: 'whatsapp' } } }],
      power_level_content_override: { invite: 50, users: { [guest.userId]: 0 }, events: { 'm.room.name': 60 } },
    }
    const id = stringAt((await answer('create', host.post(CREATE, portal))).body, 'room_id')
    const base = path`/_matrix/client/v3/rooms/${id}`
    const state = listAt((await host.get(`${base}/state`)).body)
    note('state after creation', kinds(state))
    const contentOf = (type: string): unknown =>
      at(
        state.find((event) => at(event, 'type') === type),
        'content',
      )
    note('creation event', contentOf('m.room.create'))
    note('power levels', contentOf('m.room.power_levels'))
    note('history visibility', contentOf('m.room.history_visibility'))
    await answer('name', host.get(`${base}/state/m.room.name`))
    await answer('bridge info', host.get(path`/_matrix/client/v3/rooms/${id}/state/m.bridge/${'fi.mau.whatsapp://1'}`))
    await answer('state that is not there', host.get(`${base}/state/m.room.avatar`))
    await answer('reading while only invited', guest.get(`${base}/messages?dir=b`))
    await answer('state while only invited', guest.get(`${base}/state`))
    await guest.post(path`/_matrix/client/v3/join/${id}`)

    await answer('joined members', guest.get(`${base}/joined_members`))
    const members = await guest.get(`${base}/members?not_membership=leave`)
    const memberships = listAt(members.body, 'chunk').map((event) => [at(event, 'state_key'), at(event, 'content', 'membership')].join(' '))
    note('members', memberships.toSorted())
    await answer('joined rooms', guest.get('/_matrix/client/v3/joined_rooms'))
    const summary = await guest.get(path`/_matrix/client/v1/room_summary/${id}`)
    const told = ['room_id', 'name', 'membership'].map((key) => [key, at(summary.body, key)])
    note('summary', { status: summary.status, ...Object.fromEntries(told) })
    const reads = { members: '/joined_members', state: '/state', messages: '/messages?dir=b', name: '/state/m.room.name' }
    for (const [what, where] of Object.entries(reads)) await answer(`${what} for a stranger`, stranger.get(base + where))
    await answer('summary for a stranger', stranger.get(path`/_matrix/client/v1/room_summary/${id}`))
    await answer('state without a token', nobody.get(`${base}/state`))

    const renamed = await answer('rename', host.put(`${base}/state/m.room.name`, { name: 'Other' }))
    const same = await host.put(`${base}/state/m.room.name`, { name: 'Other' })
    note('the same state again is the same event', at(same.body, 'event_id') === at(renamed.body, 'event_id'))
    await answer('rename without power', guest.put(`${base}/state/m.room.name`, { name: 'Mine' }))
    await answer('state by a stranger', stranger.put(`${base}/state/m.room.name`, { name: 'Mine' }))
    const unknownUser = inbox.as({ userId: userId('crm_nobody') })
    await answer('creation by a user nobody registered', unknownUser.post(CREATE))
  },
}

/** Invitation, join, kick, leave, forget (protocol/homeserver.md 13.5). */
export const membership: Section = {
  name: 'membership',
  run: async ({ world, user, room, answer }) => {
    const host = await user('bridge', 'whatsapp_members')
    const guest = await user('inbox', 'crm_members')
    const stranger = await user('inbox', 'crm_members_stranger')
    const id = await room(host, [], { name: 'Portal', power_level_content_override: { invite: 50 } })
    const base = path`/_matrix/client/v3/rooms/${id}`
    const join = path`/_matrix/client/v3/join/${id}`
    await answer('join without invitation', stranger.post(join))
    await answer('join an unknown room', stranger.post(path`/_matrix/client/v3/join/${'!' + 'x'.repeat(43)}`))
    const oldKind = `!${'x'.repeat(18)}:${world.serverName}`
    await answer('join an unknown room of the old kind', stranger.post(path`/_matrix/client/v3/join/${oldKind}`))
    await answer('join something that is no room', stranger.post('/_matrix/client/v3/join/nonsense'))
    await answer('invite', host.post(`${base}/invite`, { user_id: guest.userId }))
    await answer('invite again', host.post(`${base}/invite`, { user_id: guest.userId }))
    await answer('join', guest.post(join))
    await answer('join again', guest.post(join))
    await answer('join by the other path', guest.post(`${base}/join`))
    await answer('invite of a joined user', host.post(`${base}/invite`, { user_id: guest.userId }))
    await answer('invite by one without power', guest.post(`${base}/invite`, { user_id: stranger.userId }))
    await answer('invite by one outside', stranger.post(`${base}/invite`, { user_id: stranger.userId }))
    await answer('invite of what is no user', host.post(`${base}/invite`, { user_id: 'nonsense' }))
    await answer('kick without power', guest.post(`${base}/kick`, { user_id: host.userId }))

    await answer('kick', host.post(`${base}/kick`, { user_id: guest.userId, reason: 'bye' }))
    await answer('kick again', host.post(`${base}/kick`, { user_id: guest.userId }))
    await answer('state after the kick', guest.get(`${base}/state/m.room.name`))
    await host.put(`${base}/state/m.room.name`, { name: 'Later' })
    await answer('is that of the time of the kick', guest.get(`${base}/state/m.room.name`))
    await answer('sending after the kick', guest.put(`${base}/send/m.room.message/k1`, { msgtype: 'm.text', body: 'x' }))
    await answer('back without invitation', guest.post(join))
    await host.post(`${base}/invite`, { user_id: guest.userId })
    await answer('turn the invitation down', guest.post(`${base}/leave`))
    await answer('leave twice', guest.post(`${base}/leave`))
    await answer('leave by a stranger', stranger.post(`${base}/leave`))
    await answer('forget', guest.post(`${base}/forget`))
    await answer('messages after forgetting', guest.get(`${base}/messages?dir=b`))
    await answer('forget a joined room', host.post(`${base}/forget`))
    await answer('ban', host.post(`${base}/ban`, { user_id: guest.userId }))
    await answer('join of a banned user', guest.post(join))
    await answer('invite of a banned user', host.post(`${base}/invite`, { user_id: guest.userId }))
  },
}
