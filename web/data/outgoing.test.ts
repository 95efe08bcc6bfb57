import { expect, test, vi } from 'vitest'
import type { Message } from '../../contract/message.ts'
import { ApiError, NetworkError } from './api-error.ts'
import type { Client } from './client.ts'
import { createSends, type OutgoingShelf } from './outgoing.ts'
import { createStore } from './store.ts'
import { chat, handSchedule, sampleMessage } from './testing/samples.ts'
import type { Outgoing } from './thread.ts'

type Outcome = 'ok' | 'lost answer' | 'no network' | ApiError

/** A server that keeps idempotency keys; each request meets the next outcome, and then all work. */
function createServer(...outcomes: Outcome[]) {
  const stored = new Map<string, Message>()
  const requests: { key: string; text: string | undefined; media: string | undefined }[] = []
  let uploads = 0
  const call = async (_name: string, { idempotencyKey = '', body }: { idempotencyKey?: string; body: Outgoing['input'] }) => {
    requests.push({ key: idempotencyKey, text: body.text, media: body.attachments?.[0]?.media_id })
    const outcome = outcomes.shift() ?? 'ok'
    if (outcome === 'no network') throw new NetworkError('gone')
    if (outcome instanceof ApiError) throw outcome
    const message = stored.get(idempotencyKey) ?? sampleMessage(`m${stored.size + 1}`, stored.size + 1, { text: body.text ?? '' } as never)
    stored.set(idempotencyKey, message)
    if (outcome === 'lost answer') throw new NetworkError('gone')
    return message
  }
  const upload = async () => ({ id: `med_${++uploads}` })
  return { client: { call, upload } as unknown as Client, requests, stored, uploads: () => uploads }
}

function createShelf(): OutgoingShelf & { readonly kept: Map<string, Outgoing> } {
  const kept = new Map<string, Outgoing>()
  return { kept, list: () => [...kept.values()], put: (send) => kept.set(send.key, send), remove: (key) => kept.delete(key) }
}

function setUp(server: ReturnType<typeof createServer>, shelf = createShelf()) {
  const store = createStore(handSchedule())
  store.keepPage(chat, { messages: [], kind: 'newest', hasOlder: false, hasNewer: false, isFresh: () => true })
  let id = 0
  const pauses: number[] = []
  const pause = async (ms: number) => void pauses.push(ms)
  const sends = createSends({ client: server.client, store, shelf, now: () => Date.UTC(2026, 10, 22), newId: () => `key${++id}`, pause })
  const settled = () =>
    vi.waitFor(() => expect(store.thread(chat).pending.filter((key) => store.outgoing(key)?.state !== 'failed')).toEqual([]))
  return { store, sends, shelf, pauses, settled }
}

test('a lost answer is asked for again under the same key: one message, one row', async () => {
  const server = createServer('lost answer', 'no network', 'lost answer')
  const { store, sends, shelf, settled } = setUp(server)
  sends.send(chat, { text: 'привіт' })
  expect(store.thread(chat).pending).toEqual(['key1'])
  await settled()
  expect(server.requests.map(({ key }) => key)).toEqual(['key1', 'key1', 'key1', 'key1'])
  expect(server.stored.size).toBe(1)
  expect(store.thread(chat).rows).toMatchObject([{ key: 'key1', id: 'msg_m1' }])
  expect(shelf.kept.size).toBe(0)
})

test('sends of a conversation keep their order while the first one waits', async () => {
  const server = createServer('no network', 'no network')
  const { sends, settled } = setUp(server)
  for (const text of ['1', '2', '3']) sends.send(chat, { text })
  await settled()
  expect(server.requests.map(({ text }) => text)).toEqual(['1', '1', '1', '2', '3'])
  expect([...server.stored.values()].map((message) => 'text' in message && message.text)).toEqual(['1', '2', '3'])
})

test('a refusal is kept with its code, lets the next one go, and goes again under a new key', async () => {
  const server = createServer(new ApiError(409, { code: 'channel_not_connected' }))
  const { store, sends, settled } = setUp(server)
  sends.send(chat, { text: '1' })
  sends.send(chat, { text: '2' })
  await settled()
  const [key = ''] = store.thread(chat).pending
  expect(store.outgoing(key)).toMatchObject({ key: 'key1~1', state: 'failed', error: 'channel_not_connected' })
  sends.sendAgain(key)
  await settled()
  expect(server.requests.map((request) => request.key)).toEqual(['key1', 'key2', 'key1~1'])
  expect(store.thread(chat)).toMatchObject({ pending: [], rows: [{ id: 'msg_m1' }, { id: 'msg_m2' }] })
})

test.each([
  ['asks to wait', new ApiError(429, {}, 20_000), 20_000],
  ['is overloaded', new ApiError(503, {}), 1_000],
  ['still works on the first copy', new ApiError(409, { code: 'idempotency_in_progress' }), 1_000],
])('waits when the server %s', async (_, error, least) => {
  const server = createServer(error)
  const { sends, pauses, settled } = setUp(server)
  sends.send(chat, { text: '1' })
  await settled()
  expect(pauses).toEqual([least])
  expect(server.requests.map(({ key }) => key)).toEqual(['key1', 'key1'])
})

test('a reload takes up what was left unanswered, under its key', async () => {
  const shelf = createShelf()
  const offline = createServer(...Array.from({ length: 50 }, () => 'lost answer' as const))
  const first = setUp(offline, shelf)
  first.sends.send(chat, { text: '1' })
  await vi.waitFor(() => expect(offline.requests.length).toBeGreaterThan(0))
  first.sends.close()
  const second = setUp(offline, shelf)
  second.sends.resume()
  await vi.waitFor(() => expect(offline.requests.length).toBeGreaterThan(49))
  await second.settled()
  expect(offline.stored.size).toBe(1)
  expect(new Set(offline.requests.map(({ key }) => key)).size).toBe(1)
})

test('what is older than the life of a key is not repeated by the machine', async () => {
  const shelf = createShelf()
  const input = { type: 'text', text: 'old' } as const
  shelf.put({ key: 'old', conversation_id: chat, created_at: '2026-11-19T00:00:00.000Z', state: 'waiting', input })
  const server = createServer()
  const { store, sends, settled } = setUp(server, shelf)
  sends.resume()
  await settled()
  expect(server.requests).toEqual([])
  expect(store.outgoing('old~1')).toMatchObject({ state: 'failed', error: 'outcome_unknown' })
})

test('a file is uploaded once and sent by its id over repeats; until then the page says that it would be lost', async () => {
  const server = createServer('no network', 'no network')
  const { sends, settled } = setUp(server)
  sends.send(chat, { text: 'підпис', file: { file: new File(['x'], 'a.png', { type: 'image/png' }), type: 'image' } })
  expect(sends.hasUnsavedFile()).toBe(true)
  await settled()
  expect(server.uploads()).toBe(1)
  expect(server.requests.map(({ media }) => media)).toEqual(['med_1', 'med_1', 'med_1'])
  expect(sends.hasUnsavedFile()).toBe(false)
})
