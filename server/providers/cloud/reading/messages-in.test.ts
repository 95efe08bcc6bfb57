import { expect, test } from 'vitest'
import type { Json, ParsedItem } from '../../provider.ts'
import { at, attached, delivery, from, metadata, number, olena, ourPhone, reader, value, waba, when, windowUntil } from '../testing.ts'
import { chatKey } from './facts.ts'

const known: Readonly<Record<string, Json>> = {
  ...attached,
  [chatKey(waba, olena.wa_id)]: { now: olena.user_id, numbers: [] },
  [chatKey(waba, olena.user_id)]: { phone: `+${olena.wa_id}`, user_id: olena.user_id, numbers: [number] },
}
const read = (message: object) => reader(known).read(delivery(from(message))).items

const sender = {
  id: olena.user_id,
  isUs: false,
  phone: '+380671234567',
  displayName: 'Olena',
  businessIds: [{ id: olena.user_id, scope: waba }],
}
const base = { channel: number, conversation: olena.user_id, at, id: 'wamid.in', sender }
const message = { ...base, type: 'message', forwarded: false, history: false, windowUntil }

test('a text is the message of its writer, under the id that lasts, and opens the window', () => {
  expect(read({ type: 'text', text: { body: 'Привіт' } })).toEqual([{ ...message, content: { type: 'text', text: 'Привіт' } }])
})

const ref = { id: '1003383421387256', at, sha256: 'pE+x', url: 'https://files.example/1' }
const media = { id: ref.id, sha256: ref.sha256, url: ref.url }

test.each([
  ['image', { ...media, mime_type: 'image/jpeg', caption: 'See' }, { mimeType: 'image/jpeg' }, 'See'],
  ['video', { ...media, mime_type: 'video/mp4' }, { mimeType: 'video/mp4' }, undefined],
  ['audio', { ...media, mime_type: 'audio/ogg; codecs=opus', voice: true }, { mimeType: 'audio/ogg; codecs=opus', voice: true }, undefined],
  [
    'document',
    { ...media, mime_type: 'application/pdf', filename: 'a.pdf' },
    { mimeType: 'application/pdf', fileName: 'a.pdf' },
    undefined,
  ],
  ['sticker', { ...media, mime_type: 'image/webp', animated: true }, { mimeType: 'image/webp' }, undefined],
])('%s is a file to be fetched', (type, told, file, text) => {
  const content = { type, files: [{ type, ...file, ref }], ...(text === undefined ? {} : { text }) }
  expect(read({ type, [type]: told })).toEqual([{ ...message, content }])
})

test.each([
  [
    'location',
    { latitude: 50.45, longitude: '30.52', name: 'Office', url: 'https://x' },
    { type: 'location', location: { latitude: 50.45, longitude: 30.52, name: 'Office' } },
  ],
  [
    'contacts',
    [{ phones: [{ phone: '+38 050', wa_id: '380501112233', type: 'CELL' }], org: { company: 'ACME' } }, { name: { first_name: 'Ann' } }],
    {
      type: 'contacts',
      contacts: [
        { name: 'ACME', phones: ['+380501112233'] },
        { name: 'Ann', phones: [] },
      ],
    },
  ],
  [
    'button',
    { payload: 'YES_1', text: 'Yes' },
    { type: 'interactive_reply', text: 'Yes', interactive_reply: { id: 'YES_1', title: 'Yes' } },
  ],
  [
    'interactive',
    { type: 'button_reply', button_reply: { id: 'b1', title: 'Later' } },
    { type: 'interactive_reply', text: 'Later', interactive_reply: { id: 'b1', title: 'Later' } },
  ],
  [
    'interactive',
    { type: 'list_reply', list_reply: { id: 'r1', title: 'Kyiv', description: 'City' } },
    { type: 'interactive_reply', text: 'Kyiv', interactive_reply: { id: 'r1', title: 'Kyiv' } },
  ],
])('%s', (type, told, content) => {
  expect(read({ type, [type]: told })).toEqual([{ ...message, content }])
})

test.each([
  [
    'interactive',
    { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{"flow_token":"t","city":"Kyiv","n":2}' } },
    { type: 'interactive_reply', text: 'Sent\ncity: Kyiv\nn: 2', interactive_reply: { id: 'flow', title: 'Sent' } },
  ],
  [
    'interactive',
    { type: 'call_permission_reply', call_permission_reply: { response: 'accept', response_source: 'user_action' } },
    { type: 'interactive_reply', text: 'We may call', interactive_reply: { id: 'call_permission_accept', title: 'We may call' } },
  ],
  [
    'order',
    { catalog_id: '1', text: 'Please', product_items: [{ product_retailer_id: 'SKU', quantity: 2, item_price: 10, currency: 'UAH' }] },
    { type: 'text', text: 'Please\n2 × SKU, 10 UAH' },
  ],
  ['hologram', { x: 1 }, { type: 'unsupported', unsupported: { original_type: 'hologram' } }],
  ['image', { caption: 'no id' }, { type: 'unsupported', unsupported: { original_type: 'image' } }],
  ['interactive', undefined, { type: 'unsupported', unsupported: { original_type: 'interactive' } }],
  ['unsupported', { type: 'poll_creation' }, { type: 'unsupported', unsupported: { original_type: 'poll_creation' } }],
])('%s that is not wholly understood keeps what it was read from', (type, told, content) => {
  const [item] = read({ type, ...(told === undefined ? {} : { [type]: told }) })
  expect(item).toMatchObject({ ...message, content, raw: { waba, field: 'messages' } })
  // And is read again to the same.
  const again = reader(known).read({ stream: 'reread', key: 'k', body: JSON.stringify([(item as { raw: Json }).raw]) })
  expect(again.items).toEqual([item])
})

test('what stands beside a message that could not be taken is said with it', () => {
  const errors = [{ code: 131051, title: 'Message type unknown', error_data: { details: 'Message type is currently not supported.' } }]
  const inside = read({ type: 'unsupported', errors, unsupported: { type: 'edit' } })
  const beside = reader(known).read(
    delivery({ value: value({ contacts: [olena], errors, messages: [{ ...olenas, type: 'interactive' }] }) }),
  ).items
  const fallback = 'Message type is currently not supported.'
  expect(inside).toMatchObject([{ content: { unsupported: { original_type: 'edit', fallback } } }])
  expect(beside).toMatchObject([{ content: { unsupported: { original_type: 'interactive', fallback } } }])
})
const olenas = { from: olena.wa_id, from_user_id: olena.user_id, id: 'wamid.in', timestamp: when }

test.each([
  [{ from: '380509999999', id: 'wamid.q' }, { replyTo: 'wamid.q' }],
  [{ forwarded: true }, { forwarded: true }],
  [{ frequently_forwarded: true }, { forwarded: true }],
])('context %j', (context, expected) => {
  expect(read({ type: 'text', text: { body: 'x' }, context })).toMatchObject([{ ...message, ...expected }])
})

test.each([[''], [undefined], [null]])('a reaction with the emoji %j takes back; it opens no window', (emoji) => {
  const given = read({ type: 'reaction', reaction: { message_id: 'wamid.out', emoji: '👍' } })
  expect(given).toEqual([{ ...base, type: 'reaction', target: 'wamid.out', emoji: '👍' }])
  expect(read({ type: 'reaction', reaction: { message_id: 'wamid.out', emoji } })).toMatchObject([{ type: 'reaction', emoji: '' }])
})

test('an edit and a revocation are of what they name', () => {
  expect(read({ type: 'edit', edit: { original_message_id: 'wamid.1', message: { type: 'text', text: { body: 'new' } } } })).toEqual([
    { ...base, type: 'edit', target: 'wamid.1', content: { type: 'text', text: 'new' }, silent: false },
  ])
  const { sender: by, ...rest } = base
  expect(read({ type: 'revoke', revoke: { original_message_id: 'wamid.1' } })).toEqual([{ ...rest, by, type: 'delete', target: 'wamid.1' }])
})

test('what is written with the phone is ours, opens nothing, and begins a chat with a closed window', () => {
  const echo = {
    from: ourPhone,
    to: '380509876543',
    to_user_id: 'UA.77',
    id: 'wamid.echo',
    timestamp: when,
    type: 'text',
    text: { body: 'Hi' },
  }
  const { items } = reader(known).read(delivery({ field: 'smb_message_echoes', value: value({ message_echoes: [echo] }) }))
  expect(items).toMatchObject([
    { type: 'conversation', conversation: 'UA.77', replaces: '380509876543', contact: { phone: '+380509876543' }, windowUntil: at },
    { type: 'message', conversation: 'UA.77', sender: { id: number, isUs: true, phone: `+${ourPhone}` }, history: false },
  ])
  expect(items[1]).not.toHaveProperty('windowUntil')
})

test('history is told silently, each side as its own; its media come afterwards and take their places', () => {
  const told = (id: string, more: object) => ({
    id,
    timestamp: when,
    type: 'text',
    text: { body: id },
    history_context: { status: 'READ' },
    ...more,
  })
  const thread = {
    id: olena.wa_id,
    context: { wa_id: olena.wa_id, user_id: olena.user_id, username: '@olena' },
    messages: [
      told('wamid.1', { from: olena.wa_id }),
      told('wamid.2', { from: ourPhone, to: olena.wa_id }),
      told('wamid.3', { from: olena.wa_id, type: 'media_placeholder', text: undefined }),
    ],
  }
  const history = [{ metadata: { phase: 0, chunk_order: 1, progress: 50 }, threads: [thread] }]
  const inbox = reader()
  const { items } = inbox.read(delivery({ field: 'history', value: value({ history }) }))
  expect(items).toMatchObject([
    { type: 'conversation', conversation: olena.user_id, contact: { username: 'olena' }, windowUntil: at },
    { id: 'wamid.1', history: true, sender: { isUs: false, id: olena.user_id } },
    { id: 'wamid.2', history: true, sender: { isUs: true } },
    { id: 'wamid.3', history: true, content: { type: 'unsupported', unsupported: { original_type: 'media_placeholder' } } },
  ])
  expect(items.filter((item) => 'windowUntil' in item && item.type === 'message')).toEqual([])
  const late = { ...olenas, id: 'wamid.3', type: 'image', image: { id: 'm1', mime_type: 'image/png' } }
  expect(inbox.read(delivery({ field: 'history', value: value({ messages: [late] }) })).items).toMatchObject([
    { id: 'wamid.3', history: true, again: true, content: { type: 'image' } },
  ])
})

test('a history that was declined is seen, with and without its envelope', () => {
  const history = [{ errors: [{ code: 2593109, title: 'declined' }] }]
  const declined: ParsedItem[] = [{ type: 'ignored', networkType: 'history.2593109' }]
  expect(reader().read(delivery({ field: 'history', value: value({ history }) })).items).toEqual(declined)
  expect(reader().read({ stream: 'webhook', key: 'k', body: JSON.stringify({ messaging_product: 'whatsapp', history }) }).items).toEqual(
    declined,
  )
})

test('a group is a chat of its own', () => {
  const inbox = reader(known)
  const first = inbox.read(delivery(from({ type: 'text', text: { body: 'x' }, group_id: 'Y2FwaV9ncm91cDox' }))).items
  expect(first).toMatchObject([
    { type: 'conversation', kind: 'group', conversation: 'Y2FwaV9ncm91cDox' },
    { type: 'message', conversation: 'Y2FwaV9ncm91cDox', sender: { id: olena.user_id } },
  ])
  expect(inbox.read(delivery(from({ type: 'text', text: { body: 'y' }, group_id: 'Y2FwaV9ncm91cDox' }))).items).toHaveLength(1)
})

test('what was said to a number that is no channel yet waits for it, with those it belongs to', () => {
  const inbox = reader({})
  const [waiting] = inbox.read(delivery(from({ type: 'text', text: { body: 'x' } }))).items
  expect(waiting).toMatchObject({ type: 'deferred', waitsFor: `number:${number}` })
  inbox.facts.set(`number:${number}`, { account: waba })
  const { items } = inbox.read({ stream: 'deferred', key: 'k', body: JSON.stringify([(waiting as { raw: Json }).raw]) })
  expect(items).toMatchObject([
    { type: 'conversation', windowUntil },
    { ...message, content: { text: 'x' } },
  ])
})

test('a call is seen and opens the window', () => {
  const call = {
    id: 'wacid.1',
    from: olena.wa_id,
    from_user_id: olena.user_id,
    timestamp: when,
    event: 'connect',
    direction: 'USER_INITIATED',
  }
  const read2 = (calls: object[]) => reader(known).read(delivery({ field: 'calls', value: { metadata, contacts: [olena], calls } })).items
  expect(read2([call])).toEqual([
    { ...message, id: 'wacid.1', content: { type: 'system', text: 'Called', system: { event: 'call', video: false } } },
  ])
  expect(read2([{ ...call, event: 'terminate' }])).toEqual([{ type: 'ignored', networkType: 'call' }])
})

test.each([undefined, '', '0', 'soon', null, 1e300])(
  'what carries no time (%j) was said when it came, also when it is put aside until its number is known',
  (timestamp) => {
    const receivedAt = '2026-11-23T09:00:00.000Z'
    const batch = { ...delivery(from({ type: 'text', text: { body: 'x' }, timestamp })), receivedAt }
    const [told] = reader(known).read(batch).items
    expect(told).toMatchObject({ type: 'message', id: 'wamid.in', at: receivedAt, windowUntil: '2026-11-24T09:00:00.000Z' })
    const [put] = reader({}).read(batch).items
    const aside = put?.type === 'deferred' ? [put.raw] : []
    const later = { stream: 'deferred', key: 'k', body: JSON.stringify(aside), receivedAt: '2026-11-25T09:00:00.000Z' }
    expect(reader(known).read(later).items).toMatchObject([{ type: 'message', at: receivedAt }])
  },
)
