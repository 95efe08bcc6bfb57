import { expect, test } from 'vitest'
import { agent, at, list, scanNewest, shop, startWorld, text, until, type Json, type TestWorld } from '../testing.ts'

const bot = '@whatsappbot:mistok.test'

/** Opens the chat with the bot; gives its room. */
async function openChat(world: TestWorld): Promise<string> {
  const { body } = await world.matrix('POST', '/createRoom', { preset: 'trusted_private_chat', is_direct: true, invite: [bot] })
  await said(world, (each) => text(each, 'content', 'body').includes('marked as your management room'))
  return text(body, 'room_id')
}

const messages = async (world: TestWorld) =>
  (await world.events()).filter(
    (each) => each['sender'] === bot && each['type'] === 'm.room.message' && (each['content'] as Json)['body'] !== undefined,
  )

function said(world: TestWorld, matches: (event: Json) => boolean): Promise<Json> {
  return until(async () => (await messages(world)).find(matches))
}

const starts = (words: string) => (each: Json) => text(each, 'content', 'body').startsWith(words)

test('the bot greets, helps, and tells its version', async () => {
  await using world = await startWorld()
  const room = await openChat(world)
  expect((await world.provision('GET', '/whoami')).body['management_room']).toBe(room)
  await world.say(room, { msgtype: 'm.text', body: 'help' })
  expect(text(await said(world, starts('**help**')), 'content', 'formatted_body')).toContain('<strong>list-logins</strong>')
  await world.say(room, { msgtype: 'm.text', body: '!wa version' })
  expect(text(await said(world, starts('[mautrix-whatsapp]')), 'content', 'body')).toContain('v26.08')
  await world.say(room, { msgtype: 'm.text', body: 'what?' })
  await said(world, starts('Unknown command'))
  await world.say(room, { msgtype: 'm.text', body: 'list-logins' })
  await said(world, starts("You're not logged in"))
})

test('a login by QR: an image that changes, and goes when it is done', async () => {
  await using world = await startWorld({ timeScale: 0.05 })
  const room = await openChat(world)
  await world.say(room, { msgtype: 'm.text', body: 'login qr' })
  const first = await said(world, (each) => at(each, 'content', 'msgtype') === 'm.image')
  expect(first['content']).toMatchObject({
    filename: 'qr.png',
    body: expect.stringContaining('linked_devices#2@'),
    info: { mimetype: 'image/png', w: 512 },
  })
  const edit = await said(world, (each) => (each['content'] as Json)['m.new_content'] !== undefined)
  expect(at(edit, 'content', 'm.relates_to')).toEqual({ rel_type: 'm.replace', event_id: first['event_id'] })
  expect(text(edit, 'content', 'm.new_content', 'body')).not.toBe(text(first, 'content', 'body'))
  const instructions = async () => (await messages(world)).filter(starts('Scan the QR code')).length
  expect(await instructions()).toBeGreaterThan(1)
  await world.say(room, { msgtype: 'm.text', body: 'login qr' })
  await said(world, starts('You already have an ongoing login'))
  await scanNewest(world, shop)
  await said(world, starts(`Successfully logged in as ${shop}`))
  expect((await world.events()).some((each) => each['type'] === 'm.room.redaction' && each['redacts'] === first['event_id'])).toBe(true)
  await world.say(room, { msgtype: 'm.text', body: 'list-logins' })
  await said(world, starts('* `380671112233` (+380671112233) - `CONNECTED`'))
  await world.say(room, { msgtype: 'm.text', body: 'logout 380671112233' })
  await said(world, starts('Logged out'))
  expect((await world.provision('GET', '/logins')).body).toEqual({ login_ids: [] })
})

test('a login by phone asks, complains, and shows a code; it can be cancelled', async () => {
  await using world = await startWorld({ timeScale: 1 })
  const room = await openChat(world)
  await world.say(room, { msgtype: 'm.text', body: 'login phone' })
  await said(world, starts('Please enter your Phone number'))
  await world.say(room, { msgtype: 'm.text', body: '0671112233' })
  await said(world, starts('Invalid value:'))
  await world.say(room, { msgtype: 'm.text', body: '+380 67 111 22 33' })
  const code = await said(world, (each) => /^<code>.{4}-.{4}<\/code>$/.test(String((each['content'] as Json)['formatted_body'])))
  await world.say(room, { msgtype: 'm.text', body: 'cancel' })
  await said(world, starts('Login cancelled.'))
  expect((await world.control('POST', `/phones/${shop}/scan`, { code: text(code, 'content', 'body').replaceAll('`', '') })).status).toBe(
    400,
  )

  await world.say(room, { msgtype: 'm.text', body: `login phone ${shop}` })
  const value = await until(
    async () => (list((await world.control('GET', '/state')).body, 'waiting')[0] ?? {})['value'] as string | undefined,
  )
  await world.control('POST', `/phones/${shop}/scan`, { code: value })
  await said(world, starts(`Successfully logged in as ${shop}`))
})

test('trouble and its end are told in the management room', async () => {
  await using world = await startWorld()
  const room = await openChat(world)
  await world.link(shop)
  await world.control('POST', `/phones/${shop}/trouble`, { error: 'wa-temporary-ban' })
  const told = await said(world, starts('State update for'))
  expect(told).toMatchObject({
    room_id: room,
    content: { 'fi.mau.bridge_state': { state_event: 'BAD_CREDENTIALS', error: 'wa-temporary-ban', user_id: agent } },
  })
  await world.control('POST', `/phones/${shop}/trouble`, {})
  await said(world, (each) => JSON.stringify(each['content']).includes('"state_event":"CONNECTED"'))
})
