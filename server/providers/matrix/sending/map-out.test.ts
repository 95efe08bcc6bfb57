import { expect, test } from 'vitest'
import type { OutboundFile, OutboundMessage } from '../../provider.ts'
import { toEvent } from './map-out.ts'

const file = (more: Partial<OutboundFile>): OutboundFile => ({
  type: 'image',
  mimeType: 'image/jpeg',
  fileName: 'a.jpg',
  sizeBytes: 3,
  voice: false,
  open: async function* () {},
  ...more,
})
const message = (more: Partial<OutboundMessage>): OutboundMessage => ({
  attempt: 'att',
  conversation: '!r:x' as never,
  type: 'text',
  text: '',
  content: {},
  ...more,
})
const mxc = 'mxc://x.org/a'
const send = (more: Partial<OutboundMessage>) => toEvent(message(more), '!wa', mxc)

test.each<[what: string, given: Partial<OutboundMessage>, type: string, content: object]>([
  ['a text, as typed', { text: '*hi* <b>' }, 'm.room.message', { msgtype: 'm.text', body: '*hi* <b>', 'org.mistok.attempt': 'att' }],
  [
    'a reply',
    { text: 'yes', replyTo: { id: '$q' as never } },
    'm.room.message',
    { msgtype: 'm.text', body: 'yes', 'm.relates_to': { 'm.in_reply_to': { event_id: '$q' } }, 'org.mistok.attempt': 'att' },
  ],
  [
    'what looks like a command',
    { text: '!waiting <3\nok' },
    'm.room.message',
    {
      msgtype: 'm.text',
      body: '\u200b!waiting <3\nok',
      format: 'org.matrix.custom.html',
      formatted_body: '!waiting &lt;3<br>ok',
      'org.mistok.attempt': 'att',
    },
  ],
  [
    'an image',
    { type: 'image', file: file({ width: 4, height: 3 }) },
    'm.room.message',
    {
      msgtype: 'm.image',
      filename: 'a.jpg',
      body: 'a.jpg',
      url: mxc,
      info: { mimetype: 'image/jpeg', size: 3, w: 4, h: 3 },
      'org.mistok.attempt': 'att',
    },
  ],
  [
    'an image with a caption',
    { type: 'image', text: 'look', file: file({}) },
    'm.room.message',
    {
      msgtype: 'm.image',
      filename: 'a.jpg',
      body: 'look',
      url: mxc,
      info: { mimetype: 'image/jpeg', size: 3 },
      'org.mistok.attempt': 'att',
    },
  ],
  [
    'a document that is named like a command',
    { type: 'document', file: file({ type: 'document', fileName: '!wave.pdf', mimeType: 'application/pdf' }) },
    'm.room.message',
    {
      msgtype: 'm.file',
      filename: '_!wave.pdf',
      body: '_!wave.pdf',
      url: mxc,
      info: { mimetype: 'application/pdf', size: 3 },
      'org.mistok.attempt': 'att',
    },
  ],
  [
    'a voice note',
    { type: 'audio', file: file({ type: 'audio', mimeType: 'audio/ogg', fileName: 'v.ogg', voice: true, durationMs: 900 }) },
    'm.room.message',
    {
      msgtype: 'm.audio',
      filename: 'v.ogg',
      body: 'v.ogg',
      url: mxc,
      info: { mimetype: 'audio/ogg; codecs=opus', size: 3, duration: 900 },
      'org.matrix.msc3245.voice': {},
      'org.matrix.msc1767.audio': { duration: 900 },
      'org.mistok.attempt': 'att',
    },
  ],
  [
    'a sticker',
    { type: 'sticker', file: file({ type: 'sticker', mimeType: 'image/webp', fileName: 's.webp' }) },
    'm.sticker',
    { body: 's.webp', url: mxc, info: { mimetype: 'image/webp', size: 3 }, 'org.mistok.attempt': 'att' },
  ],
  [
    'a place',
    { type: 'location', content: { location: { latitude: 50.45, longitude: 30.5234567, name: 'Office', address: 'Kyiv' } } },
    'm.room.message',
    { msgtype: 'm.location', body: 'Office\nKyiv', geo_uri: 'geo:50.45,30.523457', 'org.mistok.attempt': 'att' },
  ],
])('%s', (_, given, type, content) => {
  expect(send(given)).toEqual({ type, content })
})

test('a poll has its options, and an order of them', () => {
  const poll = send({ type: 'poll', content: { poll: { question: 'When?', options: ['now', 'later'], max_choices: 5 } } })
  expect(poll).toMatchObject({
    type: 'org.matrix.msc3381.poll.start',
    content: {
      'org.matrix.msc3381.poll.start': {
        max_selections: 2,
        question: { 'org.matrix.msc1767.text': 'When?' },
        answers: [{ 'org.matrix.msc1767.text': 'now' }, { 'org.matrix.msc1767.text': 'later' }],
      },
    },
  })
})

test.each([['contacts'], ['template'], ['interactive'], ['system'], ['deleted'], ['unsupported'], ['image'], ['location']] as const)(
  '%s without what it needs is not sent',
  (type) => {
    expect(toEvent(message({ type }), '!wa')).toBeUndefined()
  },
)

test('nothing that we send says that the bridge sent it', () => {
  const event = send({
    type: 'location',
    content: { location: { latitude: 1, longitude: 1, 'fi.mau.double_puppet_source': 'x' }, 'fi.mau.double_puppet_source': 'x' },
  })
  expect(JSON.stringify(event)).not.toContain('double_puppet')
})
