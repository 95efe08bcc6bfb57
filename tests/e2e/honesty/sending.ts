import { at, listAt, path, stringAt, type Answer, type MatrixHttp } from '../matrix-http.ts'
import type { Section } from './script.ts'
import { eventFields, sendPath, text } from './words.ts'

function sameEvent(a: Answer, b: Answer): boolean {
  return stringAt(a.body, 'event_id') === stringAt(b.body, 'event_id')
}

/** Sending and its idempotency, redactions, relations, what is refused (protocol/homeserver.md 0.5, 6). */
export const sending: Section = {
  name: 'sending',
  run: async ({ nobody, admin, user, room, userId, note, answer }) => {
    const ann = await user('inbox', 'crm_send_a')
    const ben = await user('inbox', 'crm_send_b')
    const ghost = await user('bridge', 'whatsapp_send')
    const stranger = await user('inbox', 'crm_send_stranger')
    const id = await room(ann, [ben, ghost])
    const other = await room(ann)
    const first = await answer('send', ann.put(sendPath(id, 't1'), text('one')))
    note('same txn, same user', sameEvent(first, await ann.put(sendPath(id, 't1'), text('one'))))
    note('same txn, other body', sameEvent(first, await ann.put(sendPath(id, 't1'), text('something else'))))
    note('same txn, other user of the service', sameEvent(first, await ben.put(sendPath(id, 't1'), text('from ben'))))
    note('same txn, other service', sameEvent(first, await ghost.put(sendPath(id, 't1'), text('from the ghost'))))
    note('same txn, other room', sameEvent(first, await ann.put(sendPath(other, 't1'), text('elsewhere'))))
    note(
      'same txn, other type',
      sameEvent(
        first,
        await ann.put(path`/_matrix/client/v3/rooms/${id}/send/m.reaction/t1`, {
          'm.relates_to': { rel_type: 'm.annotation', event_id: stringAt(first.body, 'event_id'), key: '👍' },
        }),
      ),
    )
    await ann.put('/_matrix/client/v3/devices/SEND', { display_name: 'CRM' })
    await ben.put('/_matrix/client/v3/devices/SEND', { display_name: 'CRM' })
    const device = ann.as({ deviceId: 'SEND' })
    const second = await device.put(sendPath(id, 't2'), text('two'))
    note('with a device, same txn', sameEvent(second, await device.put(sendPath(id, 't2'), text('two'))))
    note(
      'with a device, same txn, other user',
      sameEvent(second, await ben.as({ deviceId: 'SEND' }).put(sendPath(id, 't2'), text('ben two'))),
    )
    note('same txn without the device', sameEvent(second, await ann.put(sendPath(id, 't2'), text('two'))))

    const event = (by: MatrixHttp, sent: Answer) => by.get(path`/_matrix/client/v3/rooms/${id}/event/${stringAt(sent.body, 'event_id')}`)
    note('read back by the sender', eventFields((await event(ann, first)).body))
    note('read back with the device', eventFields((await event(device, second)).body))
    note('read back by another', eventFields((await event(ghost, second)).body))
    await answer('event of a room one is not in', event(stranger, first))
    await answer('event that is not there', ann.get(path`/_matrix/client/v3/rooms/${id}/event/${'$' + 'x'.repeat(43)}`))
    const timed = await answer('with ts', ann.call('PUT', sendPath(id, 't3'), { body: text('old'), query: { ts: 1_500_000_000_000 } }))
    note('its time', at((await event(ann, timed)).body, 'origin_server_ts') === 1_500_000_000_000)

    await answer('not in the room', stranger.put(sendPath(id, 't4'), text('x')))
    await answer('unknown room', ann.put(sendPath('!nonsense:nowhere.test', 't5'), text('x')))
    await answer('too large', ann.put(sendPath(id, 't6'), text('x'.repeat(66_000))))
    await answer('not JSON', ann.call('PUT', sendPath(id, 't7'), { raw: '{"body":' }))
    await answer('JSON, but a list', ann.call('PUT', sendPath(id, 't8'), { raw: '[]' }))
    await answer('empty', ann.call('PUT', sendPath(id, 't9'), {}))
    await answer('without a token', nobody.put(sendPath(id, 't10'), text('x')))
    await answer('as a user nobody registered', ann.as({ userId: userId('crm_nobody') }).put(sendPath(id, 't11'), text('x')))
    note('a number beyond 2^53', pick(await ann.put(sendPath(id, 't12'), text('x', { big: 2 ** 60 }))))
    note('a fraction', pick(await ann.put(sendPath(id, 't13'), text('x', { fraction: 1.5 }))))

    await admin.put(path`/_synapse/admin/v2/users/${userId('olga')}`, { password: 'pw' })
    const login = await admin.post(path`/_synapse/admin/v1/users/${userId('olga')}/login`)
    const olga = nobody.as({ token: stringAt(login.body, 'access_token') })
    await ann.post(path`/_matrix/client/v3/rooms/${id}/invite`, { user_id: userId('olga') })
    await olga.post(path`/_matrix/client/v3/join/${id}`)
    const own = await olga.put(sendPath(id, 't1'), text('from olga'))
    note('same txn, password user', sameEvent(first, own))
    note('and again', sameEvent(own, await olga.put(sendPath(id, 't1'), text('from olga'))))
    await answer("a password user's user_id is ignored", olga.as({ userId: ann.userId }).get('/_matrix/client/v3/account/whoami'))
  },
}

/** Edits, reactions and redactions as they are read back. */
export const relations: Section = {
  name: 'relations',
  run: async ({ user, room, note, answer }) => {
    const ann = await user('inbox', 'crm_rel_a')
    const ghost = await user('bridge', 'whatsapp_rel')
    const id = await room(ghost, [ann])
    const base = path`/_matrix/client/v3/rooms/${id}`
    const sent = stringAt((await ann.put(sendPath(id, 'r1'), text('first'))).body, 'event_id')
    const edit = text('* second', { 'm.new_content': text('second'), 'm.relates_to': { rel_type: 'm.replace', event_id: sent } })
    await answer('edit', ann.put(sendPath(id, 'r2'), edit))
    const reaction = { 'm.relates_to': { rel_type: 'm.annotation', event_id: sent, key: '👍' } }
    const reacted = await answer('react', ghost.put(`${base}/send/m.reaction/r3`, reaction))
    await answer('react the same again', ghost.put(`${base}/send/m.reaction/r4`, reaction))
    const found = await ann.get(path`/_matrix/client/v1/rooms/${id}/relations/${sent}`)
    note(
      'relations',
      listAt(found.body, 'chunk').map((event) => [at(event, 'type'), at(event, 'content', 'm.relates_to', 'rel_type')]),
    )
    await answer('relations of what is not there', ann.get(path`/_matrix/client/v1/rooms/${id}/relations/${'$' + 'x'.repeat(43)}`))
    const unreact = await answer(
      'take the reaction back',
      ghost.put(path`/_matrix/client/v3/rooms/${id}/redact/${stringAt(reacted.body, 'event_id')}/x1`, {}),
    )
    const again = await ghost.put(path`/_matrix/client/v3/rooms/${id}/redact/${stringAt(reacted.body, 'event_id')}/x1`, {})
    note('the same redaction again', at(again.body, 'event_id') === at(unreact.body, 'event_id'))
    await answer('redact', ann.put(path`/_matrix/client/v3/rooms/${id}/redact/${sent}/x2`, { reason: 'typo' }))
    const gone = await ghost.get(path`/_matrix/client/v3/rooms/${id}/event/${sent}`)
    const because = at(gone.body, 'unsigned', 'redacted_because')
    note('a redacted event', { event: eventFields(gone.body), because: eventFields(because) })
    await answer(
      "redact another's message without power",
      ann.put(path`/_matrix/client/v3/rooms/${id}/redact/${stringAt(reacted.body, 'event_id')}/x3`, {}),
    )
    await answer('redact what is not there', ghost.put(path`/_matrix/client/v3/rooms/${id}/redact/${'$' + 'x'.repeat(43)}/x4`, {}))
  },
}

function pick(answer: Answer): unknown {
  return { status: answer.status, errcode: at(answer.body, 'errcode') }
}
