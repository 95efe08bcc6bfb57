import { expect, test } from 'vitest'
import { at, bodyIs, event, list, newest, olena, openRoom, shop, startWorld, text, until, type Json } from '../testing.ts'

test('a portal says what it is', async () => {
  await using world = await startWorld({ seed: true })
  await world.link(shop)
  const state = await until(async () => {
    const found = (await world.events()).find(
      (each) => each['type'] === 'm.bridge' && String(at(each, 'content', 'channel', 'displayname')).includes(olena),
    )
    return found === undefined ? undefined : (await world.matrix('GET', `/rooms/${encodeURIComponent(text(found, 'room_id'))}/state`)).body
  })
  const events = JSON.parse(text(state, 'text')) as Json[]
  const content = (type: string) =>
    at(
      events.find((each) => each['type'] === type),
      'content',
    )
  expect(content('m.bridge')).toEqual(content('uk.half-shot.bridge'))
  expect(content('m.bridge')).toMatchObject({
    bridgebot: '@whatsappbot:mistok.test',
    protocol: { id: 'whatsapp' },
    channel: { id: expect.stringMatching(/^\d{15}@lid$/), displayname: `Олена Коваленко [${olena}]`, 'fi.mau.receiver': '380671112233' },
    'com.beeper.room_type.v2': 'dm',
  })
  expect(content('m.room.name')).toMatchObject({ name: `Олена Коваленко [${olena}]` })
  expect(content('com.beeper.room_features')).toMatchObject({
    id: 'fi.mau.whatsapp.capabilities.2026_07_22+dm',
    edit_max_age: 900,
    reaction_count: 1,
  })
  expect(content('io.element.functional_members')).toEqual({ service_members: ['@whatsappbot:mistok.test'] })
  const members = events.filter((each) => each['type'] === 'm.room.member')
  expect(members.map((each) => at(each, 'content', 'membership'))).toEqual(['join', 'join', 'join'])
})

test('a group has one room for each login, with all its people', async () => {
  await using world = await startWorld()
  await world.link(shop)
  const members = [shop, olena, '+380632223344']
  const { body: group } = await world.control('POST', '/groups', { name: 'Neighbours', members })
  await world.control('POST', `/phones/${olena}/messages`, { group: group['id'], text: 'Hello all' })
  const seen = await event(world, bodyIs('Hello all'))
  const where = `/rooms/${encodeURIComponent(text(seen, 'room_id'))}`
  const joined = async () => Object.keys(at((await world.matrix('GET', `${where}/joined_members`)).body, 'joined') as Json)
  expect(await joined()).toHaveLength(4)
  expect((await world.matrix('GET', `${where}/state/m.room.name/`)).body).toEqual({
    name: 'Neighbours',
    'com.beeper.exclude_from_timeline': true,
  })
  const info = (await world.events()).find((each) => each['type'] === 'm.bridge')
  expect(at(info, 'content', 'channel')).toMatchObject({ id: group['id'], 'fi.mau.receiver': '380671112233' })
  expect(info?.['content']).not.toHaveProperty('com\\.beeper\\.room_type')
  await world.say(text(seen, 'room_id'), { msgtype: 'm.text', body: 'Hello' })
  for (const phone of members.slice(1)) await until(async () => (await newest(world, phone))?.['text'] === 'Hello')
  await world.control('POST', `/groups/${text(group, 'id')}`, { name: 'Street', members: members.slice(0, 2) })
  await until(async () => (await joined()).length === 3)
  await until(async () => (await world.matrix('GET', `${where}/state/m.room.name/`)).body['name'] === 'Street')
})

test('a chat deleted on the phone is left by all, and the next message makes a new room', async () => {
  await using world = await startWorld()
  await world.link(shop)
  const { roomId } = await openRoom(world)
  await world.control('POST', `/phones/${shop}/delete_chat`, { with: olena })
  await until(async () => list((await world.matrix('GET', '/joined_rooms')).body, 'joined_rooms').length === 0)
  await world.control('POST', `/phones/${olena}/messages`, { to: shop, text: 'Again' })
  expect(text(await event(world, bodyIs('Again')), 'room_id')).not.toBe(roomId)
})

test('a number that gets a hidden id keeps its room, or its room points to the newer one', async () => {
  await using world = await startWorld()
  await world.link(shop)
  const andriy = '+380632223344'
  for (const phone of [olena, andriy]) await world.control('POST', `/phones/${phone}`, { by_number: true })
  await world.control('POST', `/phones/${olena}/messages`, { to: shop, text: 'one' })
  const one = await event(world, bodyIs('one'))
  expect(one['sender']).toBe('@whatsapp_380501234567:mistok.test')
  await world.control('POST', `/phones/${olena}/readdress`)
  await world.control('POST', `/phones/${olena}/messages`, { to: shop, text: 'two' })
  const two = await event(world, bodyIs('two'))
  expect(two['room_id']).toBe(one['room_id'])
  expect(two['sender']).toMatch(/^@whatsapp_lid-/)
  const infos = (await world.events()).filter((each) => each['type'] === 'm.bridge').map((each) => text(each, 'content', 'channel', 'id'))
  expect(infos).toEqual(['380501234567@s.whatsapp.net', expect.stringMatching(/^\d{15}@lid$/)])
  const eventId = await world.say(text(one, 'room_id'), {
    msgtype: 'm.text',
    body: 'yes',
    'm.relates_to': { 'm.in_reply_to': { event_id: one['event_id'] } },
  })
  const answer = await until(async () =>
    list((await world.control('GET', '/ledger')).body, 'items').find((line) => line['event_id'] === eventId),
  )
  expect(answer).toMatchObject({ to: olena, reply_to: expect.stringMatching(/^3A/) })

  await world.control('POST', `/phones/${andriy}/messages`, { to: shop, text: 'three' })
  const three = await event(world, bodyIs('three'))
  await world.control('POST', `/phones/${andriy}`, { by_number: false })
  await world.control('POST', `/phones/${andriy}/messages`, { to: shop, text: 'four' })
  const four = await event(world, bodyIs('four'))
  expect(four['room_id']).not.toBe(three['room_id'])
  await world.control('POST', `/phones/${andriy}/readdress`)
  const tombstone = await event(world, (each) => each['type'] === 'm.room.tombstone')
  expect(tombstone).toMatchObject({
    room_id: three['room_id'],
    sender: '@whatsappbot:mistok.test',
    content: { replacement_room: four['room_id'] },
  })
})

test('a new name shows in every room that the person is in', async () => {
  await using world = await startWorld()
  await world.link(shop)
  const { body: group } = await world.control('POST', '/groups', { name: 'Neighbours', members: [shop, olena] })
  await world.control('POST', `/phones/${olena}/messages`, { group: group['id'], text: 'Hello all' })
  const { roomId } = await openRoom(world)
  await world.control('POST', `/phones/${olena}`, { name: 'Олена К.' })
  const name = `Олена К. [${olena}]`
  const members = async () => (await world.events()).filter((each) => (each['content'] as Json)['displayname'] === name)
  const rooms = await until(async () => {
    const named = new Set((await members()).map((each) => each['room_id']))
    return named.size === 2 ? named : undefined
  })
  expect(rooms).toContain(roomId)
  await until(async () => (await world.matrix('GET', `/rooms/${encodeURIComponent(roomId)}/state/m.room.name/`)).body['name'] === name)
})
