import { at, listAt, path, stringAt, type Answer, type MatrixHttp } from '../matrix-http.ts'
import { waitFor } from '../wait.ts'
import type { Section } from './script.ts'
import { eventFields, kinds, sendPath, text } from './words.ts'

const SYNC = '/_matrix/client/v3/sync'
const FILTER = {
  presence: { not_types: ['*'] },
  account_data: { not_types: ['*'] },
  room: { timeline: { limit: 3 }, state: { lazy_load_members: true }, ephemeral: { types: ['m.receipt', 'm.typing'] } },
}

function joined(sync: Answer, room: string): unknown {
  return at(sync.body, 'rooms', 'join', room)
}

function timeline(sync: Answer, room: string): unknown[] {
  return listAt(joined(sync, room), 'timeline', 'events').map(eventFields)
}

function stateKinds(sync: Answer, room: string): string[] {
  return kinds(listAt(joined(sync, room), 'state', 'events'))
}

/** Which member events are repeated depends on what Synapse remembers of having sent. */
function roomState(sync: Answer, room: string): string[] {
  return stateKinds(sync, room).filter((kind) => !kind.startsWith('m.room.member'))
}

function first(client: MatrixHttp): Promise<Answer> {
  return client.get(SYNC, { filter: JSON.stringify(FILTER), timeout: 0 })
}

function next(client: MatrixHttp, since: Answer, more: Record<string, string | number> = {}): Promise<Answer> {
  return client.get(SYNC, { filter: JSON.stringify(FILTER), since: stringAt(since.body, 'next_batch'), timeout: 0, ...more })
}

/** Invitation, join and kick as /sync shows them (protocol/homeserver.md 2.3). */
export const invitations: Section = {
  name: 'invitations',
  run: async ({ user, room, note }) => {
    const guest = await user('inbox', 'crm_invited')
    const host = await user('bridge', 'whatsapp_inviter')
    const fresh = await first(guest)
    note('nothing yet', { status: fresh.status, rooms: at(fresh.body, 'rooms') ?? 'absent', next: typeof at(fresh.body, 'next_batch') })
    const id = await room(host, [], { name: 'Portal', invite: [guest.userId], is_direct: true })
    const base = path`/_matrix/client/v3/rooms/${id}`
    await host.put(sendPath(id, 's0'), text('between invitation and join'))
    const invited = await next(guest, fresh)
    const invite = listAt(invited.body, 'rooms', 'invite', id, 'invite_state', 'events')
    note('stripped state', kinds(invite))
    const own = invite.find((event) => at(event, 'state_key') === guest.userId)
    note('my own member event', { sender: at(own, 'sender'), content: at(own, 'content') })
    note('nothing joined', at(invited.body, 'rooms', 'join') ?? 'absent')

    await guest.post(path`/_matrix/client/v3/join/${id}`)
    const after = await next(guest, invited)
    const limited = at(joined(after, id), 'timeline', 'limited')
    const unread = at(joined(after, id), 'unread_notifications')
    note('after the join', { limited, timeline: timeline(after, id), state: stateKinds(after, id), unread })
    const from = stringAt(joined(after, id), 'timeline', 'prev_batch')
    const history = await guest.get(`${base}/messages`, { dir: 'b', from, limit: 50 })
    note('the rest, backwards', kinds(listAt(history.body, 'chunk')))

    await host.post(`${base}/kick`, { user_id: guest.userId })
    const kicked = await next(guest, after)
    const last = listAt(kicked.body, 'rooms', 'leave', id, 'timeline', 'events').at(-1)
    note('kicked', { join: at(kicked.body, 'rooms', 'join', id) ?? 'absent', sender: at(last, 'sender'), content: at(last, 'content') })
    const quiet = await next(guest, kicked)
    note('nothing new', at(quiet.body, 'rooms') ?? 'absent')
  },
}

async function backwards(client: MatrixHttp, room: string, from: string, to: string): Promise<unknown[]> {
  const bodies: unknown[] = []
  for (let page = 0; page < 10; page += 1) {
    const part = await client.get(path`/_matrix/client/v3/rooms/${room}/messages`, { dir: 'b', from, to, limit: 2 })
    const chunk = listAt(part.body, 'chunk')
    bodies.push(chunk.map((event) => at(event, 'content', 'body')))
    const end = at(part.body, 'end')
    if (typeof end !== 'string' || chunk.length === 0) return bodies
    from = end
  }
  return bodies
}

/** Limited timelines and the way back through /messages; state against timeline; what a bad request brings. */
export const gaps: Section = {
  name: 'gaps',
  run: async ({ inbox, user, room, note, answer }) => {
    const guest = await user('inbox', 'crm_gaps')
    const host = await user('bridge', 'whatsapp_gaps')
    const id = await room(host, [guest])
    const base = path`/_matrix/client/v3/rooms/${id}`
    const start = await first(guest)
    for (let count = 1; count <= 7; count += 1) await host.put(sendPath(id, `s${count}`), text(`missed ${count}`))
    const limited = await next(guest, start)
    note('seven missed, three shown', { limited: at(joined(limited, id), 'timeline', 'limited'), timeline: timeline(limited, id) })
    const to = stringAt(start.body, 'next_batch')
    note('the gap, two by two', await backwards(guest, id, stringAt(joined(limited, id), 'timeline', 'prev_batch'), to))
    const forwards = await guest.get(`${base}/messages`, { dir: 'f', from: to, limit: 20 })
    const bodies = listAt(forwards.body, 'chunk').map((event) => at(event, 'content', 'body'))
    note('forwards from the old token', { bodies, has: ['start', 'end'].filter((key) => at(forwards.body, key) !== undefined) })

    await host.put(`${base}/state/m.room.name`, { name: 'Renamed' })
    for (let count = 0; count < 4; count += 1) await host.put(sendPath(id, `after${count}`), text(`later ${count}`))
    const pushedOut = await next(guest, limited)
    note('a name that fell out of the timeline', { state: roomState(pushedOut, id), shown: timeline(pushedOut, id).length })
    await host.put(`${base}/state/m.room.name`, { name: 'Again' })
    const within = await next(guest, pushedOut)
    const cut = at(joined(within, id), 'timeline', 'limited')
    note('a name within the timeline', { timeline: timeline(within, id), state: roomState(within, id), limited: cut })

    await answer('garbage since', guest.get(SYNC, { since: 'nonsense', timeout: 0 }))
    await answer('unknown filter', guest.get(SYNC, { filter: '999', timeout: 0 }))
    const filter = await answer('upload a filter', guest.post(path`/_matrix/client/v3/user/${guest.userId}/filter`, FILTER))
    note('sync with it', (await guest.get(SYNC, { filter: stringAt(filter.body, 'filter_id'), timeout: 0 })).status)
    await answer("somebody else's filter", guest.post(path`/_matrix/client/v3/user/${host.userId}/filter`, FILTER))
    note('the service itself cannot sync', (await inbox.get(SYNC, { timeout: 0 })).status >= 400)
  },
}

/** Where one's own sends carry their transaction id again. */
export const ownSends: Section = {
  name: 'own-sends',
  run: async ({ user, room, note }) => {
    const guest = await user('inbox', 'crm_own')
    const host = await user('bridge', 'whatsapp_own')
    const id = await room(host, [guest])
    await guest.put('/_matrix/client/v3/devices/OWN', { display_name: 'CRM' })
    const device = guest.as({ deviceId: 'OWN' })
    const starts = { device: await first(device), plain: await first(guest), host: await first(host) }
    await device.put(sendPath(id, 'own1'), text('with the device'))
    await guest.put(sendPath(id, 'own2'), text('without'))
    note('/sync with the device', timeline(await next(device, starts.device), id))
    note('/sync without', timeline(await next(guest, starts.plain), id))
    note('/sync of another', timeline(await next(host, starts.host), id))
    const back = (client: MatrixHttp) => client.get(path`/_matrix/client/v3/rooms/${id}/messages`, { dir: 'b', limit: 2 })
    note('/messages with the device', listAt((await back(device)).body, 'chunk').map(eventFields))
    note('/messages without', listAt((await back(guest)).body, 'chunk').map(eventFields))
  },
}

/** Receipts and typing as /sync brings them, a held poll that an event wakes. */
export const receipts: Section = {
  name: 'receipts',
  run: async ({ user, room, note, answer }) => {
    const ann = await user('inbox', 'crm_receipt')
    const ghost = await user('bridge', 'whatsapp_receipt')
    const stranger = await user('inbox', 'crm_receipt_stranger')
    const id = await room(ghost, [ann])
    const base = path`/_matrix/client/v3/rooms/${id}`
    const start = await first(ann)
    const sent = stringAt((await ann.put(sendPath(id, 'm1'), text('hello'))).body, 'event_id')
    const held = next(ann, await next(ann, start), { timeout: 20_000 })
    await answer('receipt', ghost.post(path`/_matrix/client/v3/rooms/${id}/receipt/m.read/${sent}`))
    const woken = await held
    note('a held poll wakes with it', listAt(joined(woken, id), 'ephemeral', 'events'))
    const other = stringAt((await ghost.put(sendPath(id, 'm2'), text('answer'))).body, 'event_id')
    await answer('private receipt', ann.post(path`/_matrix/client/v3/rooms/${id}/receipt/m.read.private/${other}`))
    const mine = await waitFor(
      async () => {
        const sync = await next(ann, woken)
        return listAt(joined(sync, id), 'ephemeral', 'events').length > 0 && sync
      },
      { what: 'my own receipt' },
    )
    note('my own private receipt', listAt(joined(mine, id), 'ephemeral', 'events'))
    const theirs = await first(ghost)
    note('the other sees', listAt(joined(theirs, id), 'ephemeral', 'events'))
    await answer('read markers', ann.post(`${base}/read_markers`, { 'm.fully_read': other, 'm.read': other }))
    await answer('unknown receipt type', ann.post(path`/_matrix/client/v3/rooms/${id}/receipt/m.nonsense/${sent}`))
    await answer('receipt by a stranger', stranger.post(path`/_matrix/client/v3/rooms/${id}/receipt/m.read/${sent}`))
    await answer('receipt of what is not there', ann.post(path`/_matrix/client/v3/rooms/${id}/receipt/m.read/${'$' + 'x'.repeat(43)}`))
    const before = await next(ann, mine)
    await answer('typing', ghost.put(path`/_matrix/client/v3/rooms/${id}/typing/${ghost.userId}`, { typing: true, timeout: 20_000 }))
    await answer(
      'typing for another',
      ghost.put(path`/_matrix/client/v3/rooms/${id}/typing/${ann.userId}`, { typing: true, timeout: 20_000 }),
    )
    await answer(
      'typing by a stranger',
      stranger.put(path`/_matrix/client/v3/rooms/${id}/typing/${stranger.userId}`, { typing: true, timeout: 20_000 }),
    )
    const typing = await waitFor(
      async () => {
        const sync = await next(ann, before)
        return listAt(joined(sync, id), 'ephemeral', 'events').some((part) => at(part, 'type') === 'm.typing') && sync
      },
      { what: 'typing' },
    )
    note(
      'typing is seen',
      listAt(joined(typing, id), 'ephemeral', 'events').filter((part) => at(part, 'type') === 'm.typing'),
    )
  },
}
