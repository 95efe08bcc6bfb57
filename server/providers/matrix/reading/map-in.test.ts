import { expect, test } from 'vitest'
import { birth, bot, chatFacts, event, login, me, olena, pushed, read, roomId } from '../testing.ts'

const facts = chatFacts()
const only = (raw: unknown) => {
  const { items } = read(pushed(raw), facts)
  expect(items).toHaveLength(1)
  return items[0]
}
const base = { channel: login, conversation: roomId }
const info = { mimetype: 'image/jpeg', size: 10, w: 4, h: 3 }
const mxc = 'mxc://x.org/AbC'

test.each<[what: string, content: object, read: object]>([
  ['a text', { msgtype: 'm.text', body: 'hi *there*' }, { content: { type: 'text', text: 'hi *there*' } }],
  [
    'formatting',
    { msgtype: 'm.text', body: 'b', format: 'org.matrix.custom.html', formatted_body: '<strong>b</strong> &amp;' },
    { content: { text: '*b* &' } },
  ],
  [
    'a mention',
    { msgtype: 'm.text', body: 'Olena', format: 'org.matrix.custom.html', formatted_body: '<a href="https://matrix.to/#/@x:y">@Olena</a>' },
    { content: { text: '@Olena' } },
  ],
  [
    'a mention of a contact and of us, in a forwarded text',
    {
      msgtype: 'm.text',
      body: '↷ Forwarded\n\nOlena, Shop',
      format: 'org.matrix.custom.html',
      formatted_body: `<p data-mx-forwarded-notice><em>↷ Forwarded</em></p><p>👋 <a href="https://matrix.to/#/${olena}">Olena [+380671234567]</a>, <a href="https://matrix.to/#/${me}">Shop</a> <a href="https://matrix.to/#/@eve:x.org">Eve</a></p>`,
      'm.mentions': { user_ids: [olena, me] },
    },
    {
      forwarded: true,
      content: {
        type: 'text',
        text: '👋 @Olena, @Shop @Eve',
        mentions: [
          { person: { id: olena, isUs: false, phone: '+380671234567' }, offset: 3, length: 6 },
          { person: { id: me, isUs: true }, offset: 11, length: 5 },
        ],
      },
    },
  ],
  [
    'a mention of everyone',
    { msgtype: 'm.text', body: '@all look', 'm.mentions': { room: true } },
    { content: { mentions_everyone: true } },
  ],
  [
    'a reply',
    { msgtype: 'm.text', body: 'yes', 'm.relates_to': { 'm.in_reply_to': { event_id: '$q' } } },
    { replyTo: '$q', content: { text: 'yes' } },
  ],
  [
    'a comment',
    {
      msgtype: 'm.text',
      body: 'c',
      'm.relates_to': { rel_type: 'm.thread', event_id: '$root', is_falling_back: true, 'm.in_reply_to': { event_id: '$last' } },
    },
    { replyTo: '$root' },
  ],
  [
    'a quote of another client',
    { msgtype: 'm.text', body: '> <@a:b> old\n> more\n\nnew', 'm.relates_to': { 'm.in_reply_to': { event_id: '$q' } } },
    { replyTo: '$q', replyPreview: 'old\nmore', content: { text: 'new' } },
  ],
  ['a forwarded text', { msgtype: 'm.text', body: '↷ Forwarded\n\nread this' }, { forwarded: true, content: { text: 'read this' } }],
  [
    'an image without words',
    { msgtype: 'm.image', url: mxc, filename: 'image.jpg', body: '', info },
    {
      content: {
        type: 'image',
        files: [{ type: 'image', mimeType: 'image/jpeg', fileName: 'image.jpg', sizeBytes: 10, width: 4, height: 3, ref: { url: mxc } }],
      },
    },
  ],
  [
    'an image with a caption',
    { msgtype: 'm.image', url: mxc, filename: 'image.jpg', body: 'look', info },
    { content: { type: 'image', text: 'look' } },
  ],
  [
    'an image of an old client',
    { msgtype: 'm.image', url: mxc, body: 'photo.png', info },
    { content: { type: 'image', files: [{ fileName: 'photo.png' }] } },
  ],
  [
    'a forwarded image without words',
    { msgtype: 'm.image', url: mxc, filename: 'image.jpg', body: '↷ Forwarded', info },
    { forwarded: true, content: { type: 'image' } },
  ],
  [
    'a video',
    { msgtype: 'm.video', url: mxc, filename: 'video.mp4', body: 'video.mp4', info: { mimetype: 'video/mp4', duration: 1500 } },
    { content: { type: 'video', files: [{ durationMs: 1500 }] } },
  ],
  [
    'a voice note',
    {
      msgtype: 'm.audio',
      url: mxc,
      filename: 'Voice message.ogg',
      body: 'Voice message.ogg',
      info: { mimetype: 'audio/ogg; codecs=opus' },
      'org.matrix.msc1767.audio': { duration: 2000, waveform: [0, 25, 50] },
      'org.matrix.msc3245.voice': {},
    },
    { content: { type: 'audio', files: [{ voice: true, durationMs: 2000, waveform: [0, 50, 100] }] } },
  ],
  [
    'a gif',
    { msgtype: 'm.video', url: mxc, filename: 'video.mp4', body: '', info: { mimetype: 'video/mp4', 'fi.mau.gif': true } },
    { content: { type: 'video', files: [{ gif: true }] } },
  ],
  [
    'an invitation into a group',
    {
      msgtype: 'm.text',
      body: 'Join us',
      'fi.mau.whatsapp.invite': { jid: '1@g.us', code: 'SECRET', expiration: '1790000000', group_name: 'Club' },
    },
    { content: { type: 'text', text: 'Join us', group_invite: { name: 'Club', expires_at: '2026-09-21T14:13:20.000Z' } } },
  ],
  [
    'a list of a business',
    { msgtype: 'm.text', body: 'Choose\n\n<Yes>', 'fi.mau.whatsapp.business_message_type': 'list' },
    { content: { type: 'interactive', text: 'Choose\n\n<Yes>', interactive: { buttons: [] } } },
  ],
  [
    'a template with a picture',
    { msgtype: 'm.image', url: mxc, filename: 'a.jpg', body: 'Sale', info, 'fi.mau.whatsapp.business_message_type': 'template' },
    { content: { type: 'image', text: 'Sale' } },
  ],
  [
    'a document',
    { msgtype: 'm.file', url: mxc, filename: 'a.pdf', body: 'a.pdf', info: { mimetype: 'application/pdf' } },
    { content: { type: 'document', files: [{ fileName: 'a.pdf' }] } },
  ],
  [
    'a contact card',
    { msgtype: 'm.file', url: mxc, filename: 'Ihor.vcf', body: 'Ihor.vcf', info: { mimetype: 'text/vcard' } },
    { content: { type: 'document', files: [{ mimeType: 'text/vcard' }] } },
  ],
  [
    'a place',
    { msgtype: 'm.location', geo_uri: 'geo:50.45000,30.52000', body: 'Location: Office\nKhreshchatyk 1\nhttps://maps.google.com/?q=1' },
    { content: { type: 'location', location: { latitude: 50.45, longitude: 30.52, name: 'Office', address: 'Khreshchatyk 1' } } },
  ],
  [
    'a live place',
    { msgtype: 'm.notice', body: 'Started sharing live location' },
    { content: { type: 'system', text: 'Started sharing live location' } },
  ],
  [
    'a poll',
    {
      msgtype: 'm.text',
      body: 'Tea?',
      'org.matrix.msc3381.poll.start': {
        max_selections: 1,
        question: { 'org.matrix.msc1767.text': 'Tea?' },
        answers: [{ id: 'a', 'org.matrix.msc1767.text': 'yes' }],
      },
    },
    { content: { type: 'poll', poll: { question: 'Tea?', options: ['yes'], max_choices: 1 } } },
  ],
  [
    'an answer to a list',
    { msgtype: 'm.text', body: 'Kyiv', 'fi.mau.whatsapp.list_reply': { row_id: 'r1' } },
    { content: { type: 'interactive_reply', text: 'Kyiv', interactive_reply: { id: 'r1', title: 'Kyiv' } } },
  ],
  [
    'an answer to something interactive',
    { msgtype: 'm.text', body: 'Kyiv', 'fi.mau.whatsapp.interactive_response_message': {} },
    { content: { type: 'interactive_reply', interactive_reply: { id: '', title: 'Kyiv' } } },
  ],
  [
    'a call',
    { msgtype: 'm.text', body: 'Incoming call', 'com.beeper.action_message': { type: 'call', call_type: 'video' } },
    { content: { type: 'system', text: 'Incoming call', system: { event: 'call', video: true } } },
  ],
  [
    'a changed timer',
    { msgtype: 'm.notice', body: 'Set the timer', 'com.beeper.action_message': { type: 'disappearing_timer', timer: 86_400_000 } },
    { content: { type: 'system', text: 'Set the timer', system: { event: 'disappearing_timer', seconds: 86_400 } } },
  ],
  [
    'what could not be decrypted',
    { msgtype: 'm.notice', body: 'Waiting', 'fi.mau.whatsapp.undecryptable': true },
    { content: { type: 'unsupported', unsupported: { original_type: 'undecryptable', fallback: 'Waiting' } } },
  ],
  [
    'media that is gone',
    { msgtype: 'm.notice', body: 'Old photo', 'fi.mau.whatsapp.failed_media': { type_description: 'photo' } },
    { content: { unsupported: { original_type: 'photo' } } },
  ],
  [
    'what the bridge does not know',
    { msgtype: 'm.notice', body: '?', 'fi.mau.whatsapp.unsupported_message_data': 'AA==' },
    { content: { unsupported: { original_type: 'unknown' } } },
  ],
  [
    'a type that is new',
    { msgtype: 'm.hologram', body: 'a hologram' },
    { content: { type: 'unsupported', unsupported: { original_type: 'm.hologram', fallback: 'a hologram' } } },
  ],
  [
    'an address that leaves its place',
    { msgtype: 'm.image', url: 'mxc://x.org/../../admin', body: 'x' },
    { content: { type: 'unsupported' } },
  ],
  ['a place that is none', { msgtype: 'm.location', geo_uri: 'geo:500,1', body: 'x' }, { content: { type: 'unsupported' } }],
])('%s', (_, content, expected) => {
  expect(only(event(content))).toMatchObject({ type: 'message', ...base, id: '$event', sender: { id: olena, isUs: false }, ...expected })
})

test('a sticker, an encrypted event, one that was taken back before we read it', () => {
  const sticker = only(event({ url: mxc, body: '😀', info: { mimetype: 'image/webp' } }, { type: 'm.sticker' }))
  expect(sticker).toMatchObject({ content: { type: 'sticker', files: [{ type: 'sticker' }] } })
  expect(only(event({ algorithm: 'm.megolm.v1' }, { type: 'm.room.encrypted' }))).toMatchObject({ content: { type: 'unsupported' } })
  expect(only(event({}, { unsigned: { redacted_because: { type: 'm.room.redaction' } } }))).toMatchObject({
    type: 'message',
    content: { type: 'deleted' },
  })
})

test('an edit takes its new content, and says when nobody made it', () => {
  const edit = {
    msgtype: 'm.text',
    body: '* new',
    'm.new_content': { msgtype: 'm.text', body: 'new' },
    'm.relates_to': { rel_type: 'm.replace', event_id: '$old' },
  }
  expect(only(event(edit))).toMatchObject({ type: 'edit', target: '$old', content: { text: 'new' }, silent: false })
  const found = {
    ...edit,
    'com.beeper.dont_render_edited': true,
    'm.new_content': { msgtype: 'm.image', url: mxc, body: '', filename: 'a.jpg' },
  }
  expect(only(event(found))).toMatchObject({ type: 'edit', content: { type: 'image' }, silent: true })
})

test('reactions and deletions name their target', () => {
  const reacted = (key: string) => ({ 'm.relates_to': { rel_type: 'm.annotation', event_id: '$m', key } })
  const reaction = reacted('👍')
  const emojiOf = (key: string) => (only(event(reacted(key), { type: 'm.reaction' })) as { emoji?: string }).emoji
  expect(['👍\ufe0f', '👍🏽', '❤\ufe0f', '☠\ufe0f'].map(emojiOf), 'one spelling').toEqual(['👍', '👍🏽', '❤\ufe0f', '☠\ufe0f'])
  expect(only(event(reaction, { type: 'm.reaction' }))).toMatchObject({
    type: 'reaction',
    target: '$m',
    emoji: '👍',
    sender: { id: olena },
  })
  expect(only(event({ redacts: '$m' }, { type: 'm.room.redaction' }))).toMatchObject({ type: 'delete', target: '$m', by: { id: olena } })
  expect(only(event({ reason: 'Message disappeared' }, { type: 'm.room.redaction', redacts: '$m', sender: bot }))).toMatchObject({
    type: 'delete',
    target: '$m',
    disappeared: true,
  })
})

test.each<[who: string, sender: string, content: object, expected: object]>([
  [
    'a contact',
    olena,
    {},
    { type: 'message', sender: { isUs: false, phone: '+380671234567', hiddenId: '111222333444@lid', displayName: 'Olena' } },
  ],
  ['a ghost by its phone', '@whatsapp_380509876543:x.org', {}, { type: 'message', sender: { isUs: false, phone: '+380509876543' } }],
  ['our own ghost by phone', `@whatsapp_${login}:x.org`, {}, { type: 'message', sender: { isUs: true } }],
  ['our own ghost by hidden id', '@whatsapp_lid-999888777666:x.org', {}, { type: 'message', sender: { isUs: true } }],
  [
    'us, from the phone',
    me,
    { 'fi.mau.double_puppet_source': 'mautrix-whatsapp', 'org.mistok.attempt': 'copied' },
    { type: 'message', sender: { id: me, isUs: true } },
  ],
  ['the bridge', bot, {}, { type: 'ignored', networkType: 'bridge_notice' }],
  ['a stranger', '@eve:x.org', {}, { type: 'ignored', networkType: 'foreign_sender' }],
  ['a ghost of another server', '@whatsapp_380509876543:evil.org', {}, { type: 'ignored', networkType: 'foreign_sender' }],
])('%s speaks', (_, sender, content, expected) => {
  const item = only(event({ msgtype: 'm.text', body: 'x', ...content }, { sender }))
  expect(item).toMatchObject(expected)
  expect(item).not.toHaveProperty('attempt')
})

test('only what we sent ourselves is an echo of an attempt', () => {
  const content = { msgtype: 'm.text', body: 'x', 'org.mistok.attempt': 'att-1' }
  expect(only(event(content, { sender: me }))).toMatchObject({ attempt: 'att-1', sender: { isUs: true } })
  expect(only(event(content, { sender: olena }))).not.toHaveProperty('attempt')
})

test.each<[what: string, at: number, since: number, history: boolean]>([
  ['said long before the linking', birth - 86_400_000, birth, true],
  ['the message that made the room', birth - 5_000, birth, false],
  ['written while the bridge was away', birth - 3_600_000, birth - 86_400_000, false],
  ['said now', birth + 5_000, birth, false],
])('%s', (_, at, since, history) => {
  const known = new Map(facts).set(`login:${login}`, { account: me, since })
  const [item] = read(pushed(event({ msgtype: 'm.text', body: 'x' }, { origin_server_ts: at })), known).items
  expect(item).toMatchObject({ type: 'message', history })
})

test.each<[status: object, expected: object]>([
  [{ status: 'SUCCESS' }, { state: 'sent', upTo: false }],
  [{ status: 'SUCCESS', delivered_to_users: [olena] }, { state: 'delivered' }],
  [
    { status: 'FAIL_PERMANENT', reason: 'com.beeper.unsupported_event', message: 'no' },
    { state: 'failed', error: { code: 'unsupported', detail: 'no', certain: true } },
  ],
  [
    { status: 'FAIL_RETRIABLE', reason: 'm.no_permission' },
    { state: 'failed', error: { code: 'forbidden', certain: true } },
  ],
  [
    { status: 'FAIL_RETRIABLE', reason: 'm.event_too_old' },
    { state: 'sending', error: { code: 'outcome_unknown', certain: false } },
  ],
  [
    { status: 'FAIL_RETRIABLE', reason: 'm.event_not_handled', message: 'not logged in' },
    { state: 'sending', error: { detail: 'not logged in', certain: false } },
  ],
])('the bridge says %j', (status, expected) => {
  const content = { 'm.relates_to': { rel_type: 'm.reference', event_id: '$mine' }, ...status }
  expect(only(event(content, { type: 'com.beeper.message_send_status', sender: bot }))).toMatchObject({
    type: 'receipt',
    target: '$mine',
    ...base,
    ...expected,
  })
  expect(only(event(content, { type: 'com.beeper.message_send_status', sender: olena }))).toEqual({
    type: 'ignored',
    networkType: 'foreign_status',
  })
})

test('receipts of contacts, not our own; typing as it is; both spellings of ephemeral, once', () => {
  const receipt = {
    type: 'm.receipt',
    room_id: roomId,
    content: {
      $a: { 'm.read': { [olena]: { ts: birth }, [me]: { ts: birth }, [bot]: { ts: birth } }, 'm.read.private': { [olena]: { ts: birth } } },
    },
  }
  const typing = { type: 'm.typing', room_id: roomId, content: { user_ids: [olena, me] } }
  const both = { events: [], ephemeral: [receipt, typing], 'de.sorunome.msc2409.ephemeral': [receipt, typing] }
  const { items } = read({ stream: 'push', key: 'k', body: JSON.stringify(both) }, facts)
  expect(items).toMatchObject([
    { type: 'receipt', target: '$a', upTo: true, state: 'read', from: { id: olena }, at: new Date(birth).toISOString() },
    { type: 'typing', senders: [{ id: olena, isUs: false }] },
  ])
  const old = { events: [], 'de.sorunome.msc2409.ephemeral': [typing] }
  expect(read({ stream: 'push', key: 'k', body: JSON.stringify(old) }, facts).items).toHaveLength(1)
})
