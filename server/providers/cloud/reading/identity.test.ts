import { expect, test } from 'vitest'
import type { Json, ParsedItem, RawBatch } from '../../provider.ts'
import { at, attached, delivery, number, olena, reader, value, waba, when } from '../testing.ts'

const second = '106540352242999'
const both: Readonly<Record<string, Json>> = { ...attached, [`number:${second}`]: { account: waba } }
const attempt = '0197f0c0-0000-7000-8000-000000000001'
const [digits, userId] = [olena.wa_id, olena.user_id]

type Named = { from?: string | null; from_user_id?: string; contact?: object; at?: string; id?: string; via?: string }
/** A text from somebody who is named like this. */
function text({ contact = {}, via = number, at: timestamp = when, id = 'wamid.in', ...named }: Named): RawBatch {
  const metadata = { display_phone_number: '15550783881', phone_number_id: via }
  const messages = [{ id, timestamp, type: 'text', text: { body: 'x' }, ...named }]
  return delivery({ value: { metadata, contacts: [{ profile: { name: 'Olena' }, ...contact }], messages } })
}
const known = { from: digits, from_user_id: userId, contact: { wa_id: digits, user_id: userId } }
const status = (more: object, contacts: object[] = []) =>
  delivery({ value: value({ contacts, statuses: [{ id: 'wamid.out', status: 'sent', timestamp: when, ...more }] }) })
const conversations = (items: readonly ParsedItem[]) => items.filter((item) => item.type === 'conversation')

test('who is known by the phone goes on under the id, on every number, when both are told; nothing is told twice', () => {
  const inbox = reader(both)
  const old = { from: digits, contact: { wa_id: digits } }
  expect(inbox.read(text(old)).items).toMatchObject([{ type: 'conversation', conversation: digits }, { conversation: digits }])
  inbox.read(text({ ...old, via: second }))
  const { items } = inbox.read(text(known))
  expect(items).toMatchObject([
    { type: 'conversation', channel: number, conversation: userId, replaces: digits, contact: { phone: `+${digits}` } },
    { type: 'conversation', channel: second, conversation: userId, replaces: digits },
    { type: 'message', conversation: userId },
  ])
  // From now on either name leads there.
  for (const named of [old, { from_user_id: userId }, { ...known, via: second }])
    expect(inbox.read(text(named)).items).toMatchObject([
      { type: 'message', conversation: userId, sender: { id: userId, phone: `+${digits}` } },
    ])
})

test.each([
  ['absent', {}],
  ['empty', { from: '' }],
  ['null', { from: null }],
])('a phone that is %s makes nobody else', (_name, from) => {
  const inbox = reader()
  inbox.read(text(known))
  const { items } = inbox.read(
    text({ ...from, from_user_id: userId, contact: { user_id: userId, ...('from' in from ? { wa_id: '' } : {}) } }),
  )
  expect(items).toMatchObject([{ type: 'message', conversation: userId, sender: { phone: `+${digits}`, displayName: 'Olena' } }])
})

test('who has only a user id is written to by it, and a name to be called by is found', () => {
  const contact = { user_id: userId, parent_user_id: 'UA.ENT.9', profile: { username: '@olena' } }
  expect(reader().read(text({ from_user_id: userId, contact })).items).toMatchObject([
    {
      type: 'conversation',
      conversation: userId,
      name: '@olena',
      contact: {
        username: 'olena',
        businessIds: [
          { id: userId, scope: waba },
          { id: 'UA.ENT.9', scope: waba },
        ],
      },
    },
    { type: 'message' },
  ])
})

test('each of several is told with their own people', () => {
  const messages = [1, 2, 3].map((n) => ({
    from: `38067000000${n}`,
    id: `wamid.${n}`,
    timestamp: when,
    type: 'text',
    text: { body: `${n}` },
  }))
  const contacts = [3, 1, 2].map((n) => ({ wa_id: `38067000000${n}`, profile: { name: `Name ${n}` } }))
  const { items } = reader().read(delivery({ value: value({ contacts, messages }) }))
  expect(items.flatMap((item) => (item.type === 'message' ? [[item.id, item.sender.displayName]] : []))).toEqual([
    ['wamid.1', 'Name 1'],
    ['wamid.2', 'Name 2'],
    ['wamid.3', 'Name 3'],
  ])
})

test('a status tells the id of whom we wrote to first by the phone, once', () => {
  const inbox = reader()
  const told = { recipient_id: digits, recipient_user_id: userId, biz_opaque_callback_data: attempt }
  expect(inbox.read(status(told)).items).toMatchObject([
    { type: 'conversation', conversation: userId, replaces: digits },
    { type: 'receipt', conversation: userId, attempt },
  ])
  expect(inbox.read(status({ ...told, status: 'read' })).items).toMatchObject([{ type: 'receipt', state: 'read' }])
  // And begins no chat for what somebody else has sent from our number.
  const { biz_opaque_callback_data: _ours, ...others } = told
  expect(conversations(reader().read(status(others)).items)).toEqual([])
})

test('who was dialled by the other of two numbers is found by it, unless WhatsApp has named somebody by that', () => {
  const told = { recipient_id: '551188887777', recipient_user_id: 'BR.1', biz_opaque_callback_data: attempt }
  const replaced = (inbox: ReturnType<typeof reader>) => conversations(inbox.read(status(told)).items).map(({ replaces }) => replaces)
  expect(replaced(reader())).toEqual(['551188887777', '5511988887777'])
  const inbox = reader()
  inbox.read(text({ from: '5511988887777', from_user_id: 'BR.2' }))
  expect(replaced(inbox)).toEqual(['551188887777'])
})

const next = 'UA.99999999999'
const system = (more: object, named: object = { from: digits }) =>
  delivery({
    value: value({ messages: [{ id: 'wamid.sys', timestamp: when, type: 'system', ...named, system: { body: 'It was told', ...more } }] }),
  })
const update = delivery({
  field: 'user_id_update',
  value: { user_id_update: [{ wa_id: '380509999999', detail: 'x', user_id: { previous: userId, current: next }, timestamp: when }] },
})

test.each([
  ['by a word in the chat', system({ type: 'user_changed_number', wa_id: '380509999999', user_id: next, previous_user_id: userId })],
  [
    'without the phone it was',
    system({ type: 'user_changed_user_id', wa_id: '380509999999', user_id: next, previous_user_id: userId }, {}),
  ],
  ['by a word on the account', update],
])('who changes the number stays who they are: told %s', (_name, batch) => {
  const inbox = reader(both)
  inbox.read(text(known))
  const { items } = inbox.read(batch)
  const [told] = conversations(items)
  expect(told).toMatchObject({ channel: number, conversation: next, replaces: userId, contact: { phone: '+380509999999' } })
  // By the old id the inbox knows whose the new one is.
  expect(told?.contact?.businessIds?.map(({ id }) => id).toSorted()).toEqual([userId, next].toSorted())
  const spoken = items.filter((item) => item.type === 'message')
  expect(spoken.every(({ conversation, sender }) => conversation === next && sender.phone === '+380509999999')).toBe(true)
  // What comes late under the old name belongs there too, and the old phone is somebody else's from now on.
  expect(inbox.read(text({ from_user_id: userId })).items).toMatchObject([{ conversation: next, sender: { phone: '+380509999999' } }])
  expect(inbox.read(text({ from: digits, from_user_id: 'UA.5', contact: { wa_id: digits } })).items).toMatchObject([
    { type: 'conversation', conversation: 'UA.5' },
    { conversation: 'UA.5', sender: { phone: `+${digits}` } },
  ])
  // Told once more, it changes nothing.
  expect(conversations(inbox.read(batch).items)).toEqual([])
})

test('who changes the number and writes before it is told is the same all the same', () => {
  const inbox = reader(both)
  inbox.read(text(known))
  inbox.read(text({ from: '380509999999', from_user_id: next, contact: { wa_id: '380509999999', user_id: next } }))
  expect(conversations(inbox.read(update).items)).toMatchObject([{ conversation: next, replaces: userId }])
})

test('a phone that has got another owner leads nowhere else', () => {
  const inbox = reader()
  inbox.read(text(known))
  inbox.read(text({ from: digits, from_user_id: 'UA.5', contact: { wa_id: digits, user_id: 'UA.5' } }))
  // Whoever had it must not be written to by it.
  expect(inbox.facts.get(`chat:${waba}:${userId}`)).toEqual({ user_id: userId, numbers: [number] })
  expect(inbox.read(text({ from_user_id: userId })).items).toMatchObject([{ conversation: userId }])
})

test('another device is told in the chat', () => {
  const inbox = reader()
  inbox.read(text(known))
  const told = system({ body: undefined, type: 'customer_identity_changed', identity: { hash: 'x' } })
  expect(inbox.read(told).items).toMatchObject([
    { type: 'message', conversation: userId, content: { type: 'system', text: expect.stringContaining('device') } },
  ])
})

test('the phone’s address book tells names, and takes nobody away', () => {
  const sync = (action: string) => ({
    type: 'contact',
    contact: { full_name: 'Olena K', phone_number: digits, user_id: userId },
    action,
    metadata: { timestamp: when },
  })
  const told = (action: string) =>
    reader().read(delivery({ field: 'smb_app_state_sync', value: value({ state_sync: [sync(action)] }) })).items
  expect(told('add')).toMatchObject([{ type: 'contact', channel: number, contact: { displayName: 'Olena K', phone: `+${digits}` } }])
  expect(told('remove')).toEqual([{ type: 'ignored', networkType: 'state_sync.remove' }])
})

test.each([
  ['by the phone', { phone_number: digits }],
  ['by the id', { user_id: userId }],
  ['by both', { phone_number: `+${digits}`, user_id: userId }],
])('who stands in the phone’s address book %s is called so, whatever they call themselves, until they are taken out', (_by, named) => {
  const inbox = reader(both)
  const sync = (action: string, full_name: string) =>
    inbox.read(
      delivery({
        field: 'smb_app_state_sync',
        value: value({ state_sync: [{ type: 'contact', contact: { ...named, full_name }, action }] }),
      }),
    )
  const nameIn = (batch: RawBatch) =>
    inbox.read(batch).items.flatMap((item) => (item.type === 'message' ? [item.sender.displayName] : []))[0]
  sync('add', 'Olena from the market')
  expect(nameIn(text(known))).toBe('Olena from the market')
  sync('add', 'Olena K')
  expect(nameIn(text({ from_user_id: userId, via: second }))).toBe('Olena K')
  sync('remove', 'Olena K')
  expect(nameIn(text(known))).toBe('Olena')
  sync('add', 'Olena K')
  inbox.read(system({ type: 'user_changed_user_id', user_id: 'UA.2', previous_user_id: userId }))
  expect(nameIn(text({ from_user_id: 'UA.2', contact: { user_id: 'UA.2' } }))).toBe('Olena K')
})

test('the moment is Meta’s', () => {
  const [, message] = reader().read(text({ ...known, at: when })).items
  expect(message).toMatchObject({ at })
})
