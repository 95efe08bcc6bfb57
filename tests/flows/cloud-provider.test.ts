import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ExternalId } from '../../contract/ids.ts'
import { systemClock } from '../../server/lib/clock.ts'
import type { AppError, SendError } from '../../server/lib/errors.ts'
import { probeCloud } from '../../server/providers/cloud/probe.ts'
import type { InboundMessage, OutboundFile } from '../../server/providers/provider.ts'
import { type CloudWorld, openCloudWorld } from './cloud-road.ts'

let world: CloudWorld
beforeEach(async () => {
  world = await openCloudWorld()
})
afterEach(() => world.close())

const olena = '+380671112233'
const ours = '+380441110001'
const signal = AbortSignal.timeout(60_000)
const attempt = () => randomUUID()

function said(text: string): Promise<InboundMessage> {
  return world.until(`"${text}"`, () => world.events('message').find(({ content }) => 'text' in content && content.text === text))
}
async function greeted(text = 'Добрий день'): Promise<InboundMessage> {
  await world.phone(olena, 'messages', { to: ours, type: 'text', text })
  return said(text)
}
const states = (target: string) => world.events('receipt').flatMap((receipt) => (receipt.target === target ? [receipt.state] : []))
const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error as SendError,
  )

test('there and back: a text, its answer as a reply, and how far that came', async () => {
  const first = await greeted('Добрий *день* / hi')
  expect(first).toMatchObject({ channel: world.numbers[0], history: false, sender: { isUs: false, phone: olena } })
  expect(first.conversation).toMatch(/^UA\./)
  expect(world.events('conversation')).toMatchObject([{ kind: 'direct', conversation: first.conversation, windowUntil: first.windowUntil }])

  const id = attempt()
  const sent = await world.line().send(world.outbound(first.conversation, id, { text: 'Вітаємо', replyTo: { id: first.id } }), signal)
  expect(sent).toMatchObject({ state: 'sending', proofMs: null })
  await world.until('the delivery', () => states(sent.id).includes('delivered') || undefined)
  expect(world.events('receipt').every((receipt) => receipt.attempt === id)).toBe(true)
  await world.phone(olena, 'read', { with: ours })
  await world.until('the reading', () => states(sent.id).includes('read') || undefined)
  expect(await world.received(olena)).toMatchObject([{ type: 'text', text: 'Вітаємо', reply_to: expect.any(String) }])
  expect([world.inbox.dead, world.inbox.deferred, world.inbox.unknown]).toEqual([[], [], []])
})

test('who hides their phone is answered by the id that we are told', async () => {
  await world.phone(olena, '', { name: 'Olena', phone_hidden: true })
  const first = await greeted()
  expect(first.sender).toMatchObject({
    username: expect.any(String),
    businessIds: [{ id: first.conversation, scope: world.account.external }],
  })
  expect(first.sender.phone).toBeUndefined()
  const sent = await world.line().send(world.outbound(first.conversation, attempt(), { text: 'hello' }), signal)
  await world.until('the delivery', () => states(sent.id).includes('delivered') || undefined)
  expect(await world.received(olena)).toMatchObject([{ text: 'hello' }])
})

test('a chat that we begin by the phone goes on under the id that its first status tells', async () => {
  const opened = await world.line().open?.({ phone: olena }, signal)
  expect(opened?.conversation).toBe(olena.slice(1))
  const template = {
    name: 'hello_again',
    language: 'uk',
    body: ['Олено'],
    components: [{ part: 'body', format: 'text', text: '{{1}}', variables: ['1'] }],
  }
  await world
    .line()
    .send(world.outbound(opened?.conversation ?? '', attempt(), { type: 'template', text: 'x', content: { template } }), signal)
  const told = await world.until('the id', () => world.events('conversation')[0])
  expect(told).toMatchObject({ replaces: olena.slice(1), conversation: /^UA\./, contact: { phone: olena } } as never)
  const answer = await greeted('thanks')
  expect(answer.conversation).toBe(told.conversation)
  expect(await world.received(olena)).toMatchObject([{ text: expect.stringContaining('Олено') }])
})

test('files come, whole and checked, until the network has them no more; and go', async () => {
  await world.phone(olena, 'messages', { to: ours, type: 'image', text: 'look' })
  const { content } = await said('look')
  if (!('files' in content)) throw new Error('this is no file')
  const [file] = content.files
  expect(file).toMatchObject({ type: 'image', mimeType: expect.stringContaining('image/') })
  const bytes = await read(await world.line().fetchMedia(file?.ref ?? {}, signal))
  expect(bytes.length).toBeGreaterThan(100)
  const other = { ...file?.ref, sha256: Buffer.alloc(32).toString('base64') }
  await expect(world.line().fetchMedia(other, signal).then(read)).rejects.toThrow(/hash/)
  await world.advance(8 * 86_400_000)
  const gone = await world
    .line()
    .fetchMedia(file?.ref ?? {}, signal)
    .then(read)
    .catch((error: unknown) => error as AppError)
  expect(gone).toMatchObject({ code: 'not_found' })

  const { conversation } = await greeted('send it')
  const document: OutboundFile = {
    type: 'document',
    mimeType: 'application/pdf',
    fileName: 'рахунок.pdf',
    sizeBytes: 8,
    voice: false,
    async *open() {
      yield Buffer.from('%PDF-1.4')
    },
  }
  await world.line().send(world.outbound(conversation, attempt(), { type: 'document', text: 'the bill', file: document }), signal)
  await world.until('the file', async () => (await world.received(olena)).find((message) => message.type === 'document'))
})

test('a reaction is given and taken back, and both sides see it', async () => {
  const first = await greeted()
  const deed = { conversation: first.conversation, target: first.id, known: world.outbound(first.conversation, '', {}).known ?? null }
  const given = await world.line().perform?.({ ...deed, attempt: attempt(), type: 'react', emoji: '👍' }, signal)
  expect(given?.state).toBe('sent')
  await world.line().perform?.({ ...deed, attempt: attempt(), type: 'unreact', reaction: given?.id as ExternalId }, signal)
  expect(
    await errorOf(world.line().perform?.({ ...deed, attempt: attempt(), type: 'edit', text: 'x' }, signal) as Promise<unknown>),
  ).toMatchObject({
    code: 'unsupported',
  })
  await world.line().markRead?.({ conversation: first.conversation, message: first.id })
  await world.line().setTyping?.({ conversation: first.conversation, newest: first.id }, true, signal)
})

test.each(['buttons', 'list', 'link', 'ask_location'])('%s can be pressed', async (kind) => {
  const { conversation } = await greeted()
  const choices = {
    buttons: [
      { id: 'y', title: 'Yes' },
      { id: 'n', title: 'No' },
    ],
    list: { button: 'Choose', sections: [{ title: 'Cities', rows: [{ id: 'k', title: 'Kyiv', description: 'Capital' }] }] },
    link: { title: 'Open', url: 'https://example.com' },
    ask_location: true,
  } as const
  const interactive = { header: 'Question', footer: 'Small', [kind]: choices[kind as keyof typeof choices] }
  const sent = await world
    .line()
    .send(world.outbound(conversation, attempt(), { type: 'interactive', text: 'Well?', content: { interactive } }), signal)
  await world.until('the delivery', () => states(sent.id).includes('delivered') || undefined)
  expect(await world.received(olena)).toHaveLength(1)
})

test('places and people go', async () => {
  const { conversation } = await greeted()
  const location = { latitude: 50.45, longitude: 30.52, name: 'Office' }
  const contacts = [{ name: 'Ann', phones: ['+380501112233'] }]
  await world.line().send(world.outbound(conversation, attempt(), { type: 'location', content: { location } }), signal)
  await world.line().send(world.outbound(conversation, attempt(), { type: 'contacts', content: { contacts } }), signal)
  await world.until('both', async () => ((await world.received(olena)).length === 2 ? true : undefined))
  expect((await world.received(olena)).map(({ type }) => type)).toEqual(['location', 'contacts'])
})

test('an answer that was lost leaves one message, which the status names', async () => {
  const { conversation } = await greeted()
  await world.control('faults', { target: 'graph', kind: 'reset_after_accept' })
  const id = attempt()
  const error = await errorOf(world.line().send(world.outbound(conversation, id, { text: 'once' }), signal))
  expect(error).toMatchObject({ code: 'outcome_unknown', certain: false, retryAfterMs: null })
  const receipt = await world.until('its status', () =>
    world.events('receipt').find((one) => one.attempt === id && one.state === 'delivered'),
  )
  expect(receipt.target).toMatch(/^wamid\./)
  expect(await world.received(olena)).toHaveLength(1)
})

test('a status may come before the answer', async () => {
  const { conversation } = await greeted()
  await world.control('faults', { target: 'graph', kind: 'status_first' })
  const id = attempt()
  const find = () => world.events('receipt').find((one) => one.attempt === id)
  let cameFirst = false
  const { id: answer } = await world
    .line()
    .send(world.outbound(conversation, id, { text: 'fast' }), signal)
    .then((sent) => {
      cameFirst = find() !== undefined
      return sent
    })
  const receipt = await world.until('its status', find)
  expect(cameFirst).toBe(true)
  expect(answer).toBe(receipt.target)
})

test('an expired token holds everything until there is another; then it goes, once', async () => {
  const { conversation } = await greeted()
  world.sandbox.graph.setToken('expired')
  const message = world.outbound(conversation, attempt(), { text: 'later' })
  const error = await errorOf(world.line().send(message, signal))
  expect(error).toMatchObject({ code: 'channel_not_connected', certain: true, hold: { reason: 'to_be_set_right', whole: true } })
  expect(error?.message).toMatch(/token/)
  await expect(world.provider.numbers.list(world.account)).rejects.toMatchObject({ code: 'not_configured' })
  world.sandbox.graph.setToken('valid')
  await world.line().send(message, signal)
  expect(await world.received(olena)).toMatchObject([{ text: 'later' }])
})

test('what is said too late is told to have failed, with what to do instead', async () => {
  const { conversation, windowUntil } = await greeted()
  expect(Date.parse(windowUntil ?? '') - Date.now()).toBeLessThanOrEqual(24 * 3_600_000)
  await world.advance(25 * 3_600_000)
  const sent = await world.line().send(world.outbound(conversation, attempt(), { text: 'too late' }), signal)
  const receipt = await world.until('its failure', () => world.events('receipt').find((one) => one.target === sent.id))
  expect(receipt).toMatchObject({
    state: 'failed',
    error: { code: 'window_closed', certain: true, detail: expect.stringContaining('template') },
  })
})

test('who gets too much is waited for, and others are not', async () => {
  const { conversation } = await greeted()
  const sends = Array.from({ length: 50 }, () => errorOf(world.line().send(world.outbound(conversation, attempt(), { text: 'x' }), signal)))
  const refused = (await Promise.all(sends)).filter((error) => error !== undefined)
  expect(refused).toHaveLength(5)
  expect(refused[0]).toMatchObject({ code: 'rate_limited', certain: true, hold: { reason: 'contact_limit', whole: false } })
  const other = '+380671112244'
  await world.phone(other, 'messages', { to: ours, type: 'text', text: 'me too' })
  const second = await said('me too')
  await world.line().send(world.outbound(second.conversation, attempt(), { text: 'at once' }), signal)
})

test.each(['duplicate', 'from_absent', 'from_empty', 'unknown', 'huge', 'wrong_signature'])('%s: each message comes', async (kind) => {
  const first = await greeted('before')
  await world.control('faults', { target: 'graph', leg: 'webhook', kind })
  await world.phone(olena, 'messages', { to: ours, type: 'text', text: 'spoiled' })
  const spoiled = await said('spoiled')
  const last = await greeted('after')
  expect([spoiled.conversation, last.conversation]).toEqual([first.conversation, first.conversation])
  expect(new Set(world.events('message').map(({ id }) => id)).size).toBe(3)
  expect([world.inbox.dead, world.inbox.deferred]).toEqual([[], []])
  // What we know nothing of was kept.
  expect(world.inbox.unknown).toEqual(kind === 'unknown' ? ['messages.brand_new'] : [])
})

test('numbers and templates are looked up, and what is told of them is taken over', async () => {
  const numbers = await world.provider.numbers.list(world.account)
  expect(numbers).toMatchObject([{ external: world.numbers[0], phone: ours, status: 'connected' }, { status: 'connected' }])
  const [task] = world.provider.routine?.tasks(world.account) ?? []
  if (task === undefined) throw new Error('nothing is looked up')
  for (const batch of (await world.provider.run(task, world.account, signal)).batches) world.inbox.take(batch)
  const [all] = world.events('templates')
  const hello = all?.templates.find((template) => template.name === 'hello_again')
  expect(hello).toMatchObject({
    language: 'uk',
    status: 'approved',
    components: expect.arrayContaining([expect.objectContaining({ part: 'body', variables: ['1'] })]),
  })
  expect((await world.provider.run(task, world.account, signal)).batches).toEqual([])
  await world.control('graph/templates/hello_again', { status: 'PAUSED' })
  const news = await world.until('the news', () => world.events('template')[0])
  expect(news).toMatchObject({ account: world.account.external, template: { id: hello?.id, status: 'paused' } })
  await world.inbox.work()
  expect(world.inbox.done).toEqual(['templates', 'app_numbers'])
  expect(
    world
      .events('templates')
      .at(-1)
      ?.templates.find((template) => template.id === hello?.id)?.status,
  ).toBe('paused')
})

test('settings are tried out: what is wrong says what to do', async () => {
  const probe = (more: object = {}) => probeCloud({ http: world.http, clock: systemClock }, { ...world.config, ...more }, signal)
  const right = await probe()
  expect(right.checks.map(({ id, status }) => [id, status])).toEqual([
    ['token', 'ok'],
    ['account', 'ok'],
    ['numbers', 'ok'],
    ['subscription', 'ok'],
    ['version', 'ok'],
    ['app_secret', 'ok'],
    ['clock', 'ok'],
  ])
  expect(right.found?.numbers.map(({ phone }) => phone)).toEqual(['380441110001', '380441110002'])
  const wrong = async (more: object) => (await probe(more)).checks.filter(({ status }) => status === 'error')
  expect(await wrong({ accessToken: 'EAAother' })).toMatchObject([{ id: 'token', fix: expect.stringContaining('system user') }])
  expect(await wrong({ businessAccountId: '1' })).toMatchObject([{ id: 'account' }])
  expect(await wrong({ graphUrl: 'http://127.0.0.1:9' })).toMatchObject([{ id: 'token', detail: expect.stringContaining('reached') }])
  world.sandbox.graph.setToken('valid', ['whatsapp_business_messaging'])
  expect(await wrong({})).toMatchObject([{ id: 'account', fix: expect.stringContaining('whatsapp_business_management') }])
  world.sandbox.graph.setToken('expired')
  expect(await wrong({})).toMatchObject([{ id: 'token' }])
  expect(JSON.stringify(await probe())).not.toContain(world.config.accessToken)
})

async function read(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}
