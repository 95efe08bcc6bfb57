import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Channel } from '../../contract/channel.ts'
import type { Conversation } from '../../contract/conversation.ts'
import type { Message } from '../../contract/message.ts'
import { waitFor } from '../e2e/wait.ts'
import { type Person, signIn } from '../support/api-client.ts'
import { conversationsOf, inboxOf, messagesOf } from '../support/inbox.ts'
import { connectMeta } from '../support/meta.ts'
import { sha256 } from '../support/phones.ts'
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

const ours = () => world.meta.numbers[0]?.phone ?? ''
const write = (text: string, phone = customer) => world.phones.write(phone, { to: ours(), text })
const texts = (messages: readonly Message[]) => messages.map((message) => ('text' in message ? message.text : message.type))
const send = (id: Conversation['id'], body: object) => admin.call('sendMessage', { params: { conversation_id: id }, body: body as never })

async function conversation(count = 1): Promise<Conversation> {
  const find = async () => {
    const all = await conversationsOf(admin, channel.id)
    return all.length === count ? all[0] : undefined
  }
  return waitFor(find, { what: 'the conversation' })
}
async function shown(id: Conversation['id'], message: Message): Promise<Message> {
  return (await messagesOf(admin, { id })).find((one) => one.id === message.id) as Message
}
const until = (what: string, isSo: () => Promise<boolean>) => waitFor(isSo, { what })

test('the numbers of the account are channels; a customer writes, is answered, and the ticks come', async () => {
  expect((await admin.call('listChannels')).items.map(({ phone, status, road }) => [phone, status, road])).toEqual(
    world.meta.numbers.map(({ phone }) => [phone, 'connected', 'classical']),
  )
  await write('Добрий день')
  const chat = await conversation()
  expect(chat).toMatchObject({ type: 'direct', unread_count: 1, contact: { phone: customer }, window_closes_at: expect.any(String) })
  const sent = await send(chat.id, { text: 'Вітаємо' })
  await until('delivery', async () => (await shown(chat.id, sent)).status === 'delivered')
  await world.phones.act(customer, 'read', { with: ours() })
  await until('reading', async () => (await shown(chat.id, sent)).status === 'read')
  expect((await world.phones.received(customer)).map((message) => message.text)).toEqual(['Вітаємо'])
  const answer = await admin.call('getWhatsappConfig')
  expect(answer.checks.filter(({ status }) => status === 'error')).toEqual([])
  expect(answer).toMatchObject({ last_delivery_at: expect.any(String), has_access_token: true })
  expect(JSON.stringify(answer)).not.toContain(world.meta.settings.access_token)
})

test('files, replies, reactions and places go both ways', async () => {
  const picture = await world.phones.write(customer, { to: ours(), type: 'image', text: 'look' })
  const chat = await conversation()
  await until('the file', async () => {
    const [message] = await messagesOf(admin, chat)
    return message?.type === 'image' && message.attachments[0]?.status === 'ready'
  })
  const [inbound] = (await messagesOf(admin, chat)) as [Extract<Message, { type: 'image' }>]
  expect(inbound.text).toBe('look')
  expect(sha256(await admin.download(inbound.attachments[0]?.id ?? ''))).toBe(picture.media?.sha256)

  const file = await admin.upload(new TextEncoder().encode('%PDF-1.4 hello'), 'application/pdf', 'price.pdf')
  await send(chat.id, { attachments: [{ media_id: file.id }], text: 'prices', reply_to_id: inbound.id })
  await until('the document', async () => (await world.phones.received(customer)).length === 1)
  const [received] = await world.phones.received(customer)
  expect(received).toMatchObject({ type: 'document', file_name: 'price.pdf', text: 'prices', reply_to: picture.id })
  expect(new TextDecoder().decode(await world.phones.file(received as never))).toBe('%PDF-1.4 hello')

  await admin.call('setReaction', { params: { message_id: inbound.id }, body: { emoji: '👍' } })
  await until('our reaction', async () => (await world.phones.received(customer)).length === 1 && (await hasReaction(picture.id)))
  await world.phones.act(customer, 'react', { message_id: received?.id, emoji: '❤️' })
  await until('their reaction', async () =>
    (await messagesOf(admin, chat)).some(({ reactions, direction }) => direction === 'outbound' && reactions[0]?.emoji === '❤️'),
  )
  await world.phones.act(customer, 'react', { message_id: received?.id, emoji: '' })
  await until('no reaction', async () =>
    (await messagesOf(admin, chat)).every(({ reactions, direction }) => direction === 'inbound' || reactions.length === 0),
  )
  await world.phones.write(customer, { to: ours(), type: 'location', latitude: 50.45, longitude: 30.52, name: 'Kyiv' })
  await until('the place', async () =>
    (await messagesOf(admin, chat)).some((message) => message.type === 'location' && message.location.name === 'Kyiv'),
  )
  await send(chat.id, { location: { latitude: 49.84, longitude: 24.03 } })
  await send(chat.id, {
    text: 'Which?',
    interactive: {
      buttons: [
        { id: 'a', title: 'One' },
        { id: 'b', title: 'Two' },
      ],
    },
  })
  await until('both', async () => (await world.phones.received(customer)).length === 3)
})

async function hasReaction(id: string): Promise<boolean> {
  const ledger = (await world.phones.ledger()) as readonly { type: string; target?: string; emoji?: string }[]
  return ledger.some((line) => line.type === 'reaction' && line.target === id && line.emoji === '👍')
}

test('what is delivered thrice, out of order, unsigned, in one body and with what nobody knows stands once, or not at all', async () => {
  const faults = ['duplicate', 'unknown', 'from_absent', 'from_empty', 'huge', 'batch', 'wrong_signature'] as const
  for (const [n, kind] of faults.entries()) {
    await world.phones.fault({ target: 'graph', leg: 'webhook', kind, count: 1 })
    await write(`text ${n}`)
  }
  await until('everything', async () => world.meta.waiting() === 0 && (await inboxOf(admin, channel.id)).length >= faults.length)
  expect(texts(await inboxOf(admin, channel.id)).toSorted()).toEqual(faults.map((_, n) => `text ${n}`))
  expect(await conversationsOf(admin, channel.id)).toHaveLength(1)
})

test('an unsigned, a wrongly signed and a strange delivery leave nothing; a signed one that makes no sense is kept and answered', async () => {
  const url = `${world.product.url}/api/v1/integrations/whatsapp/webhook`
  const body = JSON.stringify({ object: 'whatsapp_business_account', entry: 'what?' })
  const sign = (secret: string) => ({ 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` })
  const post = async (headers: Record<string, string>) =>
    (await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })).status
  expect([await post({}), await post(sign('x')), await post(sign(world.meta.appSecret))]).toEqual([401, 403, 200])
  const verify = async (token: string) => (await fetch(`${url}?hub.mode=subscribe&hub.challenge=42&hub.verify_token=${token}`)).status
  expect(await verify('wrong')).toBe(403)
})

test('an answer that was lost: sent once, said to be in doubt, settled by the status', async () => {
  await write('hello')
  const chat = await conversation()
  await world.phones.fault({ target: 'graph', kind: 'reset_after_accept', match: { method: 'POST', path: '/messages' } })
  await world.phones.fault({ target: 'graph', leg: 'webhook', kind: 'delay', ms: 60_000 })
  const sent = await send(chat.id, { text: 'once' })
  await until('doubt', async () => (await shown(chat.id, sent)).unconfirmed_since !== undefined)
  await until('the status', async () => (await shown(chat.id, sent)).status === 'delivered')
  expect((await shown(chat.id, sent)).unconfirmed_since).toBeUndefined()
  expect(await world.phones.received(customer)).toHaveLength(1)
})

test('a reaction whose answer was lost: given once, settled by its status', async () => {
  const written = await write('hello')
  const chat = await conversation()
  const [message] = (await messagesOf(admin, chat)) as [Message]
  await world.phones.fault({ target: 'graph', kind: 'reset_after_accept', match: { method: 'POST', path: '/messages' } })
  await world.phones.fault({ target: 'graph', leg: 'webhook', kind: 'delay', ms: 60_000 })
  await admin.call('setReaction', { params: { message_id: message.id }, body: { emoji: '👍' } })
  const doubt = async () => (await shown(chat.id, message)).change?.status
  await until('doubt', async () => (await doubt()) === 'unconfirmed')
  await until('the status', async () => (await doubt()) === undefined)
  expect((await shown(chat.id, message)).reactions.map(({ emoji }) => emoji)).toEqual(['👍'])
  expect(await hasReaction(written.id)).toBe(true)
})

test('a status that comes before the answer stays', async () => {
  await write('hello')
  const chat = await conversation()
  await world.phones.fault({ target: 'graph', kind: 'status_first', match: { method: 'POST', path: '/messages' } })
  const sent = await send(chat.id, { text: 'quick' })
  await until('delivery', async () => (await shown(chat.id, sent)).status === 'delivered')
  expect(await world.phones.received(customer)).toHaveLength(1)
})

test('a token that has ended holds everything back and says so; with a new one each goes once', async () => {
  await write('hello')
  await write('hello', other)
  await until('both chats', async () => (await conversationsOf(admin, channel.id)).length === 2)
  const chats = await conversationsOf(admin, channel.id)
  world.meta.setToken('expired')
  for (const chat of chats) for (const text of ['one', 'two']) await send(chat.id, { text })
  await until(
    'the hold',
    async () => (await inboxOf(admin, channel.id)).filter(({ held }) => held?.reason === 'to_be_set_right').length === 4,
  )
  expect(JSON.stringify(await inboxOf(admin, channel.id))).not.toContain(world.meta.settings.access_token)
  world.meta.setToken('valid')
  await admin.call('saveWhatsappConfig', { body: world.meta.settings })
  for (const phone of [customer, other]) await until(`all at ${phone}`, async () => (await world.phones.received(phone)).length === 2)
  for (const phone of [customer, other]) expect((await world.phones.received(phone)).map((message) => message.text)).toEqual(['one', 'two'])
})

test('what is too much for one contact waits and goes in order; nobody else waits with it', async () => {
  await write('hello')
  await write('hello', other)
  await until('both chats', async () => (await conversationsOf(admin, channel.id)).length === 2)
  const chats = await conversationsOf(admin, channel.id)
  const [much, little] = [chats.find(({ contact }) => contact?.phone === customer), chats.find(({ contact }) => contact?.phone === other)]
  const lines = Array.from({ length: 48 }, (_, n) => `line ${n}`)
  for (const text of lines) await send(much!.id, { text })
  await until('the limit', async () => (await inboxOf(admin, channel.id)).some(({ held }) => held?.reason === 'contact_limit'))
  await send(little!.id, { text: 'quick' })
  await until('the other', async () => (await world.phones.received(other)).length === 1)
  world.meta.advance(60_000)
  await until('all of them', async () => (await world.phones.received(customer)).length === lines.length)
  expect((await world.phones.received(customer)).map((message) => message.text)).toEqual(lines)
})

test('after 24 hours only a template goes; it says who it is from, and the window opens when they answer', async () => {
  await write('hello')
  const chat = await conversation()
  await until('the templates', async () => (await templates()).length === 4)
  world.meta.advance(25 * 3_600_000)
  const late = await send(chat.id, { text: 'too late' })
  await until('the failure', async () => (await shown(chat.id, late)).status === 'failed')
  expect((await shown(chat.id, late)).error).toMatchObject({ code: 'window_closed' })
  expect((await admin.refused('retryMessage', { params: { message_id: late.id } })).code).toBe('window_closed')
  const refused = await admin.refused('sendMessage', { params: { conversation_id: chat.id }, body: { text: 'again' } })
  expect(refused.code).toBe('window_closed')
  const use = { name: 'hello_again', language: 'uk', body: ['Olena'] }
  const sent = await send(chat.id, { template: use })
  expect(sent).toMatchObject({ type: 'template', text: 'Вітаємо, Olena! Чи можемо ми ще чимось допомогти?' })
  await until('the template', async () => (await world.phones.received(customer)).length === 1)
  await write('yes')
  await until('the answer', async () => texts(await messagesOf(admin, chat)).includes('yes'))
  expect((await send(chat.id, { text: 'thanks' })).type).toBe('text')
  await until('the text', async () => (await world.phones.received(customer)).length === 2)
  world.meta.review('hello_again', 'PAUSED')
  await until('the pause', async () => (await templates()).some(({ name, status }) => name === 'hello_again' && status === 'paused'))
})

const templates = async () => (await admin.call('listTemplates', { params: { channel_id: channel.id } })).items

test('who hides the phone is one contact, whose chat goes on by the id alone', async () => {
  await world.phones.act(customer, '', { phone_hidden: true })
  await write('hidden')
  const chat = await conversation()
  expect(chat.contact?.phone).toBeUndefined()
  await send(chat.id, { text: 'hello' })
  await until('the answer', async () => (await world.phones.received(customer)).length === 1)
  await world.phones.act(customer, '', { phone_hidden: false })
  await write('shown')
  await until('the words', async () => texts(await messagesOf(admin, chat)).includes('shown'))
  expect((await conversation()).contact?.phone).toBe(customer)
  expect(texts(await messagesOf(admin, chat))).toEqual(['hidden', 'hello', 'shown'])
})

test('two chats turn out to be one: the id of the other leads to it, whatever is asked of it', async () => {
  await world.phones.act(customer, '', { phone_hidden: true })
  await write('hidden')
  const kept = await conversation()
  const begun = await admin.call('createConversation', { body: { phone_number: customer, channel_id: channel.id } })
  expect(begun.id).not.toBe(kept.id)
  await world.phones.act(customer, '', { phone_hidden: false })
  await write('shown')
  await until('one chat', async () => (await admin.call('getConversation', { params: { conversation_id: begun.id } })).id === kept.id)
  const params = { conversation_id: begun.id }
  expect(await conversation()).toMatchObject({ id: kept.id, merged_ids: [begun.id] })
  expect(texts((await admin.call('listMessages', { params })).items)).toEqual(['shown', 'hidden'])
  expect((await admin.call('getCapabilities', { params })).from_channel).toMatchObject({ id: channel.id, rerouted: false })
  expect(await admin.call('updateConversation', { params, body: { labels: ['vip'] } })).toMatchObject({ id: kept.id, labels: ['vip'] })
  expect(await admin.call('markRead', { params, body: {} })).toMatchObject({ id: kept.id, unread_count: 0 })
  await admin.call('setTyping', { params, body: { on: true } })
  expect((await admin.call('search', { query: { q: 'hidden', conversation_id: begun.id } })).items).toHaveLength(1)
  const sent = await send(begun.id, { text: 'to both' })
  expect(sent).toMatchObject({ conversation_id: kept.id })
  expect(sent.rerouted_from_conversation_id).toBeUndefined()
  await until('the answer', async () => (await world.phones.received(customer)).length === 1)
})

test('somebody with a new id goes on in the same chat, with or without the phone', async () => {
  await write('before')
  const chat = await conversation()
  world.meta.changeUserId(customer.slice(1), 'UA.777')
  await world.phones.act(customer, '', { phone_hidden: true })
  await write('after')
  await until('it', async () => texts(await messagesOf(admin, chat)).includes('after'))
  const [one, ...others] = await conversationsOf(admin, channel.id)
  expect(others).toEqual([])
  expect(one?.contact).toMatchObject({
    id: chat.contact?.id,
    addresses: expect.arrayContaining([expect.objectContaining({ type: 'business', value: 'UA.777' })]),
  })
  await send(chat.id, { text: 'hello' })
  await until('the answer', async () => (await world.phones.received(customer)).length === 1)
})

test('what the contact presses comes back as their choice', async () => {
  await write('hello')
  const chat = await conversation()
  await send(chat.id, { text: 'Which?', interactive: { buttons: [{ id: 'a', title: 'One' }] } })
  await until('the buttons', async () => (await world.phones.received(customer)).length === 1)
  const [question] = await world.phones.received(customer)
  await world.phones.write(customer, {
    to: ours(),
    type: 'business_reply',
    form: 'buttons',
    text: 'One',
    id: 'a',
    reply_to: question?.id,
  })
  await until('the choice', async () => (await messagesOf(admin, chat)).some(({ type }) => type === 'interactive_reply'))
  const choice = (await messagesOf(admin, chat)).find(({ type }) => type === 'interactive_reply')
  expect(choice).toMatchObject({ interactive_reply: { id: 'a', title: 'One' }, reply_to: { preview: 'Which?' } })
})

test('a number that is removed stays away until the settings are saved again; there is no phone to unlink', async () => {
  const params = { user_id: 'me' }
  expect((await admin.refused('disconnectWhatsapp', { params, body: { channel_id: channel.id } })).code).toBe('not_found')
  await admin.call('deleteChannel', { params: { channel_id: channel.id } })
  expect((await admin.call('listChannels')).items).toHaveLength(world.meta.numbers.length - 1)
  await admin.call('saveWhatsappConfig', { body: world.meta.settings })
  expect((await admin.call('listChannels')).items.map(({ id }) => id)).toContain(channel.id)
})

test('a chat that we begin waits for a template; nobody at the number is told', async () => {
  const started = await admin.call('createConversation', { body: { phone_number: other, channel_id: channel.id } })
  expect((await admin.refused('sendMessage', { params: { conversation_id: started.id }, body: { text: 'hello' } })).code).toBe(
    'window_closed',
  )
  await until('the templates', async () => (await templates()).length === 4)
  await send(started.id, { template: { name: 'hello_again', language: 'en', body: ['Ivan'] } })
  await until('the template', async () => (await world.phones.received(other)).length === 1)
  await write('who is it?', other)
  await until(
    'one chat',
    async () => (await conversationsOf(admin, channel.id)).length === 1 && (await inboxOf(admin, channel.id)).length === 2,
  )
  const nobody = await admin.call('createConversation', { body: { phone_number: '+380671100000', channel_id: channel.id } })
  const sent = await send(nobody.id, { template: { name: 'hello_again', language: 'en', body: ['Nobody'] } })
  await until('the failure', async () => (await shown(nobody.id, sent)).status === 'failed')
  expect((await shown(nobody.id, sent)).error?.code).toBe('recipient_unreachable')
})

test('what arrives while we are down is there afterwards, each once', async () => {
  await write('before')
  await conversation()
  await world.product.stop()
  for (let n = 0; n < 20; n += 1) await write(`missed ${n}`)
  await world.product.start()
  await until('everything', async () => (await inboxOf(admin, channel.id)).length === 21)
  expect(texts(await inboxOf(admin, channel.id))).toEqual(['before', ...Array.from({ length: 20 }, (_, n) => `missed ${n}`)])
})
