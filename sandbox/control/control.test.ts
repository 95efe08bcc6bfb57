import { expect, test } from 'vitest'
import { at, list, olena, request, shop, startWorld, text, until, type Json } from '../testing.ts'

test('a bad request is refused with the name of the field', async () => {
  await using world = await startWorld()
  const cases: [string, unknown, RegExp][] = [
    ['/phones/12/messages', { to: shop, text: 'x' }, /^phone: /],
    ['/phones/380000000000/messages', { to: shop, text: 'x' }, /^phone: .*not on WhatsApp/],
    [`/phones/${olena}/messages`, { text: 'x' }, /^to: /],
    [`/phones/${olena}/messages`, { to: '380000000000', text: 'x' }, /^to: .*not on WhatsApp/],
    [`/phones/${olena}/messages`, { to: shop }, /^text: /],
    [`/phones/${olena}/messages`, { to: shop, type: 'hologram' }, /^type: /],
    [`/phones/${olena}/messages`, { to: shop, type: 'image', media: { data: '!' } }, /^media\.data: /],
    [`/phones/${olena}/messages`, { to: shop, type: 'location', latitude: 100, longitude: 0 }, /^latitude: /],
    [`/phones/${olena}/messages`, { group: 'none', text: 'x' }, /^group: /],
    [`/phones/${olena}/scan`, {}, /^data: /],
    [`/phones/${olena}/scan`, { data: 'https://example.org' }, /^data: /],
    [`/phones/${olena}/scan`, { code: 'ABCD-EFGH' }, /^code: /],
    [`/phones/${olena}/react`, { message_id: '3A00', emoji: '👍' }, /^message_id: /],
    [`/phones/${olena}/offline`, { offline: 'yes' }, /^offline: /],
    [`/phones/${olena}/trouble`, { error: 'flat-battery' }, /^error: /],
    [`/phones/${olena}/unlink`, {}, /^phone: /],
    ['/groups', { name: 'Empty', members: [] }, /^members: /],
    ['/faults', { kind: 'drop' }, /^target: /],
    ['/faults', { target: 'meta', kind: 'drop' }, /^target: /],
    ['/faults', { target: 'bridge', leg: 'moon', kind: 'drop' }, /^kind: leg/],
    ['/faults', { target: 'bridge', leg: 'message', kind: 'reorder' }, /^kind: /],
  ]
  for (const [path, body, error] of cases) {
    const answer = await world.control('POST', path, body)
    expect(answer, `${path} ${JSON.stringify(body)}`).toMatchObject({ status: 400, body: { error: expect.stringMatching(error) } })
  }
  const broken = await fetch(`${world.sandbox.controlUrl}/sandbox/v1/faults`, {
    method: 'POST',
    body: '{',
    headers: { 'content-type': 'application/json' },
  })
  expect(broken.status).toBe(400)
  expect((await world.control('GET', '/nothing')).status).toBe(404)
  expect(list((await world.control('GET', '/ledger')).body, 'items')).toEqual([])
})

test('a phone that is off receives when it is on again, and only then', async () => {
  await using world = await startWorld()
  const received = async () => list((await world.control('GET', `/phones/380501234567/messages`)).body, 'items')
  await world.control('POST', `/phones/${olena}/offline`, {})
  const { body: sent } = await world.control('POST', `/phones/380671112233/messages`, { to: olena, text: 'Hello' })
  expect(sent['receipts']).toEqual([])
  expect(await received()).toMatchObject([{ status: 'sent' }])
  for (const deed of ['read', 'messages', 'scan']) {
    const answer = await world.control('POST', `/phones/${olena}/${deed}`, { to: shop, text: 'x', data: 'x' })
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining('switched off') } })
  }
  await world.control('POST', `/phones/${olena}/offline`, { offline: false })
  expect(await received()).toMatchObject([{ id: sent['id'], from: shop, text: 'Hello', status: 'delivered' }])
  expect((await world.control('POST', `/phones/${olena}/read`, {})).body).toEqual({ read: [sent['id']] })
  expect(await received()).toMatchObject([{ status: 'read' }])
  expect((await world.control('POST', `/phones/${olena}/read`, {})).body).toEqual({ read: [] })
})

test('own bytes are kept as they are', async () => {
  await using world = await startWorld()
  const bytes = Buffer.from('anything at all')
  const media = { data: bytes.toString('base64'), mime_type: 'application/x-thing' }
  const { body } = await world.control('POST', `/phones/${olena}/messages`, { to: shop, type: 'document', file_name: 'a.thing', media })
  expect(body['media']).toMatchObject({ size: bytes.length, mime_type: 'application/x-thing' })
  const file = await fetch(`${world.sandbox.controlUrl}${text(body, 'media', 'url')}`)
  expect(Buffer.from(await file.arrayBuffer())).toEqual(bytes)
  expect((await request('GET', `${world.sandbox.controlUrl}/sandbox/v1/media/..%2F..%2Fsecrets.json`)).status).toBe(404)
})

test('only the author edits, and only what is young', async () => {
  await using world = await startWorld()
  const old = { text: 'Old', from_me: true, sent_at: '2026-01-01T00:00:00Z' }
  await world.control('POST', `/phones/${olena}/history`, { chats: [{ with: shop, messages: [old] }] })
  const id = text((await world.control('GET', '/ledger')).body, 'items', 0, 'id')
  for (const [phone, url, error] of [
    [olena, 'edit', /15 minutes/],
    [shop, 'edit', /only the author/],
    [olena, 'revoke', /too old/],
    [shop, 'revoke', /only the author/],
  ] as const) {
    expect(await world.control('POST', `/phones/${phone}/${url}`, { message_id: id, text: 'x' })).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(error) },
    })
  }
})

test('faults of the bridge: a message lost without a word, a status out of order, an answer that never comes', async () => {
  await using world = await startWorld()
  await world.link(shop)
  await world.control('POST', `/phones/${olena}/messages`, { to: shop, text: 'before' })
  const first = await until(async () => (await world.events()).find((each) => (each['content'] as Json)['body'] === 'before'))
  const room = text(first, 'room_id')
  const statusOf = (eventId: string) => async () =>
    (await world.events()).filter(
      (each) => each['type'] === 'com.beeper.message_send_status' && at(each, 'content', 'm.relates_to', 'event_id') === eventId,
    )

  await world.control('POST', '/faults', { target: 'bridge', leg: 'message', kind: 'drop', count: 1 })
  const lost = await world.say(room, { msgtype: 'm.text', body: 'lost' })
  await world.control('POST', '/faults', { target: 'bridge', leg: 'status', kind: 'reorder', count: 1 })
  const sent = await world.say(room, { msgtype: 'm.text', body: 'sent' })
  const statuses = await until(async () => ((await statusOf(sent)()).length === 2 ? statusOf(sent)() : undefined))
  expect(statuses.map((each) => 'delivered_to_users' in (each['content'] as Json))).toEqual([true, false])
  expect(await statusOf(lost)()).toEqual([])
  expect(list((await world.control('GET', '/ledger')).body, 'items').map((line) => line['text'])).toEqual(['before', 'sent'])

  await world.control('POST', '/faults', {
    target: 'bridge',
    leg: 'provisioning',
    kind: 'reset_after_accept',
    match: { path: '/create_dm' },
  })
  await expect(world.provision('POST', '/create_dm/+380632223344')).rejects.toThrow('fetch failed')
  expect((await world.provision('POST', '/create_dm/+380632223344')).status).toBe(200)
  await world.control('POST', '/faults', { target: 'bridge', leg: 'provisioning', kind: '5xx', count: 2 })
  expect((await world.provision('GET', '/whoami')).status).toBe(502)
  expect((await world.control('DELETE', '/faults')).body).toEqual({ items: [] })
  expect((await world.provision('GET', '/whoami')).status).toBe(200)

  await world.control('POST', '/faults', { target: 'bridge', leg: 'inbound', kind: 'duplicate' })
  await world.control('POST', `/phones/${olena}/messages`, { to: shop, text: 'twice' })
  await until(async () => (await world.events()).filter((each) => (each['content'] as Json)['body'] === 'twice').length === 2)
})

test('the address book and resolving', async () => {
  await using world = await startWorld({ seed: true })
  await world.link(shop)
  const { body: book } = await world.provision('GET', '/contacts')
  expect(list(book, 'contacts')).toHaveLength(3)
  expect(list(book, 'contacts')[0]).toMatchObject({
    name: `Олена Коваленко [${olena}]`,
    identifiers: [`tel:${olena}`],
    mxid: expect.stringMatching(/^@whatsapp_lid-/),
  })
  expect(list((await world.provision('POST', '/search_users', { query: 'шевч' })).body, 'results')).toHaveLength(1)
  const { body: found } = await world.provision('GET', `/resolve_identifier/${encodeURIComponent(olena)}`)
  expect(found).toMatchObject({ id: expect.stringMatching(/^lid-\d{15}$/), mxid: list(book, 'contacts')[0]?.['mxid'] })
  expect(found).not.toHaveProperty('identifiers')
  expect(await world.provision('GET', '/resolve_identifier/380000000000')).toMatchObject({ status: 404, body: { errcode: 'M_NOT_FOUND' } })
  expect(await world.provision('GET', '/resolve_identifier/a@b.org')).toMatchObject({ status: 400, body: { errcode: 'M_INVALID_PARAM' } })
  const made = await world.provision('POST', '/create_dm/+380975556677')
  expect(made.status).toBe(201)
  const again = await world.provision('POST', `/create_dm/${text(made.body, 'id')}`)
  expect(again).toMatchObject({ status: 200, body: { dm_room_mxid: made.body['dm_room_mxid'] } })
  await world.matrix('POST', `/rooms/${encodeURIComponent(text(made.body, 'dm_room_mxid'))}/leave`, {})
  const fresh = await world.provision('POST', '/create_dm/+380975556677')
  expect(fresh.status).toBe(201)
  expect(fresh.body['dm_room_mxid']).not.toBe(made.body['dm_room_mxid'])
})
