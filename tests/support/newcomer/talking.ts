import { expect } from 'vitest'
import type { Message } from '../../../contract/message.ts'
import { waitFor } from '../../e2e/wait.ts'
import { findMessage, sendAndDeliver } from '../inbox.ts'
import { type PhoneMessage, sha256 } from '../phones.ts'
import { arrival, olena, ours, petro, type Story } from './story.ts'

export async function hearHello(story: Story): Promise<void> {
  const { world, stream, admin } = story
  await world.phones.write(olena, { to: ours, type: 'text', text: 'hello' })
  const hello = await arrival(story, (message) => 'text' in message && message.text === 'hello')
  expect(hello).toMatchObject({
    conversation_id: story.olena.id,
    direction: 'inbound',
    origin: 'contact',
    sender: { name: 'Олена Коваль', phone: olena, is_me: false },
  })
  await stream.until('conversation.updated', 'the unread one', ({ id, unread_count }) => id === story.olena.id && unread_count === 1)
  const read = await admin.call('markRead', { params: { conversation_id: story.olena.id }, body: {} })
  expect(read.unread_count).toBe(0)
  const seen = async () => (await world.phones.ledger()).some((item) => item.text === 'hello' && isReadBy(item, ours))
  await waitFor(seen, { what: 'the customer to see that it was read', timeout: 60_000 })
}

function isReadBy(item: PhoneMessage, by: string): boolean {
  return item.receipts?.some((receipt) => receipt.by === by && receipt.status === 'read') ?? false
}

export async function answerAndWatchTicks(story: Story): Promise<void> {
  const { admin, world, stream } = story
  await world.phones.act(olena, 'offline', { offline: true })
  const text = 'Доброго дня! Чим допомогти?'
  const queued = await admin.call('sendMessage', { params: { conversation_id: story.olena.id }, body: { text } })
  expect(queued).toMatchObject({ direction: 'outbound', origin: 'inbox', text, sender: { is_me: true } })
  const tick = (status: Message['status']) =>
    stream.until('message.updated', `the tick ${status}`, (message) => message.id === queued.id && message.status === status, 60_000)
  await tick('sent')
  await world.phones.act(olena, 'offline', { offline: false })
  await tick('delivered')
  expect((await world.phones.received(olena)).filter((message) => message.text === text)).toHaveLength(1)
  await world.phones.act(olena, 'read', { with: ours })
  await tick('read')
  const now = await findMessage(admin, queued)
  expect(now).toMatchObject({ status: 'read', delivered_at: expect.any(String), read_at: expect.any(String) })
  expect(now).not.toHaveProperty('unconfirmed_since')
  const order = ['queued', 'sending', 'sent', 'delivered', 'read']
  const places = stream.of('message.updated').flatMap(({ id, status }) => (id === queued.id ? [order.indexOf(status ?? '')] : []))
  expect(places, 'a tick never goes back').toEqual(places.toSorted((a, b) => a - b))
}

/** What a file is as it goes each way; its bytes are told apart by their end, except where the format forbids it. */
const files = [
  { type: 'image', sent: 'image', mimeType: 'image/jpeg', name: 'фарба.jpg', text: 'Ось така' },
  { type: 'document', sent: 'document', mimeType: 'application/pdf', name: 'рахунок № 7.pdf', text: '' },
  { type: 'audio', sent: 'voice', mimeType: 'audio/ogg; codecs=opus', name: 'voice.ogg', text: '' },
] as const

export async function exchangeFiles(story: Story): Promise<void> {
  for (const file of files) {
    const bytes = await takeFile(story, file)
    await giveFile(story, file, bytes)
  }
}

type FileKind = (typeof files)[number]

/** A file comes in; gives its bytes. */
async function takeFile(story: Story, { type, sent, name, text }: FileKind): Promise<Uint8Array<ArrayBuffer>> {
  const { world, stream, admin } = story
  const body = { to: ours, type: sent, ...(text === '' ? {} : { text }), ...(type === 'document' ? { file_name: name } : {}) }
  const written = await world.phones.write(olena, body)
  const arrived = await arrival(story, (message) => message.type === type && message.direction === 'inbound')
  const isReady = (message: Message) => message.id === arrived.id && 'attachments' in message && message.attachments[0]?.status === 'ready'
  const ready = isReady(arrived) ? arrived : await stream.until('message.updated', `the ${sent}`, isReady)
  const [attachment] = 'attachments' in ready ? ready.attachments : []
  if (attachment === undefined) throw new Error('the message has no file')
  expect(attachment).toMatchObject({
    type,
    ...(sent === 'voice' ? { voice: true } : {}),
    ...(type === 'document' ? { file_name: name } : {}),
  })
  expect('text' in ready ? (ready.text ?? '') : '').toBe(text)
  const bytes = await world.phones.file(written)
  expect(sha256(await admin.download(attachment.id))).toBe(sha256(bytes))
  expect(attachment.size_bytes).toBe(bytes.length)
  return bytes
}

async function giveFile({ world, admin, olena: conversation }: Story, file: FileKind, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const { type, sent, mimeType, name, text } = file
  const own = type === 'document' ? new Uint8Array([...bytes, ...new TextEncoder().encode('% of our own\n')]) : bytes
  const { id } = await admin.upload(own, mimeType, name)
  const attachments = [{ media_id: id, ...(sent === 'voice' ? { voice: true } : {}) }]
  const message = await sendAndDeliver(admin, conversation, { type, attachments, ...(text === '' ? {} : { text }) })
  const received = await ledgerEntry(world.phones.ledger(), message)
  expect(received).toMatchObject({ type: sent, media: { sha256: sha256(own) }, ...(type === 'document' ? { file_name: name } : {}) })
  expect(received.text ?? '').toBe(text)
}

/** What WhatsApp has of a message of ours. */
async function ledgerEntry(ledger: Promise<readonly PhoneMessage[]>, { external_id }: Message): Promise<PhoneMessage> {
  const found = (await ledger).filter((entry) => entry.event_id === external_id)
  expect(found, 'a message is on WhatsApp once').toHaveLength(1)
  return found[0]!
}

export async function replyBothWays(story: Story): Promise<void> {
  const { world, admin } = story
  const question = await sendAndDeliver(admin, story.olena, { text: 'Скільки банок?' })
  const { id: asked } = await ledgerEntry(world.phones.ledger(), question)
  const written = await world.phones.write(olena, { to: ours, type: 'text', text: 'Дві', reply_to: asked })
  const reply = await arrival(story, (message) => 'text' in message && message.text === 'Дві')
  expect(reply.reply_to).toMatchObject({ id: question.id, preview: 'Скільки банок?' })
  const answer = await sendAndDeliver(admin, story.olena, { text: 'Записала', reply_to_id: reply.id })
  expect(answer.reply_to).toMatchObject({ id: reply.id, preview: 'Дві' })
  expect(await ledgerEntry(world.phones.ledger(), answer)).toMatchObject({ text: 'Записала', reply_to: written.id })
}

export async function typeOnThePhone(story: Story): Promise<void> {
  await story.world.phones.write(ours, { to: olena, type: 'text', text: 'Пишу з телефона' })
  const typed = await arrival(story, (message) => 'text' in message && message.text === 'Пишу з телефона')
  expect(typed).toMatchObject({ conversation_id: story.olena.id, direction: 'outbound', origin: 'phone' })
}

export async function talkInGroup(story: Story): Promise<void> {
  const { world, admin } = story
  const group = await world.phones.group('Ремонт на Подолі', [ours, olena, petro])
  await world.phones.write(petro, { group, type: 'text', text: 'Коли почнемо?' })
  const asked = await arrival(story, (message) => 'text' in message && message.text === 'Коли почнемо?')
  expect(asked).toMatchObject({ direction: 'inbound', sender: { name: 'Петро Мельник', phone: petro } })
  story.group = await admin.call('getConversation', { params: { conversation_id: asked.conversation_id } })
  expect(story.group).toMatchObject({ type: 'group', name: 'Ремонт на Подолі', unread_count: 1 })
  expect(story.group).not.toHaveProperty('contact')
  await sendAndDeliver(admin, story.group, { text: 'Завтра о дев’ятій' })
  for (const phone of [olena, petro]) {
    const received = (await world.phones.received(phone)).filter((message) => message.text === 'Завтра о дев’ятій')
    expect(received, `once on ${phone}`).toHaveLength(1)
    expect(received[0]).toMatchObject({ group })
  }
  await world.phones.write(ours, { group, type: 'text', text: 'І фарбу візьміть' })
  const typed = await arrival(story, (message) => 'text' in message && message.text === 'І фарбу візьміть')
  expect(typed).toMatchObject({ conversation_id: story.group.id, direction: 'outbound', origin: 'phone' })
}
