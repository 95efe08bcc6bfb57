import { expect, test } from 'vitest'
import { agent, at, list, startWorld, text, until, type Json, type TestWorld } from './testing.ts'

const shop = '+380671112233'
const olena = '+380501234567'

/** Waits for an event in one of the user's rooms. */
function event(world: TestWorld, matches: (event: Json) => boolean): Promise<Json> {
  return until(async () => (await world.events()).find(matches))
}

const bodyIs = (body: string) => (each: Json) => (each['content'] as Json)['body'] === body

/** The newest message that a phone has received. */
async function newest(world: TestWorld, phone: string): Promise<Json | undefined> {
  return list((await world.control('GET', `/phones/${phone}/messages`)).body, 'items').at(-1)
}

/** The room of a chat, opened by a message of the customer. */
async function openRoom(world: TestWorld): Promise<{ roomId: string; waId: string; eventId: string }> {
  const sent = await world.control('POST', `/phones/${olena}/messages`, { to: shop, text: 'Opening' })
  const first = await event(world, bodyIs('Opening'))
  return { roomId: text(first, 'room_id'), waId: text(sent.body, 'id'), eventId: text(first, 'event_id') }
}

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
  expect(at(members, 'content', 'service_members')).toEqual(['@whatsappbot:mistok.test', ghost['sender']])
})

const inbound: [string, Json, Json][] = [
  ['image', { type: 'image', text: 'Look' }, { msgtype: 'm.image', body: 'Look', filename: 'image.jpg', info: { mimetype: 'image/jpeg' } }],
  ['image without words', { type: 'image' }, { msgtype: 'm.image', body: '', filename: 'image.jpg' }],
  [
    'video',
    { type: 'video', duration_ms: 1000 },
    { msgtype: 'm.video', filename: 'video.mp4', info: { mimetype: 'video/mp4', duration: 1000 } },
  ],
  ['gif', { type: 'video', gif: true }, { msgtype: 'm.video', info: { 'fi.mau.gif': true, 'fi.mau.no_audio': true } }],
  ['audio', { type: 'audio' }, { msgtype: 'm.audio', filename: 'audio.mp3', 'org.matrix.msc1767.audio': { waveform: [] } }],
  [
    'voice',
    { type: 'voice', waveform: [0, 50, 100] },
    {
      msgtype: 'm.audio',
      'org.matrix.msc3245.voice': {},
      filename: 'Voice message.ogg',
      'org.matrix.msc1767.audio': { waveform: [0, 50, 100] },
    },
  ],
  ['document', { type: 'document', file_name: 'звіт.pdf', text: 'Report' }, { msgtype: 'm.file', body: 'Report', filename: 'звіт.pdf' }],
  ['sticker', { type: 'sticker', emoji: '🙂' }, { body: '🙂', info: { mimetype: 'image/webp', w: 190 } }],
  [
    'location',
    { type: 'location', latitude: 49.84, longitude: 24.03, name: 'Львів' },
    { msgtype: 'm.location', geo_uri: 'geo:49.84000,24.03000' },
  ],
  [
    'contact',
    { type: 'contacts', contacts: [{ name: 'Ivan', phone: '+380671110000' }] },
    { msgtype: 'm.file', filename: 'Ivan.vcf', info: { mimetype: 'text/vcard' } },
  ],
  ['contacts', { type: 'contacts', contacts: [1, 2].map((n) => ({ name: `N${n}`, phone: `+38067111000${n}` })) }, { msgtype: 'm.notice' }],
  [
    'poll',
    { type: 'poll', question: 'When?', options: ['Today', 'Later'] },
    {
      msgtype: 'm.text',
      'org.matrix.msc3381.poll.start': { max_selections: 1 },
      'fi.mau.whatsapp.poll': { option_names: ['Today', 'Later'] },
    },
  ],
  ['call', { type: 'call' }, { msgtype: 'm.text', 'com.beeper.action_message': { type: 'call', call_type: 'voice' } }],
  ['unknown', { type: 'unknown' }, { msgtype: 'm.notice', 'fi.mau.whatsapp.unsupported_message_data': expect.any(String) }],
  ['forwarded', { text: 'News', forwarded: true }, { msgtype: 'm.text', body: '↷ Forwarded\n\nNews' }],
]

test('every kind of message comes in, with its bytes', async () => {
  await using world = await startWorld()
  await world.link(shop)
  for (const [name, body, content] of inbound) {
    const sent = await world.control('POST', `/phones/${olena}/messages`, { to: shop, ...body })
    expect(sent.status, name).toBe(201)
    const line = await until(async () => {
      const items = list((await world.control('GET', '/ledger')).body, 'items')
      return items.find((each) => each['id'] === sent.body['id'] && list(each, 'bridged').length > 0)
    })
    const seen = await event(world, (each) => each['event_id'] === at(line, 'bridged', 0, 'event_id'))
    expect(seen, name).toMatchObject({ type: body['type'] === 'sticker' ? 'm.sticker' : 'm.room.message', content })
    if (sent.body['media'] === undefined) continue
    const mxc = text(seen, 'content', 'url').replace('mxc://', '')
    const file = await fetch(`${world.sandbox.homeserverUrl}/_matrix/client/v1/media/download/${mxc}`, {
      headers: { authorization: 'Bearer as_crm' },
    })
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', await file.arrayBuffer())).toString('hex')
    expect(digest, name).toBe(at(sent.body, 'media', 'sha256'))
  }
})

const outbound: [string, Json, Json][] = [
  [
    'html',
    { msgtype: 'm.text', body: 'x', format: 'org.matrix.custom.html', formatted_body: '<b>bold</b>' },
    { type: 'text', text: '*bold*' },
  ],
  [
    'image',
    { msgtype: 'm.image', body: 'Look', filename: 'a.jpg', info: { mimetype: 'image/jpeg', w: 3, h: 4 } },
    { type: 'image', text: 'Look', width: 3 },
  ],
  ['image without words', { msgtype: 'm.image', body: 'a.jpg', filename: 'a.jpg', info: { mimetype: 'image/jpeg' } }, { type: 'image' }],
  ['video', { msgtype: 'm.video', body: 'a.mp4', info: { mimetype: 'video/mp4', 'fi.mau.gif': true } }, { type: 'video', gif: true }],
  ['audio', { msgtype: 'm.audio', body: 'a.mp3', info: { mimetype: 'audio/mpeg' } }, { type: 'audio' }],
  [
    'voice',
    { msgtype: 'm.audio', body: 'v.ogg', info: { mimetype: 'audio/ogg; codecs=opus' }, 'org.matrix.msc3245.voice': {} },
    { type: 'voice' },
  ],
  [
    'document',
    { msgtype: 'm.file', body: 'Words', filename: 'a.xyz', info: { mimetype: 'application/x-any' } },
    { type: 'document', file_name: 'a.xyz', text: 'Words' },
  ],
  [
    'location',
    { msgtype: 'm.location', body: 'Here', geo_uri: 'geo:50.45,30.52' },
    { type: 'location', location: { latitude: 50.45, longitude: 30.52, name: 'Here' } },
  ],
]

test('every kind of message goes out, with its bytes', async () => {
  await using world = await startWorld()
  await world.link(shop)
  const { roomId } = await openRoom(world)
  const bytes = Buffer.from('some bytes')
  const uploaded = await fetch(`${world.sandbox.homeserverUrl}/_matrix/media/v3/upload`, {
    method: 'POST',
    body: bytes,
    headers: { authorization: 'Bearer as_crm' },
  })
  const { content_uri: url } = (await uploaded.json()) as { content_uri: string }
  const sha256 = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex')
  for (const [name, content, message] of outbound) {
    const media = content['info'] !== undefined
    const eventId = await world.say(roomId, { ...content, ...(media ? { url } : {}) })
    const line = await until(async () =>
      list((await world.control('GET', '/ledger')).body, 'items').find((each) => each['event_id'] === eventId),
    )
    expect(line, name).toMatchObject({ from: shop, to: olena, ...message, ...(media ? { media: { sha256, size: bytes.length } } : {}) })
    expect(line['text'], name).toBe(message['text'])
  }
})

test('what the real bridge would not send, fails in its words', async () => {
  await using world = await startWorld()
  await world.link(shop)
  const { roomId } = await openRoom(world)
  const unknown = text(
    (await world.events()).find((each) => each['type'] === 'm.room.name'),
    'event_id',
  )
  const cases: [Json, string, Json][] = [
    [{ msgtype: 'm.notice', body: 'x' }, 'm.room.message', { reason: 'm.event_not_handled' }],
    [{ msgtype: 'm.unknown', body: 'x' }, 'm.room.message', { reason: 'com.beeper.unsupported_event' }],
    [
      { msgtype: 'm.image', body: 'x', url: 'mxc://mistok.test/none', info: { mimetype: 'image/jpeg' } },
      'm.room.message',
      { message: 'failed to download media' },
    ],
    [{ msgtype: 'm.location', body: 'x', geo_uri: 'here' }, 'm.room.message', { reason: 'm.event_not_handled' }],
    [{ 'm.relates_to': { rel_type: 'm.annotation', event_id: unknown, key: '👍' } }, 'm.reaction', { message: 'target message not found' }],
  ]
  for (const [content, type, status] of cases) {
    const eventId = await world.say(roomId, content, type)
    const told = await event(
      world,
      (each) => each['type'] === 'com.beeper.message_send_status' && at(each, 'content', 'm.relates_to', 'event_id') === eventId,
    )
    expect(told['content']).toMatchObject({ status: 'FAIL_RETRIABLE', ...status })
  }
  const command = await world.say(roomId, { msgtype: 'm.text', body: '!waiting for you' })
  await event(
    world,
    (each) => each['sender'] === '@whatsappbot:mistok.test' && String((each['content'] as Json)['body']).startsWith('Unknown command'),
  )
  const guarded = { msgtype: 'm.text', body: '\u200b!wa is here', format: 'org.matrix.custom.html', formatted_body: '!wa is here' }
  await world.say(roomId, guarded)
  await until(async () => (await newest(world, olena))?.['text'] === '!wa is here')
  const sent = list((await world.control('GET', '/ledger')).body, 'items').filter((line) => line['from'] === shop)
  expect(sent).toHaveLength(1)
  expect(sent[0]?.['event_id']).not.toBe(command)
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
  expect(at(first, 'content', 'm.relates_to')).toEqual({ rel_type: 'm.annotation', event_id: eventId, key: '👍' })
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
  expect((await world.matrix('GET', `${where}/state/m.room.name/`)).body).toEqual({ name: 'Neighbours' })
  const info = (await world.events()).find((each) => each['type'] === 'm.bridge')
  expect(at(info, 'content', 'channel')).toMatchObject({ id: group['id'], 'fi.mau.receiver': '380671112233' })
  expect(info?.['content']).not.toHaveProperty('com\\.beeper\\.room_type')
  await world.say(text(seen, 'room_id'), { msgtype: 'm.text', body: 'Hello' })
  for (const phone of members.slice(1)) await until(async () => (await newest(world, phone))?.['text'] === 'Hello')
  await world.control('POST', `/groups/${text(group, 'id')}`, { name: 'Street', members: members.slice(0, 2) })
  await until(async () => (await joined()).length === 3)
  await until(async () => (await world.matrix('GET', `${where}/state/m.room.name/`)).body['name'] === 'Street')
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
