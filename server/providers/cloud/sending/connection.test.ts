import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { ChannelId, ExternalId } from '../../../../contract/ids.ts'
import type { SendError } from '../../../lib/errors.ts'
import { createHttpClient } from '../../../lib/http-client.ts'
import { silentLog } from '../../../lib/log.ts'
import type { Connection, OutboundMessage } from '../../provider.ts'
import { createCloudProvider } from '../index.ts'
import { number, olena, road, waba } from '../testing.ts'

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly text: string
}
type Answer = {
  readonly status?: number
  readonly body?: unknown
  readonly text?: string
  readonly headers?: Record<string, string>
  readonly cut?: true
}

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const taken = { body: { messaging_product: 'whatsapp', contacts: [{ input: '+1', wa_id: '1' }], messages: [{ id: 'wamid.out' }] } }

async function open(respond: (seen: Seen) => Answer = () => taken, address?: string) {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const one = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        text: Buffer.concat(parts).toString('latin1'),
      }
      seen.push(one)
      const answer = respond(one)
      if (answer.cut === true) return request.socket.destroy()
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers })
      response.end(answer.text ?? JSON.stringify(answer.body ?? {}))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const http = createHttpClient({ purpose: 'WhatsApp', allowPrivate: true, timeoutMs: 2_000 })
  closing.push(async () => {
    await http.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const clock = { now: Date.parse('2026-11-22T10:00:00Z') }
  const config = { ...road, graphUrl: address ?? url, mediaOrigins: [] }
  const provider = createCloudProvider({ config, http, clock: () => clock.now, log: silentLog })
  const connect = (): Connection =>
    provider.connect({ id: 'chn_1' as ChannelId, external: number as ExternalId, account: { external: waba as ExternalId, secrets: {} } })
  return { seen, url, clock, provider, connect }
}

const attempt = '0197f0c0-0000-7000-8000-000000000001'
const chat = { phone: '+380671234567', user_id: olena.user_id, numbers: [number] }
const hello: OutboundMessage = {
  attempt,
  conversation: olena.user_id as ExternalId,
  type: 'text',
  text: 'Привіт',
  content: {},
  known: chat,
}
const signal = AbortSignal.timeout(60_000)
const errorOf = (sending: Promise<unknown>) =>
  sending.then(
    () => undefined,
    (error: unknown) => error as SendError,
  )

test('a text goes to the phone with the attempt as its mark, and the token in its header alone', async () => {
  const { connect, seen } = await open()
  expect(await connect().send(hello, signal)).toEqual({ id: 'wamid.out', state: 'sending', proofMs: null })
  expect(seen).toMatchObject([
    { method: 'POST', url: `/v25.0/${number}/messages`, headers: { authorization: `Bearer ${road.accessToken}` } },
  ])
  expect(JSON.parse(Buffer.from(seen[0]?.text ?? '', 'latin1').toString())).toEqual({
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: '+380671234567',
    type: 'text',
    text: { body: 'Привіт', preview_url: false },
    biz_opaque_callback_data: attempt,
  })
})

test.each([
  [
    'token expired',
    { status: 401, body: { error: { message: `Bad ${road.accessToken}`, code: 190 } } },
    'channel_not_connected',
    60_000,
    { reason: 'to_be_set_right', whole: true },
  ],
  [
    'throughput',
    { status: 400, body: { error: { message: 'x', code: 130429 } } },
    'rate_limited',
    5_000,
    { reason: 'number_limit', whole: true },
  ],
  ['window', { status: 400, body: { error: { message: 'x', code: 131047 } } }, 'window_closed', null, undefined],
  ['not there', { status: 400, body: { error: { message: 'x', code: 131026 } } }, 'recipient_unreachable', null, undefined],
  ['bad parameter', { status: 400, body: { error: { message: 'x', code: 100 } } }, 'provider_rejected', null, undefined],
])('%s is certain', async (_name, answer, code, retryAfterMs, hold) => {
  const { connect } = await open(() => answer)
  const error = await errorOf(connect().send(hello, signal))
  expect(error).toMatchObject({ code, certain: true, retryAfterMs })
  expect(error?.hold).toEqual(hold)
  expect(JSON.stringify([error?.message, String(error), error?.cause instanceof Error ? error.cause.message : ''])).not.toContain(
    road.accessToken,
  )
})

test('how long the app has to wait is the network’s own word', async () => {
  const usage = JSON.stringify({ [waba]: [{ type: 'messages', call_count: 100, estimated_time_to_regain_access: 7 }] })
  const { connect } = await open(() => ({ status: 400, body: { error: { code: 80007 } }, headers: { 'x-business-use-case-usage': usage } }))
  expect(await errorOf(connect().send(hello, signal))).toMatchObject({ retryAfterMs: 7 * 60_000 })
})

test('a recipient who got too much is waited for longer and longer, and anew after the first that came through', async () => {
  let refuse = true
  const { connect } = await open(() => (refuse ? { status: 400, body: { error: { code: 131056 } } } : taken))
  const pauses: unknown[] = []
  for (let n = 0; n < 4; n += 1) {
    const error = await errorOf(connect().send({ ...hello, attempt: `${attempt}${n}` }, signal))
    pauses.push(error?.retryAfterMs)
    expect(error?.hold).toEqual({ reason: 'contact_limit', whole: false })
  }
  expect(pauses).toEqual([1_000, 4_000, 16_000, 64_000])
  refuse = false
  await connect().send(hello, signal)
  refuse = true
  expect(await errorOf(connect().send(hello, signal))).toMatchObject({ retryAfterMs: 1_000 })
})

test('a passing fault is tried three times, then told', async () => {
  const { connect } = await open(() => ({ status: 500, body: { error: { code: 131000 } } }))
  const pauses: unknown[] = []
  for (let n = 0; n < 4; n += 1) pauses.push((await errorOf(connect().send(hello, signal)))?.retryAfterMs)
  expect(pauses).toEqual([5_000, 10_000, 20_000, null])
})

test.each<[string, Answer]>([
  ['the connection breaks after it was heard', { cut: true }],
  ['something in between answers', { status: 502, text: '<html>Bad gateway</html>' }],
  ['a fault that is none of the API', { status: 500, body: { oops: true } }],
  ['taken without a name', { body: { messaging_product: 'whatsapp' } }],
])('nobody knows what became of it when %s', async (_name, answer) => {
  const { connect, seen } = await open(() => answer)
  expect(await errorOf(connect().send(hello, signal))).toMatchObject({ code: 'outcome_unknown', certain: false, retryAfterMs: null })
  expect(seen).toHaveLength(1)
})

test('what never left can be sent again', async () => {
  const { connect } = await open(undefined, 'http://127.0.0.1:9')
  expect(await errorOf(connect().send(hello, signal))).toMatchObject({ code: 'provider_unavailable', certain: true, retryAfterMs: 5_000 })
})

test('a file is brought first, once, whatever becomes of the message', async () => {
  let refuse = true
  const { connect, seen } = await open(({ url }) =>
    url.endsWith('/media') ? { body: { id: '77' } } : refuse ? { status: 400, body: { error: { code: 131056 } } } : taken,
  )
  const bytes = Buffer.from('Ogg\0Opus')
  const file = {
    type: 'audio',
    mimeType: 'audio/ogg; codecs=opus',
    fileName: 'note".ogg',
    sizeBytes: bytes.length,
    voice: true,
    async *open() {
      yield bytes
    },
  } as const
  const note: OutboundMessage = { ...hello, type: 'audio', text: '', file }
  expect(await errorOf(connect().send(note, signal))).toMatchObject({ code: 'rate_limited' })
  refuse = false
  await connect().send(note, signal)
  const [upload, ...rest] = seen
  expect(upload).toMatchObject({ url: `/v25.0/${number}/media`, headers: { 'content-length': String(upload?.text.length) } })
  expect(upload?.text).toMatch(
    /name="messaging_product"\r\n\r\nwhatsapp\r\n[^]*name="type"\r\n\r\naudio\/ogg\r\n[^]*filename="note_.ogg"[^]*\r\n\r\nOgg\0Opus\r\n--/,
  )
  expect(rest.map(({ url }) => url)).toEqual([`/v25.0/${number}/messages`, `/v25.0/${number}/messages`])
  expect(JSON.parse(rest[1]?.text ?? '')).toMatchObject({ type: 'audio', audio: { id: '77', voice: true } })
})

test('that we have read and that we type is one request, and harms nothing when it is refused', async () => {
  let answer: Answer = { body: { success: true } }
  const { connect, seen } = await open(() => answer)
  const conversation = olena.user_id as ExternalId
  await connect().markRead?.({ conversation, message: 'wamid.in' as ExternalId })
  await connect().setTyping?.({ conversation, newest: 'wamid.in' as ExternalId }, true, signal)
  await connect().setTyping?.({ conversation, newest: 'wamid.in' as ExternalId }, false, signal)
  await connect().setTyping?.({ conversation }, true, signal)
  const read = { messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.in' }
  expect(seen.map(({ text }) => JSON.parse(text) as unknown)).toEqual([read, { ...read, typing_indicator: { type: 'text' } }])
  answer = { status: 400, body: { error: { code: 131009 } } }
  await connect().markRead?.({ conversation, message: 'wamid.old' as ExternalId })
})

test('a chat is opened without asking anybody, with its window closed', async () => {
  const { connect, seen, clock } = await open()
  const windowUntil = new Date(clock.now).toISOString()
  expect(await connect().open?.({ phone: '+380671234567' }, signal)).toEqual({
    conversation: '380671234567',
    contact: { id: '380671234567', isUs: false, phone: '+380671234567' },
    windowUntil,
  })
  expect(await connect().open?.({ businessId: olena.user_id }, signal)).toMatchObject({ conversation: olena.user_id, windowUntil })
  expect(await errorOf(connect().open?.({ hiddenId: '1@lid' }, signal) ?? Promise.resolve())).toMatchObject({
    code: 'recipient_unreachable',
  })
  expect(seen).toEqual([])
})
