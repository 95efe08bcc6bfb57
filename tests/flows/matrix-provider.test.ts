import { afterEach, expect, test } from 'vitest'
import type { ChannelId, ExternalId } from '../../contract/ids.ts'
import { sampleVoice } from '../../sandbox/control/sample-voice.ts'
import type { AccountLink, Connection, InboundEvent, InboundMessage, OutboundMessage, Receipt } from '../../server/providers/provider.ts'
import { openRoad, type Road, signal } from './matrix-road.ts'

let road: Road | undefined
afterEach(async () => {
  await road?.close()
  road = undefined
})

const ours = '+380501110001'
const login = '380501110001'
const olena = '+380671234567'

/** A message may come more than once, pushed and read from the room's history; its id tells. */
function messages(from: Road): InboundMessage[] {
  const all = from.inbox.events.filter((event) => event.type === 'message')
  return [...new Map(all.map((message) => [message.id, message])).values()]
}

function said(from: Road, text: string): InboundMessage | undefined {
  return messages(from).find((message) => 'text' in message.content && message.content.text === text)
}

function lineOf(from: Road, account: AccountLink): Connection {
  return from.provider.connect({ id: 'chn_test' as ChannelId, external: login as ExternalId, account })
}

function outbound(conversation: string, attempt: string, rest: Partial<OutboundMessage>): OutboundMessage {
  return { attempt, conversation: conversation as ExternalId, type: 'text', text: '', content: {}, ...rest }
}

function receipts(from: Road, target: string): Receipt[] {
  return from.inbox.events.filter((event): event is Receipt => event.type === 'receipt' && event.target === target)
}

async function received(from: Road, phone: string): Promise<{ type: string; text?: string }[]> {
  const response = await fetch(`${from.sandbox.controlUrl}/sandbox/v1/phones/${encodeURIComponent(phone)}/messages`)
  return ((await response.json()) as { items: { type: string; text?: string }[] }).items
}

async function receivedAll(from: Road, phone: string, count: number) {
  for (;;) {
    const items = await received(from, phone)
    if (items.length >= count) return items
    await from.inbox.work()
  }
}

test.each([
  { road: 'pushed, by our application service, with double puppets', appservice: true, doublePuppet: true },
  { road: 'pushed, by our application service, without double puppets', appservice: true, doublePuppet: false },
  { road: 'polled, by accounts that the admin made', appservice: false, doublePuppet: false },
])('there and back: $road', async ({ appservice, doublePuppet }) => {
  road = await openRoad({ appservice, doublePuppet })
  const account = await road.link(ours, 'sales')
  expect(account.secrets['by']).toBe(appservice ? 'appservice' : 'password')
  await road.phone(olena, 'messages', { to: ours, type: 'text', text: 'Добрий *день*' })
  const first = await road.until('the first message', () => said(road!, 'Добрий *день*'))
  expect(first).toMatchObject({ channel: login, history: false, forwarded: false, sender: { isUs: false, phone: olena } })
  const chat = road.inbox.events.find((event) => event.type === 'conversation' && event.conversation === first.conversation)
  expect(chat).toMatchObject({ kind: 'direct', channel: login, contact: { id: first.sender.id, phone: olena } })

  const line = lineOf(road, account)
  const sent = await line.send(
    outbound(first.conversation, 'attempt-1', { text: '!waiting for you <b>', replyTo: { id: first.id } }),
    signal(),
  )
  expect(sent.state).toBe('sending')
  const again = await line.send(
    outbound(first.conversation, 'attempt-1', { text: '!waiting for you <b>', replyTo: { id: first.id } }),
    signal(),
  )
  expect(again.id).toBe(sent.id)
  const echo = await road.until('the echo', () => messages(road!).find((message) => message.id === sent.id))
  expect(echo).toMatchObject({
    attempt: 'attempt-1',
    sender: { isUs: true },
    replyTo: first.id,
    content: { type: 'text', text: '!waiting for you <b>' },
  })
  await road.until('the ticks', () => (receipts(road!, sent.id).some((receipt) => receipt.state === 'delivered') ? true : undefined))
  expect(await received(road, olena)).toMatchObject([{ type: 'text', text: '!waiting for you <b>' }])

  await road.phone(olena, 'read', { to: ours })
  const read = await road.until('the blue ticks', () => receipts(road!, sent.id).find((receipt) => receipt.state === 'read'))
  expect(read).toMatchObject({ upTo: true, from: { phone: olena, isUs: false } })

  await road.phone(ours, 'messages', { to: olena, type: 'text', text: 'from the phone' })
  const typed = await road.until('what was typed on the phone', () => said(road!, 'from the phone'))
  expect(typed.sender.isUs).toBe(true)
  expect(typed.attempt).toBeUndefined()
  expect(road.inbox.dead).toEqual([])
  expect(road.inbox.deferred).toEqual([])
})

test('what the bridge has said of a message is found again where nobody heard it', async () => {
  road = await openRoad({ appservice: true, doublePuppet: true })
  const account = await road.link(ours, 'sales')
  await road.phone(olena, 'messages', { to: ours, type: 'text', text: 'Добрий день' })
  const { conversation } = await road.until('the first message', () => said(road!, 'Добрий день'))
  const { id: message } = await lineOf(road, account).send(outbound(conversation, 'attempt-1', { text: 'Вітаю' }), signal())
  const delivered = () => (receipts(road!, message).some((receipt) => receipt.state === 'delivered') ? true : undefined)
  await road.until('the ticks', delivered)

  road.inbox.events.splice(0)
  const task = road.provider.intake.watch?.lookUp(account.external, { conversation, message })
  if (task === undefined) throw new Error('there is no watch over the pushes')
  const { batches } = await road.provider.run(task, account, signal())
  for (const batch of batches) road.inbox.take(batch)
  expect(receipts(road, message).map(({ state }) => state)).toEqual(expect.arrayContaining(['sent', 'delivered']))
  expect(messages(road)).toEqual([])
})

test('every kind of message comes in, and its files can be fetched', async () => {
  road = await openRoad({ appservice: true, doublePuppet: true })
  const account = await road.link(ours, 'sales')
  const kinds = [
    { type: 'image', text: 'a caption' },
    { type: 'video' },
    { type: 'audio' },
    { type: 'voice', duration_ms: 2_000 },
    { type: 'document', file_name: 'offer.pdf' },
    { type: 'sticker' },
    { type: 'location', latitude: 50.45, longitude: 30.52, name: 'Kyiv' },
    { type: 'contacts', contacts: [{ name: 'Ihor', phone: '+380509876543' }] },
    { type: 'poll', question: 'Tea?', options: ['yes', 'no'] },
    { type: 'call' },
    { type: 'unknown' },
  ]
  for (const kind of kinds) await road.phone(olena, 'messages', { to: ours, ...kind })
  await road.until('all kinds', () => (messages(road!).length === kinds.length ? true : undefined))
  const contents = messages(road).map((message) => message.content)
  expect(contents.map((content) => content.type)).toEqual([
    'image',
    'video',
    'audio',
    'audio',
    'document',
    'sticker',
    'location',
    'document',
    'poll',
    'system',
    'unsupported',
  ])
  expect(contents[0]).toMatchObject({ text: 'a caption', files: [{ type: 'image' }] })
  expect(contents[1]).not.toHaveProperty('text')
  expect(contents[3]).toMatchObject({ files: [{ voice: true }] })
  expect(contents[4]).toMatchObject({ files: [{ fileName: 'offer.pdf' }] })
  expect(contents[6]).toMatchObject({ location: { latitude: 50.45, longitude: 30.52, name: 'Kyiv' } })
  expect(contents[8]).toMatchObject({ poll: { question: 'Tea?', options: ['yes', 'no'] } })
  for (const content of contents) {
    if (!('files' in content)) continue
    let size = 0
    for await (const piece of await lineOf(road, account).fetchMedia(content.files[0]!.ref, signal())) size += piece.byteLength
    expect(size).toBeGreaterThan(0)
  }
})

test('edits, reactions, deletions and typing come in', async () => {
  road = await openRoad({ appservice: true, doublePuppet: true })
  await road.link(ours, 'sales')
  const sent = await road.phone(olena, 'messages', { to: ours, text: 'one' })
  const message = await road.until('the message', () => said(road!, 'one'))
  const targeting = (type: InboundEvent['type']) => () =>
    road!.inbox.events.find((event) => event.type === type && 'target' in event && event.target === message.id)
  await road.phone(olena, 'edit', { message_id: sent['id'], text: 'two' })
  expect(await road.until('the edit', targeting('edit'))).toMatchObject({
    content: { text: 'two' },
    silent: false,
    sender: { phone: olena },
  })
  await road.phone(olena, 'react', { message_id: sent['id'], emoji: '👍' })
  expect(await road.until('the reaction', targeting('reaction'))).toMatchObject({ emoji: '👍', sender: { isUs: false } })
  await road.phone(olena, 'revoke', { message_id: sent['id'] })
  expect(await road.until('the deletion', targeting('delete'))).toMatchObject({ by: { isUs: false } })
  await road.phone(olena, 'typing', { to: ours, on: true })
  expect(await road.until('typing', () => road!.inbox.events.find((event) => event.type === 'typing'))).toMatchObject({
    senders: [{ phone: olena }],
  })
})

test('files, places and polls go out as what they are', async () => {
  road = await openRoad({ appservice: true, doublePuppet: true })
  const account = await road.link(ours, 'sales')
  await road.phone(olena, 'messages', { to: ours, text: 'hello' })
  const { conversation } = await road.until('the message', () => said(road!, 'hello'))
  const line = lineOf(road, account)
  const bytes = sampleVoice(100)
  const file = (type: 'image' | 'document' | 'audio', mimeType: string, fileName: string, voice = false) => ({
    type,
    mimeType,
    fileName,
    sizeBytes: bytes.byteLength,
    voice,
    async *open() {
      yield bytes
    },
  })
  await line.send(
    outbound(conversation, 'a-1', { type: 'document', text: 'our offer', file: file('document', 'application/pdf', 'offer.pdf') }),
    signal(),
  )
  await line.send(outbound(conversation, 'a-2', { type: 'audio', file: file('audio', 'audio/ogg', 'voice.ogg', true) }), signal())
  await line.send(
    outbound(conversation, 'a-3', { type: 'location', content: { location: { latitude: 50.45, longitude: 30.52, name: 'Office' } } }),
    signal(),
  )
  await line.send(
    outbound(conversation, 'a-4', { type: 'poll', content: { poll: { question: 'When?', options: ['today', 'later'], max_choices: 1 } } }),
    signal(),
  )
  const all = await receivedAll(road, olena, 4)
  expect(all).toMatchObject([
    { type: 'document', text: 'our offer', file_name: 'offer.pdf' },
    { type: 'voice' },
    { type: 'location', location: { latitude: 50.45, longitude: 30.52 } },
    { type: 'poll', question: 'When?', options: ['today', 'later'] },
  ])
  const echoes = await road.until('the echoes', () =>
    messages(road!).filter((message) => message.attempt !== undefined).length === 4 ? messages(road!) : undefined,
  )
  expect(echoes.filter((message) => message.attempt !== undefined).map((message) => message.content.type)).toEqual([
    'document',
    'audio',
    'location',
    'poll',
  ])
})

test('what was said before the linking is history, what comes after is not', async () => {
  road = await openRoad({ appservice: true, doublePuppet: true, backfill: true })
  const hour = 3_600_000
  const old = Array.from({ length: 30 }, (_, index) => ({
    text: `old ${index}`,
    from_me: index % 3 === 0,
    sent_at: new Date(Date.now() - (40 - index) * hour).toISOString(),
  }))
  await road.phone(ours, 'history', { chats: [{ with: olena, name: 'Olena', messages: old }] })
  await road.link(ours, 'sales')
  await road.until('all of the history', () => (messages(road!).length === old.length ? true : undefined))
  expect(messages(road).every((message) => message.history)).toBe(true)
  expect(messages(road).filter((message) => message.sender.isUs)).toHaveLength(10)
  await road.phone(olena, 'messages', { to: ours, text: 'new' })
  expect((await road.until('the new message', () => said(road!, 'new'))).history).toBe(false)
})

test('a group is one conversation, whose people have names', async () => {
  road = await openRoad({ appservice: true, doublePuppet: true })
  await road.link(ours, 'sales')
  const ihor = '+380509876543'
  await road.phone(olena, '', { name: 'Olena' })
  const group = await road.control('groups', { name: 'Delivery', members: [ours, olena, ihor] })
  await road.phone(olena, 'messages', { group: group['id'], text: 'to all' })
  await road.phone(ihor, 'messages', { group: group['id'], text: 'me too' })
  const [first, second] = [await road.until('one', () => said(road!, 'to all')), await road.until('two', () => said(road!, 'me too'))]
  expect(second.conversation).toBe(first.conversation)
  expect([first.sender.phone, first.sender.displayName, second.sender.phone]).toEqual([olena, 'Olena', ihor])
  const chat = road.inbox.events.find((event) => event.type === 'conversation')
  expect(chat).toMatchObject({ kind: 'group', name: 'Delivery', channel: login })
  expect(chat).not.toHaveProperty('contact')
})

test('a sync that leaves out the middle has it filled', async () => {
  road = await openRoad({ appservice: false })
  await road.link(ours, 'sales')
  await road.phone(olena, 'messages', { to: ours, text: 'first' })
  await road.until('the first', () => said(road!, 'first'))
  const many = 250
  for (let index = 0; index < many; index += 1) await road.phone(olena, 'messages', { to: ours, text: `number ${index}` })
  await receivedAll(road, ours, many + 1)
  await road.until('all of them', () => (messages(road!).length === many + 1 ? true : undefined))
  expect(road.inbox.done).toContain('fill_gap')
  expect(new Set(messages(road).map((message) => ('text' in message.content ? message.content.text : ''))).size).toBe(many + 1)
})

test('the audit of a pushed account brings the same events by the same ids', async () => {
  road = await openRoad({ appservice: true, doublePuppet: true })
  const account = await road.link(ours, 'sales')
  const { pull } = road.provider.intake
  const before = await pull!.poll(account, null, 0, signal())
  await road.phone(olena, 'messages', { to: ours, text: 'pushed and asked for' })
  await road.until('the message', () => said(road!, 'pushed and asked for'))
  const count = messages(road).length
  const audit = await pull!.poll(account, before!.cursor!, 0, signal())
  road.inbox.take(audit!)
  await road.inbox.work()
  expect(messages(road)).toHaveLength(count)
  expect(road.inbox.events.filter((event) => event.type === 'message').length).toBeGreaterThan(count)
  expect(await pull!.poll(account, audit!.cursor!, 0, signal())).toBeNull()
})
