import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../index.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- what an API says is looked at freely here
type Json = { [key: string]: any }

/** An application behind the webhook: what it was told, with the bytes and the signature. */
type App = { server: Server; url: string; told: Json[]; raw: { body: Buffer; signature: string }[]; status: number }

const customer = '380671112233'
let sandbox: Sandbox
let app: App

beforeEach(async () => {
  app = await startApp()
  sandbox = await open()
})
afterEach(async () => {
  await sandbox.close()
  app.server.closeAllConnections()
  app.server.close()
})

const open = (dataDir?: string) =>
  startSandbox({
    ports: { homeserver: 0, bridge: 0, control: 0 },
    timeScale: 0.01,
    log: () => undefined,
    ...(dataDir === undefined ? {} : { dataDir }),
  })

async function startApp(): Promise<App> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const query = new URL(request.url ?? '/', 'http://x').searchParams
      if (request.method === 'GET') return response.end(query.get('hub.verify_token') === 'verify-me' ? query.get('hub.challenge') : 'no')
      const body = Buffer.concat(parts)
      if (one.status === 200) {
        one.raw.push({ body, signature: String(request.headers['x-hub-signature-256']) })
        one.told.push(...JSON.parse(body.toString()).entry.flatMap((entry: Json) => entry['changes']))
      }
      response.statusCode = one.status
      return response.end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const one: App = { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, told: [], raw: [], status: 200 }
  return one
}

async function ask(method: string, url: string, body?: unknown, headers: Record<string, string> = {}) {
  const json = body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }
  const answer = await fetch(url, {
    method,
    headers: { ...json, ...headers },
    ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: (text.startsWith('{') ? JSON.parse(text) : { text }) as Json }
}
const bearer = () => ({ authorization: `Bearer ${sandbox.graph.secrets.access_token}` })
const graph = (method: string, path: string, body?: unknown, headers = bearer()) =>
  ask(method, `${sandbox.graph.url}/v25.0${path}`, body, headers)
const control = (method: string, path: string, body?: unknown) => ask(method, `${sandbox.controlUrl}/sandbox/v1${path}`, body)
const number = () => sandbox.graph.numbers[0] as { id: string; phone: string }
const post = (message: Json, headers?: Record<string, string>) =>
  graph('POST', `/${number().id}/messages`, { messaging_product: 'whatsapp', to: `+${customer}`, ...message }, headers as never)
const text = (body: string) => ({ type: 'text', text: { body } })

async function listen(): Promise<void> {
  await graph('POST', `/${sandbox.graph.secrets.business_account_id}/subscribed_apps`)
  expect((await control('PUT', '/graph/webhook', { url: app.url, verify_token: 'verify-me' })).status).toBe(200)
}
const write = (message: Json) => control('POST', `/phones/${customer}/messages`, { to: number().phone, ...message })
const messages = () => app.told.flatMap((change) => change['value'].messages ?? [])
const statuses = () => app.told.flatMap((change) => change['value'].statuses ?? [])
async function until(what: () => unknown): Promise<void> {
  await expect.poll(what, { timeout: 10_000 }).toBeTruthy()
}

test('a customer writes and is answered; ticks come, named as we named the message; the bytes are signed as PHP writes them', async () => {
  await listen()
  await write({ text: 'Добрий день / hi' })
  await until(() => messages().length === 1)
  expect(messages()[0]).toMatchObject({ from: customer, from_user_id: /^UA\./, type: 'text', text: { body: 'Добрий день / hi' } } as never)
  const { body, signature } = app.raw[0] as App['raw'][number]
  expect(body.toString()).toContain('\\u0414\\u043e')
  expect(body.toString()).toContain('\\/ hi')
  expect(signature).toBe(`sha256=${createHmac('sha256', sandbox.graph.secrets.app_secret).update(body).digest('hex')}`)

  const sent = await post({ ...text('Вітаємо'), biz_opaque_callback_data: 'attempt-1', context: { message_id: messages()[0].id } })
  expect(sent).toMatchObject({
    status: 200,
    body: { contacts: [{ wa_id: customer }], messages: [{ id: expect.stringMatching(/^wamid\./) }] },
  })
  await until(() => statuses().some((status) => status.status === 'delivered'))
  await control('POST', `/phones/${customer}/read`, { with: number().phone })
  await until(() => statuses().some((status) => status.status === 'read'))
  expect(statuses().map((status) => status.status)).toEqual(['sent', 'delivered', 'read'])
  expect(statuses().every((status) => status.biz_opaque_callback_data === 'attempt-1')).toBe(true)
  const { items } = (await control('GET', `/phones/${customer}/messages`)).body
  expect(items).toMatchObject([{ text: 'Вітаємо', reply_to: expect.any(String) }])
})

test.each([
  ['no token', {}, text('x'), 401, 190, {}],
  ['another token', {}, text('x'), 401, 190, { authorization: 'Bearer x' }],
  ['no messaging_product', { messaging_product: undefined }, text('x'), 400, 100],
  ['nobody', { to: '' }, text('x'), 400, 131008],
  ['an unknown user id', { to: undefined, recipient: 'UA.1' }, text('x'), 400, 131009],
  ['an unknown type', {}, { type: 'poll', poll: {} }, 400, 100],
  ['a long text', {}, text('x'.repeat(4097)), 400, 131009],
  ['no text', {}, { type: 'text', text: {} }, 400, 131008],
  ['a caption on audio', {}, { type: 'audio', audio: { id: '1', caption: 'x' } }, 400, 100],
  ['id and link', {}, { type: 'image', image: { id: '1', link: 'https://x' } }, 400, 131009],
  ['an unknown media id', {}, { type: 'image', image: { id: '1' } }, 400, 131009],
  [
    'a reaction as a reply',
    {},
    { type: 'reaction', reaction: { message_id: 'x', emoji: '👍' }, context: { message_id: 'x' } },
    400,
    131009,
  ],
  ['four buttons', {}, buttons('a', 'b', 'c', 'd'), 400, 131009],
  ['two equal titles', {}, buttons('a', 'a'), 400, 131009],
  ['a long title', {}, buttons('x'.repeat(21)), 400, 131009],
  ['a template that is not there', {}, template('none', []), 404, 132001],
  ['too few parameters', {}, template('hello_again', []), 400, 132000],
  ['a paused template', {}, template('spring_sale', ['x']), 400, 132015],
  ['oneself', { to: '+380441110001' }, text('x'), 400, 131021],
] as [string, Json, Json, number, number, Record<string, string>?][])('refuses %s', async (_, envelope, content, status, code, headers) => {
  const answer = await post({ ...content, ...envelope }, headers)
  expect([answer.status, answer.body['error']?.code]).toEqual([status, code])
})

function buttons(...titles: string[]): Json {
  const replies = titles.map((title, at) => ({ type: 'reply', reply: { id: String(at), title } }))
  return { type: 'interactive', interactive: { type: 'button', body: { text: 'x' }, action: { buttons: replies } } }
}
function template(name: string, values: string[]): Json {
  const parameters = values.map((value) => ({ type: 'text', text: value }))
  return { type: 'template', template: { name, language: { code: 'uk' }, components: [{ type: 'body', parameters }] } }
}

test('what nobody knows is refused, and never taken', async () => {
  for (const path of ['/1', '/1/messages', '/me', `/${number().id}/nothing`])
    expect((await graph('POST', path, {})).body['error'].code, path).toBeGreaterThan(0)
})

test('outside the window a text is taken and fails afterwards, a template goes; a user id in `to` is lost', async () => {
  await listen()
  await post(text('too early'))
  await until(() => statuses().length === 1)
  expect(statuses()[0]).toMatchObject({ status: 'failed', errors: [{ code: 131047 }] })
  await write({ text: 'hello' })
  await until(() => messages().length === 1)
  expect((await post(text('in time'))).status).toBe(200)
  await control('POST', '/graph/clock', { advance_ms: 25 * 3_600_000 })
  await post(text('too late'))
  await until(() => statuses().filter((status) => status.status === 'failed').length === 2)
  await post(template('hello_again', ['Olena']))
  await post({ ...text('lost'), to: messages()[0].from_user_id })
  await until(() => statuses().some((status) => status.errors?.[0].code === 131026))
  await post({ ...text('by id'), to: undefined, recipient: messages()[0].from_user_id, ...template('hello_again', ['Ivan']) })
  const { items } = (await control('GET', `/phones/${customer}/messages`)).body
  expect(items.map((item: Json) => item['text'])).toEqual(['in time', expect.stringContaining('Olena'), expect.stringContaining('Ivan')])
})

test('one person gets forty-five in a row and then one in six seconds; others are not held up', async () => {
  await write({ text: 'hello' })
  const answers = await Promise.all(Array.from({ length: 46 }, (_, n) => post(text(String(n)))))
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(45)
  expect(answers.find((answer) => answer.status !== 200)?.body['error'].code).toBe(131056)
  expect((await post({ ...text('x'), to: '+380671112244' })).status).toBe(200)
  await control('POST', '/graph/clock', { advance_ms: 6_000 })
  expect((await post(text('again'))).status).toBe(200)
})

test('files go up and come down: with the token only, until the address and the id end', async () => {
  await listen()
  await write({ type: 'image', text: 'look' })
  await until(() => messages().length === 1)
  const { id, sha256 } = messages()[0].image
  const described = await graph('GET', `/${id}`)
  expect(Buffer.from(sha256, 'base64').toString('hex')).toBe(described.body['sha256'])
  expect((await ask('GET', described.body['url'])).status).toBe(401)
  expect((await ask('GET', described.body['url'], undefined, bearer())).status).toBe(200)
  await control('POST', '/graph/clock', { advance_ms: 6 * 60_000 })
  expect((await ask('GET', described.body['url'], undefined, bearer())).status).toBe(404)
  await control('POST', '/graph/clock', { advance_ms: 8 * 86_400_000 })
  expect((await graph('GET', `/${id}`)).body['error'].code).toBe(100)

  const form = new FormData()
  form.set('messaging_product', 'whatsapp')
  form.set('file', new Blob(['%PDF-1.4'], { type: 'application/pdf' }), 'a.pdf')
  const uploaded = await graph('POST', `/${number().id}/media`, form)
  await write({ text: 'send it' })
  await until(() => messages().length === 2)
  expect((await post({ type: 'document', document: { id: uploaded.body['id'], filename: 'a.pdf' } })).status).toBe(200)
  const other = sandbox.graph.numbers[1]?.id
  expect(
    (
      await graph('POST', `/${other}/messages`, {
        messaging_product: 'whatsapp',
        to: `+${customer}`,
        type: 'document',
        document: { id: uploaded.body['id'] },
      })
    ).status,
  ).toBe(400)
})

test('a delivery is repeated until it is taken, over a restart too; nothing is told to who has not subscribed', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'mistok-graph-'))
  try {
    await sandbox.close()
    sandbox = await open(dataDir)
    await write({ text: 'nobody listens' })
    await listen()
    app.status = 500
    await write({ text: 'one' })
    await expect.poll(async () => (await control('GET', '/graph')).body['waiting']).toBe(1)
    const before = sandbox.graph.secrets
    await sandbox.close()
    sandbox = await open(dataDir)
    expect(sandbox.graph.secrets).toEqual(before)
    app.status = 200
    await until(() => messages().length === 1)
    await write({ text: 'two' })
    await until(() => messages().length === 2)
    expect(messages().map((message) => message.text.body)).toEqual(['one', 'two'])
    expect((await control('GET', '/graph')).body['waiting']).toBe(0)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})

test.each([
  ['duplicate', () => app.raw.length === 3],
  ['from_absent', () => messages()[0]?.from === undefined],
  ['from_empty', () => messages()[0]?.from === ''],
  ['unknown', () => messages()[0]?.user_actions_v2 !== undefined],
  ['huge', () => (app.raw[0]?.body.length ?? 0) > 2_900_000],
  ['wrong_signature', () => app.raw.length === 2],
])('plays %s', async (kind, seen) => {
  await listen()
  expect((await control('POST', '/faults', { target: 'graph', leg: 'webhook', kind })).status).toBe(201)
  await write({ text: 'hello' })
  await until(seen)
})

test('an answer that is lost after it was accepted, and a status that comes before it', async () => {
  await listen()
  await write({ text: 'hello' })
  await control('POST', '/faults', { target: 'graph', kind: 'reset_after_accept' })
  await expect(post({ ...text('lost'), biz_opaque_callback_data: 'a1' })).rejects.toThrow('fetch failed')
  await until(() => statuses().some((status) => status.biz_opaque_callback_data === 'a1'))
  expect((await control('GET', `/phones/${customer}/messages`)).body['items']).toHaveLength(1)
  await control('POST', '/graph/token', { state: 'expired' })
  expect((await post(text('x'))).body['error']).toMatchObject({ code: 190, error_subcode: 463 })
})

test('a callback URL that does not prove itself is not entered', async () => {
  expect(await control('PUT', '/graph/webhook', { url: app.url, verify_token: 'wrong' })).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining('verify token') },
  })
})

test('a number in the Business app tells echoes, history and address book; one that is in none has nothing to tell', async () => {
  await listen()
  const ours = number().phone.slice(1)
  const changes = (field: string) => app.told.filter((change) => change['field'] === field).map((change) => change['value'])
  const say = (body: Json) => control('POST', `/phones/${ours}/messages`, { to: customer, ...body })
  await say({ text: 'before' })
  expect(await control('POST', `/graph/numbers/${ours}/sync`, { what: 'history' })).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining('no WhatsApp Business app') },
  })
  expect((await control('POST', `/graph/numbers/${customer}/app`)).status).toBe(400)
  await control('POST', `/phones/${customer}/messages`, { to: ours, type: 'image' })
  expect((await control('POST', `/graph/numbers/${ours}/app`)).body).toEqual({ phone: `+${ours}`, on: true })
  expect((await graph('GET', `/${number().id}`)).body['is_on_biz_app']).toBe(true)
  await control('POST', `/phones/${ours}`, { contacts: { [customer]: 'Olena K' } })
  await say({ text: 'typed' })
  for (const what of ['history', 'contacts']) await control('POST', `/graph/numbers/${ours}/sync`, { what })
  await until(() => changes('smb_app_state_sync').length === 1)
  expect(changes('smb_message_echoes')).toMatchObject([
    { message_echoes: [{ from: ours, to: customer, type: 'text', text: { body: 'typed' } }] },
  ])
  const [told, file] = changes('history')
  expect(told.history).toMatchObject([
    {
      metadata: { phase: 0, chunk_order: 1, progress: 100 },
      threads: [
        {
          id: customer,
          messages: [
            { from: ours, to: customer, text: { body: 'before' }, history_context: { status: 'DELIVERED' } },
            { from: customer, type: 'media_placeholder' },
          ],
        },
      ],
    },
  ])
  expect(file.messages).toMatchObject([{ id: messages()[0].id, type: 'image', image: { mime_type: 'image/jpeg' } }])
  expect(changes('smb_app_state_sync')[0].state_sync).toMatchObject([
    { type: 'contact', contact: { full_name: 'Olena K', phone_number: customer }, action: 'add' },
  ])
})
