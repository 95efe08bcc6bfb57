import { expect, test } from 'vitest'
import { at, event, list, newest, olena, openRoom, shop, startWorld, text, until, type Json } from '../testing.ts'
import { sampleVoice } from '../control/sample-voice.ts'

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
  ['live location', { type: 'live_location' }, { msgtype: 'm.notice', body: 'Started sharing live location' }],
  ['album', { type: 'album', images: 3 }, { msgtype: 'm.notice', body: 'Sent an album with 3 images and 0 videos' }],
  [
    'invite',
    { type: 'group_invite', group_name: 'Club' },
    { 'fi.mau.whatsapp.invite': { group_name: 'Club', expiration: expect.any(String) } },
  ],
  ...(['template', 'buttons', 'interactive', 'list'] as const).map((form): [string, Json, Json] => [
    form,
    { type: 'business', form, text: 'Choose', buttons: ['Yes', 'No'] },
    { msgtype: 'm.text', body: expect.stringContaining('<Yes>'), 'fi.mau.whatsapp.business_message_type': form },
  ]),
  [
    'list reply',
    { type: 'business_reply', form: 'list', text: 'Yes', id: 'row' },
    { body: 'Yes', 'fi.mau.whatsapp.list_reply': { row_id: 'row' } },
  ],
  ['masked', { type: 'masked' }, { msgtype: 'm.notice' }],
  ['undecryptable', { type: 'undecryptable' }, { msgtype: 'm.notice', 'fi.mau.whatsapp.undecryptable': true }],
  [
    'missing media',
    { type: 'missing_media' },
    { msgtype: 'm.notice', body: expect.stringMatching(/^Old image/), 'fi.mau.whatsapp.failed_media': {} },
  ],
  [
    'timer',
    { type: 'timer', ms: 86_400_000 },
    { msgtype: 'm.notice', 'com.beeper.action_message': { type: 'disappearing_timer', timer: 86_400_000 } },
  ],
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
  const bytes = new Uint8Array(sampleVoice(100))
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

test('content that comes late takes the place of its notice, and what disappears is redacted by the bot', async () => {
  await using world = await startWorld()
  await world.link(shop)
  const { body: sent } = await world.control('POST', `/phones/${olena}/messages`, {
    to: shop,
    type: 'missing_media',
    media_type: 'sticker',
  })
  const placeholder = await event(world, (each) => String((each['content'] as Json)['body']).startsWith('Old sticker'))
  expect((await world.control('POST', `/phones/${olena}/resolve`, { message_id: sent['id'], type: 'sticker', emoji: '🙂' })).status).toBe(
    201,
  )
  const late = await event(world, (each) => (each['content'] as Json)['com.beeper.dont_render_edited'] === true)
  expect(late).toMatchObject({
    type: 'm.room.message',
    sender: placeholder['sender'],
    content: {
      msgtype: 'm.image',
      'm.new_content': { msgtype: 'm.image', url: expect.stringMatching(/^mxc:/) },
      'm.relates_to': { rel_type: 'm.replace', event_id: placeholder['event_id'] },
    },
  })
  expect((await world.control('POST', `/phones/${olena}/resolve`, { message_id: text(late, 'event_id'), text: 'x' })).status).toBe(400)
  await world.control('POST', `/phones/${olena}/disappear`, { message_id: sent['id'] })
  const gone = await event(world, (each) => each['type'] === 'm.room.redaction')
  expect(gone).toMatchObject({
    sender: '@whatsappbot:mistok.test',
    redacts: placeholder['event_id'],
    content: { reason: 'Message disappeared' },
  })
})
