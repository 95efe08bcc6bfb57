import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ChannelId } from '../../contract/ids.ts'
import type { Conversation } from '../../contract/conversation.ts'
import type { Message } from '../../contract/message.ts'
import type { Mode } from '../../contract/settings.ts'
import { waitFor } from '../e2e/wait.ts'
import { type Input, type Person, signIn } from '../support/api-client.ts'
import { conversationsOf, findMessage, inboxOf, linkByQr, messagesOf, sendAndDeliver, settled } from '../support/inbox.ts'
import { connectMeta } from '../support/meta.ts'
import { openWorld, type World } from '../support/world.ts'

// Both roads as they are: the sandbox's homeserver and bridge, and its Graph API, on the same phones.

const ours = '+380671112233'
let world: World
let admin: Person
let linked: ChannelId
let shop: ChannelId

beforeAll(async () => {
  world = await openWorld({ registered: true, intake: 'push_and_sync', timeScale: 0.02 })
  const { product } = world
  const first = { email: 'admin@x.org', name: 'Admin', password: 'correct horse battery' }
  admin = await signIn(product.url, { ...first, setup_token: await product.setupToken() })
  await admin.call('saveMatrixSystemConfig', { body: world.settings })
  linked = (await linkByQr(world, admin, ours, { access: 'shared', name: 'Shop' })).channel_id as ChannelId
  shop = (await connectMeta(admin, world.meta)).id
  for (const channel_id of [linked, shop])
    await admin.call('updateChannel', { params: { channel_id }, body: { is_default: true, pace: { messages_per_minute: 600 } } })
  await waitFor(async () => (await admin.call('listTemplates', { params: { channel_id: shop } })).items.length > 0, {
    what: 'the templates',
  })
}, 120_000)
afterAll(() => world?.[Symbol.asyncDispose]())

const business = () => world.meta.numbers[0]?.phone ?? ''
const setMode = (mode: Mode) => admin.call('setWhatsappMode', { body: { mode } })
const params = ({ id }: Pick<Conversation, 'id'>) => ({ conversation_id: id })
const template = { name: 'hello_again', language: 'uk', body: ['Olena'] }
type Body = NonNullable<Input<'sendMessage'>['body']>
const refused = (chat: Conversation, body: Body) => admin.refused('sendMessage', { params: params(chat), body })

/** The chat with somebody on one of our numbers. */
const chatOn = (channel: ChannelId, customer: string) =>
  waitFor(async () => (await conversationsOf(admin, channel)).find(({ contact }) => contact?.phone === customer), {
    what: `the chat with ${customer}`,
  })
const heard = (chat: Conversation, text: string) =>
  waitFor(async () => (await messagesOf(admin, chat)).find((message) => 'text' in message && message.text === text), { what: `"${text}"` })

/** What the customer's phone shows, by who it is from. */
async function seen(customer: string): Promise<readonly (readonly [from: string, text: string | undefined])[]> {
  return (await world.phones.received(customer)).map(({ from, text }) => [from, text])
}

/** Every member at every depth, as the JSON of a message has them. */
function keysOf(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((one) => keysOf(one, `${path}[]`))
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, member]) => keysOf(member, `${path}.${key}`))
}
const shapeOf = async (message: Message) => [...new Set(keysOf(await findMessage(admin, message)))].toSorted()

test('a thread that begins on the phone goes on over the business road, by template and then in words, and comes back', async () => {
  const customer = '+380501110001'
  await world.phones.write(customer, { to: ours, text: 'Добрий день' })
  const here = await chatOn(linked, customer)
  await setMode('classical')
  // They have never written to the business number: nothing but a template may go, and that begins a chat.
  expect(await refused(here, { text: 'Вітаємо' })).toMatchObject({ status: 409, code: 'route_unavailable', reason: 'window_closed' })
  expect(await refused(here, { template })).toMatchObject({ code: 'reroute_unconfirmed' })
  const first = await sendAndDeliver(admin, here, { template, confirm_reroute: true })
  expect(first).toMatchObject({ type: 'template', channel_id: shop })
  await world.phones.write(customer, { to: business(), text: 'Так, слухаю' })
  const there = await chatOn(shop, customer)
  const answer = await heard(there, 'Так, слухаю')
  const second = await admin.call('sendMessage', { params: params(here), body: { text: 'Ваше замовлення готове' } })
  expect(second).toMatchObject({ conversation_id: there.id, channel_id: shop, rerouted_from_conversation_id: here.id })
  await setMode('matrix')
  const third = await admin.call('sendMessage', { params: params(there), body: { text: 'Чекаємо на вас' } })
  expect(third).toMatchObject({ conversation_id: here.id, channel_id: linked, rerouted_from_conversation_id: there.id })
  await settled(admin)
  expect(await seen(customer)).toEqual([
    [business(), 'Вітаємо, Olena! Чи можемо ми ще чимось допомогти?'],
    [business(), 'Ваше замовлення готове'],
    [ours, 'Чекаємо на вас'],
  ])
  // One person, and nothing in what they and we said tells which road it took.
  expect(here.contact?.id).toBe(there.contact?.id)
  expect((await admin.call('listContacts', { query: { q: customer.slice(1) } })).items).toHaveLength(1)
  const written = await heard(here, 'Добрий день')
  expect(await shapeOf(answer)).toEqual(await shapeOf(written))
  for (const message of [second, third])
    await waitFor(async () => (await findMessage(admin, message))?.status === 'delivered', { what: 'the ticks' })
  expect(await shapeOf(second)).toEqual(await shapeOf(third))
})

test('a thread that begins at the business goes on over the phone, and comes back', async () => {
  const customer = '+380501110002'
  await setMode('both')
  await world.phones.write(customer, { to: business(), text: 'Питання' })
  const there = await chatOn(shop, customer)
  await sendAndDeliver(admin, there, { text: 'Відповідь' })
  await setMode('matrix')
  expect(await refused(there, { text: 'З телефону' })).toMatchObject({ code: 'reroute_unconfirmed' })
  const moved = await admin.call('sendMessage', { params: params(there), body: { text: 'З телефону', confirm_reroute: true } })
  expect(moved).toMatchObject({ channel_id: linked, rerouted_from_conversation_id: there.id })
  const here = await chatOn(linked, customer)
  await world.phones.write(customer, { to: ours, text: 'Дякую' })
  await heard(here, 'Дякую')
  await setMode('classical')
  const back = await admin.call('sendMessage', { params: params(here), body: { text: 'Прошу' } })
  expect(back).toMatchObject({ conversation_id: there.id, channel_id: shop })
  await settled(admin)
  expect(await seen(customer)).toEqual([
    [business(), 'Відповідь'],
    [ours, 'З телефону'],
    [business(), 'Прошу'],
  ])
  expect(here.contact?.id).toBe(there.contact?.id)
})

test('what has no way over the other road is refused with its reason, and nobody gets anything', async () => {
  const [hidden, member] = ['+380501110003', '+380501110004']
  await world.phones.act(hidden, '', { phone_hidden: true })
  await world.phones.write(hidden, { to: business(), text: 'Хто я?' })
  const nameless = await waitFor(
    async () => (await conversationsOf(admin, shop)).find(({ last_message }) => last_message?.preview === 'Хто я?'),
    { what: 'the chat of who hides the phone' },
  )
  const id = await world.phones.group('Гурт', [ours, member])
  await world.phones.write(member, { group: id, text: 'Усім привіт' })
  const group = await waitFor(async () => (await conversationsOf(admin, linked)).find(({ type }) => type === 'group'), {
    what: 'the group',
  })
  await settled(admin)
  const before = (await world.phones.ledger()).length
  await setMode('matrix')
  expect(await refused(nameless, { text: 'x', confirm_reroute: true })).toMatchObject({ code: 'route_unavailable', reason: 'no_address' })
  await setMode('classical')
  expect(await refused(group, { text: 'x' })).toMatchObject({ code: 'route_unavailable', reason: 'group' })
  await settled(admin)
  expect(await world.phones.ledger()).toHaveLength(before)
})

test('flipped twenty times while sixty are sent, each is on the phone once, from the number that it says', async () => {
  const customers = ['+380501110011', '+380501110012', '+380501110013']
  for (const customer of customers) for (const to of [ours, business()]) await world.phones.write(customer, { to, text: 'hello' })
  const chats = (
    await Promise.all(customers.map((customer) => Promise.all([linked, shop].map((channel) => chatOn(channel, customer)))))
  ).flat()
  const answers: Message[] = []
  const flips = (async () => {
    for (let flip = 0; flip < 20; flip += 1) {
      await setMode(flip % 2 === 0 ? 'classical' : 'matrix')
      await waitFor(async () => answers.length >= flip * 3, { what: 'the next messages', interval: 1, timeout: 60_000 })
    }
  })()
  const sender = async (lane: number) => {
    for (let at = lane; at < 60; at += 6) {
      const chat = chats[at % chats.length] as Conversation
      answers.push(await admin.call('sendMessage', { params: params(chat), body: { text: `load ${at}` } }))
    }
  }
  await Promise.all([flips, ...Array.from({ length: 6 }, (_, lane) => sender(lane))])
  await settled(admin)
  const numbers = new Map([
    [linked, ours],
    [shop, business()],
  ])
  const promised = answers.map((answer) => `${numbers.get(answer.channel_id)} ${'text' in answer ? answer.text : ''}`)
  const went = (await world.phones.ledger()).filter(({ text }) => text?.startsWith('load '))
  expect(went.map(({ from, text }) => `${from} ${text}`).toSorted()).toEqual(promised.toSorted())
  expect(new Set(went.map(({ from }) => from))).toEqual(new Set(numbers.values()))
  const kept = (await inboxOf(admin)).filter((message) => 'text' in message && message.text?.startsWith('load '))
  expect(kept).toHaveLength(60)
}, 120_000)
