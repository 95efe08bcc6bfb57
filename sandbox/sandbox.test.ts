import { expect, test } from 'vitest'
import { agent, at, bodyIs, event, list, newest, olena, openRoom, shop, startWorld, text, until, type Json } from './testing.ts'

test('a message comes in as its sender wrote it, and the answer is ticked all the way', async () => {
  await using world = await startWorld({ seed: true, backfill: { enabled: false, maxInitialMessages: 0 } })
  await world.link(shop)
  const sent = await world.control('POST', `/phones/${olena}/messages`, { to: shop, text: 'Добрий *день*' })
  expect(sent).toMatchObject({ status: 201, body: { from: olena, to: shop, type: 'text' } })
  const seen = await event(world, bodyIs('Добрий *день*'))
  expect(seen).toMatchObject({
    type: 'm.room.message',
    sender: expect.stringMatching(/^@whatsapp_lid-\d{15}:mistok\.test$/),
    content: { msgtype: 'm.text', formatted_body: 'Добрий <strong>день</strong>', 'm.mentions': {} },
  })
  expect(Number(seen['origin_server_ts']) % 1000).toBe(0)

  const roomId = text(seen, 'room_id')
  const eventId = await world.say(roomId, { msgtype: 'm.text', body: 'Вітаємо!' })
  const received = await until(async () => ((await newest(world, olena))?.['text'] === 'Вітаємо!' ? newest(world, olena) : undefined))
  expect(received).toMatchObject({ from: shop, type: 'text', status: 'delivered' })
  const statuses = async () => (await world.events()).filter((each) => each['type'] === 'com.beeper.message_send_status')
  await until(async () => (await statuses()).length === 2)
  for (const status of await statuses()) {
    expect(status).toMatchObject({
      sender: '@whatsappbot:mistok.test',
      content: { status: 'SUCCESS', 'm.relates_to': { rel_type: 'm.reference', event_id: eventId } },
    })
  }
  expect((await statuses()).flatMap((status) => (at(status, 'content') as Json)['delivered_to_users'] ?? [])).toEqual([seen['sender']])

  const since = text((await world.matrix('GET', '/sync')).body, 'next_batch')
  await world.control('POST', `/phones/${olena}/read`, { with: shop })
  await world.follow(since, (reply) =>
    JSON.stringify(reply).includes(`"${eventId}":{"m.read":{"${text(seen, 'sender')}"`) ? true : undefined,
  )
  const ledger = list((await world.control('GET', '/ledger')).body, 'items').filter((line) => line['history'] !== true)
  expect(ledger).toMatchObject([
    { type: 'text', from: olena, bridged: [{ login: shop, event_id: seen['event_id'], room_id: roomId }] },
    { type: 'text', from: shop, event_id: eventId, receipts: [{ by: olena, status: 'read' }] },
  ])
})

test('with double puppeting what the phone sends is the user’s; without it the own ghost’s, and the user is only invited', async () => {
  await using puppeted = await startWorld()
  await puppeted.link(shop)
  await puppeted.control('POST', `/phones/${shop}/messages`, { to: olena, text: 'From the phone' })
  const own = await event(puppeted, bodyIs('From the phone'))
  expect(own).toMatchObject({ sender: agent, content: { 'fi.mau.double_puppet_source': 'mautrix-whatsapp' } })
  expect(list((await puppeted.control('GET', '/ledger')).body, 'items')).toHaveLength(1)

  await using plain = await startWorld({ puppet: false })
  await plain.link(shop)
  const { body: before } = await plain.matrix('GET', '/sync')
  await plain.control('POST', `/phones/${shop}/messages`, { to: olena, text: 'From the phone' })
  const invited = await plain.follow(text(before, 'next_batch'), (reply) => {
    return Object.keys((reply['rooms'] as { invite?: Json } | undefined)?.invite ?? {})[0]
  })
  await plain.matrix('POST', `/join/${encodeURIComponent(invited)}`, {})
  const ghost = await event(plain, bodyIs('From the phone'))
  expect(ghost['sender']).toMatch(/^@whatsapp_lid-/)
  const members = (await plain.events()).find((each) => each['type'] === 'io.element.functional_members')
  expect(at(members, 'content', 'service_members')).toEqual([ghost['sender'], '@whatsappbot:mistok.test'])
})

test('answers, reactions, edits and deletions go both ways', async () => {
  await using world = await startWorld()
  await world.link(shop)
  const { roomId, waId, eventId } = await openRoom(world)

  await world.control('POST', `/phones/${olena}/messages`, { to: shop, text: 'About that', reply_to: waId })
  expect(at(await event(world, bodyIs('About that')), 'content', 'm.relates_to')).toEqual({ 'm.in_reply_to': { event_id: eventId } })
  await world.control('POST', `/phones/${olena}/messages`, { to: shop, text: 'About nothing', reply_to: '3A00' })
  expect((await event(world, bodyIs('About nothing')))['content']).not.toHaveProperty('m.relates_to')

  await world.control('POST', `/phones/${olena}/react`, { message_id: waId, emoji: '👍' })
  const first = await event(world, (each) => each['type'] === 'm.reaction')
  expect(at(first, 'content', 'm.relates_to')).toEqual({ rel_type: 'm.annotation', event_id: eventId, key: '👍\ufe0f' })
  await world.control('POST', `/phones/${olena}/react`, { message_id: waId, emoji: '❤️' })
  await event(world, (each) => each['type'] === 'm.room.redaction' && at(each, 'redacts') === first['event_id'])
  await world.control('POST', `/phones/${olena}/edit`, { message_id: waId, text: 'Opening, but better' })
  const edit = await event(world, bodyIs('* Opening, but better'))
  expect(edit['content']).toMatchObject({
    'm.relates_to': { rel_type: 'm.replace', event_id: eventId },
    'm.new_content': { body: 'Opening, but better' },
  })
  await world.control('POST', `/phones/${olena}/revoke`, { message_id: waId })
  await event(world, (each) => each['type'] === 'm.room.redaction' && at(each, 'redacts') === eventId)

  const ours = await world.say(roomId, { msgtype: 'm.text', body: 'Yes', 'm.relates_to': { 'm.in_reply_to': { event_id: eventId } } })
  const received = await until(async () => ((await newest(world, olena))?.['text'] === 'Yes' ? newest(world, olena) : undefined))
  expect(received['reply_to']).toBe(waId)
  const reaction = await world.say(roomId, { 'm.relates_to': { rel_type: 'm.annotation', event_id: ours, key: '✅' } }, 'm.reaction')
  await until(async () => JSON.stringify((await newest(world, olena))?.['reactions']) === JSON.stringify([{ from: shop, emoji: '✅' }]))
  await world.matrix('PUT', `/rooms/${encodeURIComponent(roomId)}/redact/${encodeURIComponent(reaction)}/r1`, {})
  await until(async () => (await newest(world, olena))?.['reactions'] === undefined)
  const content = {
    msgtype: 'm.text',
    body: '* No',
    'm.new_content': { msgtype: 'm.text', body: 'No' },
    'm.relates_to': { rel_type: 'm.replace', event_id: ours },
  }
  await world.say(roomId, content)
  await until(async () => (await newest(world, olena))?.['text'] === 'No')
  await world.matrix('PUT', `/rooms/${encodeURIComponent(roomId)}/redact/${encodeURIComponent(ours)}/r2`, {})
  await until(async () => (await newest(world, olena))?.['revoked'] === true)
})

test('reading and typing go both ways', async () => {
  await using world = await startWorld()
  await world.link(shop)
  const { roomId, eventId } = await openRoom(world)
  const { body: before } = await world.matrix('GET', '/sync')
  await world.control('POST', `/phones/${olena}/typing`, { to: shop })
  const typists = await world.follow(text(before, 'next_batch'), (reply) => {
    return /"m\.typing","content":\{"user_ids":\["@(whatsapp_lid-\d+)/.exec(JSON.stringify(reply))?.[1]
  })
  expect(typists).toMatch(/^whatsapp_lid-\d{15}$/)
  const receipts = async () => list((await world.control('GET', '/ledger')).body, 'items', 0, 'receipts')
  expect(await receipts()).toMatchObject([{ by: shop, status: 'delivered' }])
  await world.matrix('POST', `/rooms/${encodeURIComponent(roomId)}/receipt/m.read/${encodeURIComponent(eventId)}`, {})
  await until(async () => (await receipts())[0]?.['status'] === 'read')
})

test('history comes once, old and in order, and linking again brings nothing twice', async () => {
  await using world = await startWorld()
  const messages = Array.from({ length: 12 }, (_, index) => ({
    text: `Old ${index}`,
    from_me: index % 3 === 0,
    sent_at: new Date(Date.UTC(2026, 9, 1, 12, index)).toISOString(),
  }))
  expect((await world.control('POST', `/phones/${shop}/history`, { chats: [{ with: olena, name: 'Олена', messages }] })).body).toEqual({
    added: 12,
  })
  await world.link(shop)
  const old = async () => (await world.events()).filter((each) => String((each['content'] as Json)['body']).startsWith('Old '))
  await until(async () => (await old()).length === 12)
  const seen = await old()
  expect(seen.map((each) => at(each, 'content', 'body'))).toEqual(messages.map((message) => message.text))
  expect(seen.map((each) => each['origin_server_ts'])).toEqual(messages.map((message) => Date.parse(message.sent_at)))
  await world.control('POST', `/phones/${shop}/unlink`)
  await until(async () => JSON.stringify((await world.provision('GET', '/whoami')).body).includes('BAD_CREDENTIALS'))
  await world.control('POST', `/phones/${olena}/messages`, { to: shop, text: 'Old, but missed' })
  await world.link(shop)
  await until(async () => (await old()).length === 12 && (await world.events()).some(bodyIs('Old, but missed')))
})
