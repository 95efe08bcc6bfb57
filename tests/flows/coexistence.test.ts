import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Channel } from '../../contract/channel.ts'
import type { Conversation } from '../../contract/conversation.ts'
import type { Message } from '../../contract/message.ts'
import { waitFor } from '../e2e/wait.ts'
import { type Person, signIn } from '../support/api-client.ts'
import { conversationsOf, inboxOf, messagesOf } from '../support/inbox.ts'
import { connectMeta } from '../support/meta.ts'
import { openWorld, type World } from '../support/world.ts'

const customer = '+380671112233'
const other = '+380671112244'
let world: World
let admin: Person
let channel: Channel

beforeEach(async () => {
  world = await openWorld({ registered: false, intake: 'sync', timeScale: 0.02 })
  const { product, meta } = world
  const first = { email: 'admin@x.org', name: 'Admin', password: 'correct horse battery' }
  admin = await signIn(product.url, { ...first, setup_token: await product.setupToken() })
  channel = await connectMeta(admin, meta)
})
afterEach(() => world[Symbol.asyncDispose]())

const ours = () => channel.phone
const write = (body: object, phone = customer) => world.phones.write(phone, { to: ours(), ...body })
/** On the phone with the number's own app. */
const writeInApp = (body: object, to = customer) => world.phones.write(ours(), { to, ...body })
const until = (what: string, isSo: () => boolean | Promise<boolean>) => waitFor(async () => isSo(), { what })
const summary = (message: Message) => [message.direction, message.origin, 'text' in message ? message.text : message.type]
const inbox = async () => (await inboxOf(admin, channel.id)).map(summary)

async function chatWith(phone: string): Promise<Conversation> {
  const find = async () => (await conversationsOf(admin, channel.id)).find(({ contact }) => contact?.phone === phone)
  return waitFor(find, { what: `the chat with ${phone}` })
}

/** Everything that Meta had to say is read. */
async function rest(): Promise<void> {
  await until('the deliveries', () => world.meta.waiting() === 0)
  await until('the reading', async () => (await admin.call('getOperations')).inbound_waiting === 0)
}

test('what is typed in the app is there once and as ours; what we send ourselves is not told again', async () => {
  world.meta.setApp(ours(), true)
  await write({ text: 'hello' })
  const chat = await chatWith(customer)
  await world.phones.fault({ target: 'graph', leg: 'webhook', kind: 'duplicate' })
  await writeInApp({ text: 'typed in the app' })
  await writeInApp({ type: 'image' })
  await until('both', async () => (await inbox()).length === 3)
  await admin.call('sendMessage', { params: { conversation_id: chat.id }, body: { text: 'sent by us' } })
  await until('the answer', async () => (await world.phones.received(customer)).length === 3)
  await rest()
  expect(await inbox()).toEqual([
    ['inbound', 'contact', 'hello'],
    ['outbound', 'phone', 'typed in the app'],
    ['outbound', 'phone', 'image'],
    ['outbound', 'inbox', 'sent by us'],
  ])
  expect((await chatWith(customer)).unread_count).toBe(0)
  await until('the file', async () => {
    const [picture] = (await messagesOf(admin, chat)).filter(({ type }) => type === 'image')
    return picture?.type === 'image' && picture.attachments[0]?.status === 'ready'
  })
})

test('what is edited or taken back on either side is so here', async () => {
  world.meta.setApp(ours(), true)
  const theirs = [await write({ text: 'their first' }), await write({ text: 'their second' })]
  const chat = await chatWith(customer)
  const mine = [await writeInApp({ text: 'our first' }), await writeInApp({ text: 'our second' })]
  await until('all four', async () => (await inbox()).length === 4)
  for (const [phone, [edited, revoked]] of [[customer, theirs] as const, [ours(), mine] as const]) {
    await world.phones.act(phone, 'edit', { message_id: edited?.id, text: `${edited?.text}, better` })
    await world.phones.act(phone, 'revoke', { message_id: revoked?.id })
  }
  const shown = async () =>
    (await messagesOf(admin, chat)).map((message) =>
      message.deleted_at === undefined ? ('text' in message ? message.text : message.type) : 'gone',
    )
  await until('the changes', async () => (await shown()).filter((text) => text === 'gone').length === 2)
  await rest()
  expect(await shown()).toEqual(['their first, better', 'gone', 'our first, better', 'gone'])
})

test('a chat that was begun in the app is there, and may not be written to freely until they answer', async () => {
  world.meta.setApp(ours(), true)
  await writeInApp({ text: 'good morning' })
  const chat = await chatWith(customer)
  const body = { text: 'are you there?' }
  const refused = await admin.refused('sendMessage', { params: { conversation_id: chat.id }, body })
  expect(refused.code).toBe('window_closed')
  await write({ text: 'yes' })
  await until('the answer', async () => (await inbox()).length === 2)
  await admin.call('sendMessage', { params: { conversation_id: chat.id }, body })
  await until('ours', async () => (await world.phones.received(customer)).length === 2)
})

test('the history of the app is there once, silently and in its order; what was told before stays what it was', async () => {
  await write({ text: 'live' })
  await chatWith(customer)
  const ago = (days: number, minutes = 0) => new Date(Date.now() - days * 86_400_000 + minutes * 60_000).toISOString()
  const lines = Array.from({ length: 120 }, (_, n) => ({ text: `line ${n}`, from_me: n % 2 === 1, sent_at: ago(30, n), read: true }))
  const forgotten = { text: 'too long ago', sent_at: ago(200) }
  const picture = { type: 'image', text: 'a picture', sent_at: ago(3) }
  await world.phones.act(ours(), 'history', {
    chats: [
      { with: customer, messages: [forgotten, ...lines] },
      {
        with: other,
        messages: [{ text: 'long ago', sent_at: ago(100), read: true }, picture, { ...picture, from_me: true, sent_at: ago(2) }],
      },
    ],
  })
  world.meta.setApp(ours(), true)
  for (const kind of ['reorder', 'duplicate']) await world.phones.fault({ target: 'graph', leg: 'webhook', kind, count: 3 })
  for (let times = 0; times < 2; times += 1) world.meta.sync(ours(), 'history')
  await rest()
  const known = await messagesOf(admin, await chatWith(customer))
  expect(known.map(summary)).toEqual([
    ...lines.map(({ text, from_me }) => [from_me ? 'outbound' : 'inbound', 'history', text]),
    ['inbound', 'contact', 'live'],
  ])
  expect((await chatWith(customer)).unread_count).toBe(1)
  const quiet = await chatWith(other)
  expect(quiet.unread_count).toBe(0)
  const past = await messagesOf(admin, quiet)
  expect(past.map(({ type, direction, origin }) => [type, direction, origin])).toEqual([
    ['text', 'inbound', 'history'],
    ['image', 'inbound', 'history'],
    ['image', 'outbound', 'history'],
  ])
  const areFetched = async () =>
    (await messagesOf(admin, quiet)).filter((message) => message.type === 'image' && message.attachments[0]?.status === 'ready').length ===
    2
  await until('the files', areFetched)
  const refused = await admin.refused('sendMessage', { params: { conversation_id: quiet.id }, body: { text: 'hello' } })
  expect(refused.code).toBe('window_closed')
})

test('the address book of the app names its people, each once; who has not written yet is no chat', async () => {
  await write({ text: 'hello' })
  await chatWith(customer)
  await world.phones.act(ours(), '', { contacts: { [customer]: 'Olena from the market', [other]: 'Ivan' } })
  world.meta.setApp(ours(), true)
  for (let times = 0; times < 2; times += 1) world.meta.sync(ours(), 'contacts')
  await rest()
  const contacts = async () => (await admin.call('listContacts')).items
  expect((await contacts()).map(({ name, phone }) => [name, phone])).toEqual([['Olena from the market', customer]])
  expect(await conversationsOf(admin, channel.id)).toHaveLength(1)
  await write({ text: 'I am here' }, other)
  await chatWith(other)
  expect(new Set((await contacts()).map(({ phone }) => phone))).toEqual(new Set([customer, other]))
  expect(await contacts()).toHaveLength(2)
  await write({ text: 'hello again' })
  await until('their words', async () => (await inbox()).length === 3)
  expect(new Map((await contacts()).map(({ name, phone }) => [phone, name]))).toEqual(
    new Map([
      [customer, 'Olena from the market'],
      [other, 'Ivan'],
    ]),
  )
})

test('contacts and history of the app are asked for once, when they would reach us, whatever breaks meanwhile', async () => {
  const sent_at = new Date(Date.now() - 3 * 86_400_000).toISOString()
  await world.phones.act(ours(), 'history', { chats: [{ with: other, messages: [{ text: 'before us', sent_at, read: true }] }] })
  await world.phones.act(ours(), '', { contacts: { [other.slice(1)]: 'Olena K' } })
  world.meta.setApp(ours(), true)
  await world.phones.fault({ target: 'graph', leg: 'api', kind: '5xx', match: { path: 'smb_app_data' }, count: 1 })
  expect(world.meta.asked(ours())).toEqual([])
  // The first delivery shows that what is asked for would arrive.
  await write({ text: 'hello' })
  await until('both questions', () => world.meta.asked(ours()).length === 2)
  await until('the history', async () => (await inbox()).length === 2)
  await rest()
  expect(new Set((await inbox()).map(([, origin, text]) => `${origin}: ${text}`))).toEqual(
    new Set(['contact: hello', 'history: before us']),
  )
  expect((await chatWith(other)).name).toBe('Olena K')
  await world.product.stop()
  await world.product.start()
  await write({ text: 'again' })
  await until('the next message', async () => (await inbox()).length === 3)
  await rest()
  expect(world.meta.asked(ours())).toEqual(['smb_app_state_sync', 'history'])
})
