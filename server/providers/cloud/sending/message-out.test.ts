import { expect, test } from 'vitest'
import type { ExternalId } from '../../../../contract/ids.ts'
import type { Json, OutboundFile, OutboundMessage } from '../../provider.ts'
import { limitsOf } from '../limits.ts'
import { addressOf } from './address.ts'
import { refusalOf, toDeedRequest, toRequest } from './message-out.ts'

const conversation = 'UA.13491208655302741918' as ExternalId
const known = { phone: '+380671234567', user_id: conversation, numbers: [] }
const attempt = '0197f0c0-0000-7000-8000-000000000001'
const base: OutboundMessage = { attempt, conversation, type: 'text', text: '', content: {}, known }
const envelope = { messaging_product: 'whatsapp', recipient_type: 'individual', to: '+380671234567', biz_opaque_callback_data: attempt }
const file = (more: Partial<OutboundFile>): OutboundFile => ({
  type: 'image',
  mimeType: 'image/png',
  fileName: 'a.png',
  sizeBytes: 1,
  voice: false,
  open: () => {
    throw new Error('nobody reads it here')
  },
  ...more,
})

test.each<[string, string, Json | undefined, object]>([
  ['the phone, wherever one is known', conversation, known, { recipient_type: 'individual', to: '+380671234567' }],
  ['the user id alone', conversation, { user_id: conversation, numbers: [] }, { recipient_type: 'individual', recipient: conversation }],
  ['a user id of which nothing is known', conversation, null, { recipient_type: 'individual', recipient: conversation }],
  ['an id of another form', 'user.9f2', null, { recipient_type: 'individual', recipient: 'user.9f2' }],
  ['the digits of a chat that we begin', '5511999998888', null, { recipient_type: 'individual', to: '+5511999998888' }],
  ['a group', 'Y2FwaV9ncm91', { group: true, numbers: [] }, { recipient_type: 'group', to: 'Y2FwaV9ncm91' }],
  ['a group whose id is digits', '12036312345', { group: true, numbers: [] }, { recipient_type: 'group', to: '12036312345' }],
])('%s is where it goes', (_name, id, fact, address) => {
  expect(addressOf(id as ExternalId, fact)).toEqual(address)
})

test.each<[string, Partial<OutboundMessage>, object]>([
  ['text', { text: 'See https://x.org' }, { type: 'text', text: { body: 'See https://x.org', preview_url: true } }],
  [
    'a reply',
    { text: 'x', replyTo: { id: 'wamid.q' as ExternalId } },
    { type: 'text', context: { message_id: 'wamid.q' }, text: { body: 'x', preview_url: false } },
  ],
  ['image', { type: 'image', text: 'x', file: file({}) }, { type: 'image', image: { id: 'm', caption: 'x' } }],
  ['video', { type: 'video', file: file({ type: 'video', gif: true }) }, { type: 'video', video: { id: 'm' } }],
  ['audio', { type: 'audio', text: 'x', file: file({ type: 'audio' }) }, { type: 'audio', audio: { id: 'm' } }],
  ['voice', { type: 'audio', file: file({ type: 'audio', voice: true }) }, { type: 'audio', audio: { id: 'm', voice: true } }],
  [
    'document',
    { type: 'document', text: 'x', file: file({ type: 'document', fileName: 'a.pdf' }) },
    { type: 'document', document: { id: 'm', filename: 'a.pdf', caption: 'x' } },
  ],
  ['sticker', { type: 'sticker', file: file({ type: 'sticker' }) }, { type: 'sticker', sticker: { id: 'm' } }],
  [
    'location',
    { type: 'location', content: { location: { latitude: 1, longitude: 2, name: 'n', live: false } } },
    { type: 'location', location: { latitude: 1, longitude: 2, name: 'n' } },
  ],
  [
    'contacts',
    { type: 'contacts', content: { contacts: [{ name: 'Ann', phones: ['+380501112233', '050'] }] } },
    {
      type: 'contacts',
      contacts: [
        {
          name: { formatted_name: 'Ann', first_name: 'Ann' },
          phones: [
            { phone: '+380501112233', type: 'CELL', wa_id: '380501112233' },
            { phone: '050', type: 'CELL' },
          ],
        },
      ],
    },
  ],
  [
    'buttons',
    { type: 'interactive', text: 'b', content: { interactive: { header: 'h', footer: 'f', buttons: [{ id: '1', title: 'Yes' }] } } },
    {
      type: 'interactive',
      interactive: {
        type: 'button',
        header: { type: 'text', text: 'h' },
        body: { text: 'b' },
        footer: { text: 'f' },
        action: { buttons: [{ type: 'reply', reply: { id: '1', title: 'Yes' } }] },
      },
    },
  ],
  [
    'list',
    {
      type: 'interactive',
      text: 'b',
      content: { interactive: { list: { button: 'Choose', sections: [{ rows: [{ id: '1', title: 'Kyiv', description: 'd' }] }] } } },
    },
    {
      type: 'interactive',
      interactive: {
        type: 'list',
        body: { text: 'b' },
        action: { button: 'Choose', sections: [{ rows: [{ id: '1', title: 'Kyiv', description: 'd' }] }] },
      },
    },
  ],
  [
    'link',
    { type: 'interactive', text: 'b', content: { interactive: { link: { title: 'Open', url: 'https://x' } } } },
    {
      type: 'interactive',
      interactive: {
        type: 'cta_url',
        body: { text: 'b' },
        action: { name: 'cta_url', parameters: { display_text: 'Open', url: 'https://x' } },
      },
    },
  ],
  [
    'the wish for a place',
    { type: 'interactive', text: 'b', content: { interactive: { header: 'h', ask_location: true } } },
    { type: 'interactive', interactive: { type: 'location_request_message', body: { text: 'b' }, action: { name: 'send_location' } } },
  ],
])('%s', (_name, message, said) => {
  expect(toRequest({ ...base, ...message }, 'm')).toEqual({ ...envelope, ...said })
  expect(refusalOf({ ...base, ...message })).toBeUndefined()
})

const part = (of: string, more: object = {}) => ({ part: of, format: 'text', text: '', variables: [], ...more })
test.each<[string, Partial<OutboundMessage>, object | undefined]>([
  ['without variables', { content: { template: { name: 'hi', language: 'uk' } } }, undefined],
  [
    'with numbers',
    {
      content: {
        template: {
          name: 'hi',
          language: 'uk',
          header: ['H'],
          body: ['1st', '2nd'],
          components: [part('header', { variables: ['1'] }), part('body', { variables: ['1', '2'] })],
        },
      },
    },
    [
      { type: 'header', parameters: [{ type: 'text', text: 'H' }] },
      {
        type: 'body',
        parameters: [
          { type: 'text', text: '1st' },
          { type: 'text', text: '2nd' },
        ],
      },
    ],
  ],
  [
    'with names, given by name or in order',
    {
      content: {
        template: {
          name: 'hi',
          language: 'uk',
          header: ['H'],
          body: { b: '2', a: '1' },
          components: [part('header', { variables: ['who'] }), part('body', { variables: ['a', 'b'] })],
        },
      },
    },
    [
      { type: 'header', parameters: [{ type: 'text', parameter_name: 'who', text: 'H' }] },
      {
        type: 'body',
        parameters: [
          { type: 'text', parameter_name: 'a', text: '1' },
          { type: 'text', parameter_name: 'b', text: '2' },
        ],
      },
    ],
  ],
  [
    'with a file and buttons',
    {
      file: file({ type: 'document', fileName: 'a.pdf' }),
      content: {
        template: {
          name: 'hi',
          language: 'uk',
          buttons: ['YES', null, '42', 'CODE', null, null],
          components: [
            part('header', { format: 'document' }),
            part('button', { format: 'quick_reply' }),
            part('button', { format: 'quick_reply' }),
            part('button', { format: 'url', variables: ['1'] }),
            part('button', { format: 'copy_code', variables: ['code'] }),
            part('button', { format: 'phone_number' }),
            part('button', { format: 'flow' }),
          ],
        },
      },
    },
    [
      { type: 'header', parameters: [{ type: 'document', document: { id: 'm', filename: 'a.pdf' } }] },
      { type: 'button', sub_type: 'quick_reply', index: '0', parameters: [{ type: 'payload', payload: 'YES' }] },
      { type: 'button', sub_type: 'url', index: '2', parameters: [{ type: 'text', text: '42' }] },
      { type: 'button', sub_type: 'copy_code', index: '3', parameters: [{ type: 'coupon_code', coupon_code: 'CODE' }] },
      { type: 'button', sub_type: 'flow', index: '5', parameters: [{ type: 'action', action: { flow_token: attempt } }] },
    ],
  ],
  [
    'with a place',
    {
      content: {
        template: { name: 'hi', language: 'uk', components: [part('header', { format: 'location' })] },
        location: { latitude: 1, longitude: 2 },
      },
    },
    [{ type: 'header', parameters: [{ type: 'location', location: { latitude: 1, longitude: 2 } }] }],
  ],
])('a template %s', (_name, message, components) => {
  const template = { name: 'hi', language: { code: 'uk' }, ...(components === undefined ? {} : { components }) }
  expect(toRequest({ ...base, type: 'template', ...message }, 'm')).toEqual({ ...envelope, type: 'template', template })
})

test('a reaction is given, and taken back by an empty one; nothing else can be done to what was sent', () => {
  const deed = { attempt, conversation, target: 'wamid.x' as ExternalId, known }
  const of = (emoji: string) => ({ ...envelope, type: 'reaction', reaction: { message_id: 'wamid.x', emoji } })
  expect(toDeedRequest({ ...deed, type: 'react', emoji: '👍' })).toEqual(of('👍'))
  expect(toDeedRequest({ ...deed, type: 'unreact', reaction: 'wamid.r' as ExternalId })).toEqual(of(''))
  expect(refusalOf({ ...deed, type: 'edit', text: 'x' })).toMatch(/cannot change/)
  expect(refusalOf({ ...deed, type: 'delete' })).toMatch(/take a message back/)
})

test('what cannot go says so before anything is sent', () => {
  expect(refusalOf({ ...base, type: 'poll', content: { poll: {} } })).toMatch(/"poll"/)
  const buttons = { interactive: { buttons: [{ id: '1', title: 'x' }] } }
  expect(refusalOf({ ...base, type: 'interactive', text: 'x'.repeat(1_025), content: buttons })).toMatch(/1024/)
  expect(refusalOf({ ...base, type: 'interactive', text: 'x'.repeat(1_024), content: buttons })).toBeUndefined()
})

test('a group takes less than a person', () => {
  expect(limitsOf(null)).toMatchObject({
    windowed: true,
    read_receipts: true,
    edit: false,
    other: ['location', 'contacts', 'template', 'interactive'],
  })
  expect(limitsOf({ group: true, numbers: [] })).toMatchObject({ read_receipts: false, typing: false, other: ['template'] })
})
