import type { Appservice } from '../appservice.ts'
import { at, listAt, path, stringAt } from '../matrix-http.ts'
import { waitFor } from '../wait.ts'
import type { Section } from './script.ts'
import { eventFields, kinds, sendPath, text } from './words.ts'

function pushed(service: Appservice, room: string): unknown[] {
  return service.events(room).map(eventFields)
}

/** Which events an application service is sent, and in what shape (protocol/homeserver.md 3.4). */
export const pushedEvents: Section = {
  name: 'pushed-events',
  run: async ({ world, nobody, admin, puppet, user, room, userId, note }) => {
    const host = await user('bridge', 'whatsapp_push')
    const guest = await user('inbox', 'crm_push')
    const id = await room(host, [], { name: 'Before' })
    const base = path`/_matrix/client/v3/rooms/${id}`
    await host.put(sendPath(id, 'p0'), text('before anybody of ours'))
    await host.post(`${base}/invite`, { user_id: guest.userId })
    await host.put(sendPath(id, 'p1'), text('while we are only invited'))
    const joined = await guest.post(path`/_matrix/client/v3/join/${id}`)
    await host.put(`${base}/state/m.room.name`, { name: 'After' })
    const own = stringAt((await guest.put(sendPath(id, 'p2'), text('our own'))).body, 'event_id')
    await guest.put('/_matrix/client/v3/devices/PUSH', {})
    const withDevice = await guest.as({ deviceId: 'PUSH' }).put(sendPath(id, 'p3'), text('our own, with a device'))
    const puppeted = text('typed on the phone', { 'fi.mau.double_puppet_source': 'mautrix-whatsapp' })
    await puppet.as({ userId: guest.userId }).put(sendPath(id, 'p3'), puppeted)
    const theirs = stringAt((await host.put(sendPath(id, 'p4'), text('theirs'))).body, 'event_id')
    await host.put(path`/_matrix/client/v3/rooms/${id}/redact/${theirs}/p5`, { reason: 'revoked' })
    await guest.put(path`/_matrix/client/v3/profile/${guest.userId}/displayname`, { displayname: 'Ганна' })
    await waitFor(() => world.inbox.events(id).some((event) => at(event, 'content', 'displayname') === 'Ганна'), { what: 'the new name' })
    await host.put(`${base}/send/com.example.note/p6`, { free: 'form' })
    await guest.post(`${base}/leave`)
    await host.put(sendPath(id, 'p7'), text('after we left'))
    const canary = await room(guest)
    const last = stringAt((await guest.put(sendPath(canary, 'p8'), text('canary'))).body, 'event_id')
    await world.inbox.eventArrived(last)
    note('joined', joined.status)
    note('pushed to the inbox', pushed(world.inbox, id))
    const invite = world.inbox.events(id).find((event) => at(event, 'content', 'membership') === 'invite')
    const stripped = listAt(invite, 'unsigned', 'invite_room_state')
    note('the invitation brings', kinds(stripped))
    note('and names its inviter', at(invite, 'sender'))
    note('our own events', [own, withDevice.status])
    const ghostEvents = world.bridge
      .events(id)
      .map((event) => [at(event, 'type'), at(event, 'content', 'body') ?? at(event, 'content', 'membership')])
    note('pushed to the bridge', ghostEvents)

    await admin.put(path`/_synapse/admin/v2/users/${userId('petro')}`, { password: 'pw' })
    const login = await admin.post(path`/_synapse/admin/v1/users/${userId('petro')}/login`)
    const petro = nobody.as({ token: stringAt(login.body, 'access_token') })
    const foreign = stringAt((await petro.post('/_matrix/client/v3/createRoom', {})).body, 'room_id')
    await petro.put(sendPath(foreign, 'p9'), text('nobody of ours is here'))
    const after = stringAt((await guest.put(sendPath(canary, 'p10'), text('canary'))).body, 'event_id')
    await world.inbox.eventArrived(after)
    note('a room without any of ours', pushed(world.inbox, foreign))
  },
}

/** The request around the events, what counts as taken, and the ephemeral parts. */
export const pushedTransactions: Section = {
  name: 'pushed-transactions',
  run: async ({ world, user, room, note }) => {
    const guest = await user('inbox', 'crm_txn')
    const ghost = await user('bridge', 'whatsapp_txn')
    const id = await room(ghost, [guest])
    const sent = stringAt((await guest.put(sendPath(id, 'q1'), text('one'))).body, 'event_id')
    await world.inbox.eventArrived(sent)
    const holds = (event: string) =>
      world.inbox.transactions().filter((request) => listAt(request.body, 'events').some((one) => at(one, 'event_id') === event))
    const request = holds(sent).at(0)
    note('the request', { method: request?.method, authorization: request?.authorization, path: request?.path.replace(/[^/]+$/, '<txn>') })

    await ghost.post(path`/_matrix/client/v3/rooms/${id}/receipt/m.read/${sent}`)
    await waitFor(() => world.inbox.ephemeral(id).some((part) => at(part, 'type') === 'm.receipt'), { what: 'a pushed receipt' })
    note(
      'receipt pushed',
      world.inbox
        .ephemeral(id)
        .filter((part) => at(part, 'type') === 'm.receipt')
        .at(-1),
    )
    const carrying = world.inbox.transactions().find((one) => listAt(one.body, 'ephemeral').some((part) => at(part, 'room_id') === id))
    const copies = ['ephemeral', 'de.sorunome.msc2409.ephemeral'].map((key) => JSON.stringify(at(carrying?.body, key)))
    note('under both names the same', copies[0] === copies[1])
    await ghost.put(path`/_matrix/client/v3/rooms/${id}/typing/${ghost.userId}`, { typing: true, timeout: 20_000 })
    await waitFor(() => world.inbox.ephemeral(id).some((part) => at(part, 'type') === 'm.typing'), { what: 'pushed typing' })
    note(
      'typing pushed',
      world.inbox
        .ephemeral(id)
        .filter((part) => at(part, 'type') === 'm.typing')
        .at(-1),
    )

    for (const [name, reply] of [
      ['empty body', { text: '' }],
      ['500', { status: 500 }],
      ['text', { text: 'thanks' }],
    ] as const) {
      let refused = 0
      world.inbox.reply = ({ path: where }) => (where.includes('/transactions/') && refused++ < 1 ? reply : undefined)
      const event = stringAt((await guest.put(sendPath(id, name), text(name))).body, 'event_id')
      await waitFor(() => holds(event).length > 1, { what: `${name} to be sent again`, timeout: 20_000 })
      const txns = new Set(holds(event).map((one) => one.path))
      note(`answered with ${name}: sent again with the same txn id`, txns.size === 1)
    }
    world.inbox.reply = ({ path: where }) => (where.includes('/transactions/') ? { status: 202 } : undefined)
    const accepted = stringAt((await guest.put(sendPath(id, 'q202'), text('202'))).body, 'event_id')
    await world.inbox.eventArrived(accepted)
    world.inbox.reply = () => undefined
    const marker = stringAt((await guest.put(sendPath(id, 'q-end'), text('end'))).body, 'event_id')
    await world.inbox.eventArrived(marker)
    note('202 counts as taken', holds(accepted).length === 1)
    note(
      'order of what was sent',
      world.inbox
        .events(id)
        .map((event) => at(event, 'content', 'body'))
        .filter((body) => body !== undefined),
    )
  },
}
