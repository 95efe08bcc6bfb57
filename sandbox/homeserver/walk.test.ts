import { expect, test } from 'vitest'
import { client, ghost, logIn, registration, serverName, startAppservice, startTestServer, until } from './testing.ts'

test('a portal made by an appservice reaches its user by push and by sync, and its answer comes back', async () => {
  await using bridge = await startAppservice()
  await using mistok = await startAppservice()
  await using server = await startTestServer({
    registrations: [registration('whatsapp', bridge.url), registration('crm', mistok.url)],
  })
  const contact = await ghost(server, 'as_whatsapp', 'whatsapp_380')
  const agent = await ghost(server, 'as_crm', 'crm_1')
  const agentId = `@crm_1:${serverName}`

  const made = await contact('POST', '/_matrix/client/v3/createRoom', {
    preset: 'private_chat',
    is_direct: true,
    invite: [agentId],
    name: 'Olena',
  })
  const roomId = String(made.body.room_id)
  await until(() => mistok.events().length === 1)
  expect(mistok.events()[0]).toMatchObject({
    type: 'm.room.member',
    state_key: agentId,
    content: { membership: 'invite', is_direct: true },
    unsigned: { invite_room_state: expect.arrayContaining([expect.objectContaining({ type: 'm.room.name', content: { name: 'Olena' } })]) },
  })
  const before = await agent('GET', '/_matrix/client/v3/sync')
  expect(Object.keys((before.body.rooms as { invite: object }).invite)).toEqual([roomId])

  expect((await agent('POST', `/_matrix/client/v3/join/${encodeURIComponent(roomId)}`, {})).body).toEqual({ room_id: roomId })
  const polled = agent('GET', `/_matrix/client/v3/sync?timeout=10000&since=${String(before.body.next_batch)}`)
  await polled
  const room = encodeURIComponent(roomId)
  const hello = await contact('PUT', `/_matrix/client/v3/rooms/${room}/send/m.room.message/t1`, { msgtype: 'm.text', body: 'Hello' })
  expect(hello.status).toBe(200)
  await until(() => mistok.events().some((event) => event.event_id === hello.body.event_id))
  const answer = await agent('PUT', `/_matrix/client/v3/rooms/${room}/send/m.room.message/t2`, { msgtype: 'm.text', body: 'Good day' })
  await until(() => bridge.events().some((event) => event.event_id === answer.body.event_id))
  expect(bridge.received[0]?.authorization).toBe('Bearer hs_whatsapp')
  const history = await agent('GET', `/_matrix/client/v3/rooms/${room}/messages?dir=b&limit=100`)
  const types = (history.body.chunk as { type: string }[]).map(({ type }) => type)
  expect(types.slice(0, 3)).toEqual(['m.room.message', 'm.room.message', 'm.room.member'])
  expect(types.at(-1)).toBe('m.room.create')
})

test('an admin logs in, makes a user and is who it says', async () => {
  await using server = await startTestServer()
  const admin = await logIn(server, 'admin', 'secret')
  expect((await admin('GET', '/_matrix/client/v3/account/whoami')).body).toEqual({
    user_id: `@admin:${serverName}`,
    is_guest: false,
    device_id: 'DEVadmin',
  })
  const path = `/_synapse/admin/v2/users/${encodeURIComponent(`@crm_2:${serverName}`)}`
  expect((await admin('PUT', path, { password: 'pw' })).status).toBe(201)
  expect((await admin('PUT', path, { displayname: 'Two' })).status).toBe(200)
  await logIn(server, 'crm_2', 'pw')
  expect((await client(server, 'nonsense')('GET', '/_matrix/client/v3/account/whoami')).body).toEqual({
    errcode: 'M_UNKNOWN_TOKEN',
    error: 'Invalid access token passed.',
    soft_logout: false,
  })
})
