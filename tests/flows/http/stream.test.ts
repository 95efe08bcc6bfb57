import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ChannelId } from '../../../contract/ids.ts'
import type { Problem } from '../../../contract/problem.ts'
import { appendEvents, type Change } from '../../../server/db/events.ts'
import { notify } from '../../../server/db/notify.ts'
import { addChannel, addChat, addMessage, openTestHttp, type Person, type TestHttp } from '../../support/http.ts'

let http: TestHttp
let url: string
let agent: Person
let channel: ChannelId
const opened: AbortController[] = []

beforeEach(async () => {
  http = await openTestHttp()
  url = await http.app.listen({ host: '127.0.0.1', port: 0 })
  agent = await http.signedIn('agent', 'agent')
  channel = await addChannel(http.db)
})
afterEach(async () => {
  for (const one of opened.splice(0)) one.abort()
  await http.close()
})

interface Stream {
  readonly events: EventSourceMessage[]
  /** The id that a browser would come back with. */
  readonly lastId: () => string | undefined
  readonly ended: Promise<void>
  until(count: number): Promise<void>
  leave(): void
}

async function open(headers: Record<string, string>, query = '', lastEventId?: string): Promise<Stream> {
  const leaving = new AbortController()
  opened.push(leaving)
  const sent = { ...headers, accept: 'text/event-stream', ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) }
  const answer = await fetch(`${url}/api/v1/events${query}`, { headers: sent, signal: leaving.signal })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  const events: EventSourceMessage[] = []
  const parser = createParser({ onEvent: (event) => events.push(event) })
  const ended = (async () => {
    const text = new TextDecoder()
    for await (const chunk of answer.body ?? []) parser.feed(text.decode(chunk, { stream: true }))
  })().catch(() => {})
  const stream: Stream = {
    events,
    lastId: () => events.findLast((event) => event.id !== undefined)?.id,
    ended,
    until: (count) => expect.poll(() => events.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(count),
    leave: () => leaving.abort(),
  }
  await stream.until(1)
  return stream
}

const arrive = async (in_: ChannelId, text: string) => {
  const chat = await addChat(http.db, in_)
  const id = await addMessage(http.db, { channel: in_, conversation: chat.id, contact: chat.contact, text, sentAt: new Date() })
  await http.db.transaction().execute((tx) => appendEvents(tx, [{ type: 'message.created', objectId: id, channelId: in_ }], new Date()))
  return { id, chat }
}
const textsOf = (stream: Stream) =>
  stream.events.filter((event) => event.event === 'message.created').map((event) => JSON.parse(event.data).data.text)

test('begins with a cursor, tells whole objects, and resumes exactly where it was left', async () => {
  const first = await open(agent.headers)
  expect(first.events[0]).toMatchObject({ event: 'ready', id: expect.stringMatching(/^\d+-\d+$/) })
  const { id, chat } = await arrive(channel, 'one')
  await first.until(2)
  const [, told] = first.events
  expect(told).toMatchObject({ event: 'message.created', id: expect.stringMatching(/^\d+-\d+$/) })
  const event = JSON.parse(told?.data ?? '')
  expect(event).toEqual({
    id: told?.id,
    type: 'message.created',
    created_at: expect.any(String),
    data: expect.objectContaining({ id, text: 'one', conversation_id: chat.id }),
  })
  const single = await http.app.inject({ url: `/api/v1/communications/conversations/${chat.id}/messages`, headers: agent.headers })
  expect(event.data).toEqual(single.json().items[0])

  first.leave()
  await first.ended
  for (const text of ['two', 'three']) await arrive(channel, text)
  // What the browser sends when it comes back stands before what its address says.
  const second = await open(agent.headers, `?after=${first.events[0]?.id}`, first.lastId())
  await second.until(3)
  expect(textsOf(second)).toEqual(['two', 'three'])
  const byAddress = await open(agent.headers, `?after=${first.events[0]?.id}`)
  await byAddress.until(4)
  expect(textsOf(byAddress)).toEqual(['one', 'two', 'three'])
})

test('a cursor that is too old is a problem, not a silent skip', async () => {
  const answer = await fetch(`${url}/api/v1/events?after=999999999-1`, { headers: { ...agent.headers, accept: 'text/event-stream' } })
  expect([answer.status, ((await answer.json()) as Problem).code]).toEqual([410, 'cursor_expired'])
  const wrong = await fetch(`${url}/api/v1/events?types=message.created,nonsense`, {
    headers: { ...agent.headers, accept: 'text/event-stream' },
  })
  expect([wrong.status, ((await wrong.json()) as Problem).errors?.[0]?.pointer]).toEqual([400, '/query/types'])
})

test('only what was asked for comes', async () => {
  const other = await addChannel(http.db)
  const narrow = await open(agent.headers, `?channel_id=${channel}&types=message.created`)
  const wide = await open(agent.headers)
  await arrive(other, 'elsewhere')
  await http.db
    .transaction()
    .execute((tx) => appendEvents(tx, [{ type: 'channel.updated', objectId: channel, channelId: channel }], new Date()))
  await arrive(channel, 'here')
  await wide.until(4)
  await narrow.until(2)
  expect(wide.events.map((event) => event.event)).toEqual(['ready', 'message.created', 'channel.updated', 'message.created'])
  expect(textsOf(narrow)).toEqual(['here'])
})

test('access is asked again at each delivery', async () => {
  const other = await addChannel(http.db)
  const stream = await open(agent.headers)
  await arrive(channel, 'before')
  await stream.until(2)
  await http.db.updateTable('channels').set({ access: 'personal' }).where('id', '=', channel).execute()
  await arrive(channel, 'private')
  await arrive(other, 'meanwhile')
  await stream.until(3)
  await http.db.updateTable('channels').set({ access: 'shared' }).execute()
  await arrive(channel, 'after')
  await stream.until(4)
  expect(textsOf(stream)).toEqual(['before', 'meanwhile', 'after'])
})

test('a stream ends when its session, its person or its key ends', async () => {
  const admin = await http.signedIn('admin', 'admin')
  const other = await http.signedIn('other', 'agent')
  const made = await http.app.inject({
    method: 'POST',
    url: '/api/v1/api-keys',
    headers: admin.headers,
    payload: { name: 'CRM', scopes: ['messages:read'] },
  })
  const streams = [await open(agent.headers), await open(other.headers), await open({ authorization: `Bearer ${made.json().key}` })]
  const staying = await open(admin.headers)
  await http.app.inject({ method: 'POST', url: '/api/v1/auth/logout', headers: agent.headers })
  await http.people.update(other.id, { active: false })
  await http.app.inject({ method: 'DELETE', url: `/api/v1/api-keys/${made.json().id}`, headers: admin.headers })
  await Promise.all(streams.map((stream) => stream.ended))
  await arrive(channel, 'still told')
  await staying.until(2)
  expect(textsOf(staying)).toEqual(['still told'])
})

test('typing is told to who may see the chat, without an id', async () => {
  const { chat } = await arrive(channel, 'hello')
  const hidden = await addChannel(http.db, { access: 'personal' })
  const stream = await open(agent.headers)
  const sender = { id: chat.contact, name: 'Olena' }
  await notify(http.db, 'typing', JSON.stringify({ conversation_id: 'cnv_0', channel_id: hidden, sender, on: true }))
  await notify(http.db, 'typing', JSON.stringify({ conversation_id: chat.id, channel_id: channel, sender, on: true }))
  await stream.until(2)
  expect(stream.events[1]).toMatchObject({ event: 'typing', data: JSON.stringify({ conversation_id: chat.id, sender, on: true }) })
  expect(stream.events[1]?.id).toBeUndefined()
})

test('a reader who takes nothing is cut off and holds nobody up', async () => {
  const connected = once(http.app.server, 'connection') as Promise<[Socket]>
  const stuck = createConnection({ host: '127.0.0.1', port: Number(new URL(url).port) })
  stuck.on('error', () => {})
  stuck.write(`GET /api/v1/events HTTP/1.1\r\nHost: x\r\nCookie: ${agent.headers.cookie}\r\nAccept: text/event-stream\r\n\r\n`)
  stuck.pause()
  const [ourSide] = await connected
  const closed = once(ourSide, 'close')
  const quick = await open(agent.headers)
  // More than the buffers of two sockets hold.
  const changes: Change[] = []
  for (let n = 0; n < 20; n++)
    changes.push({ type: 'message.updated', objectId: (await arrive(channel, 'x'.repeat(60_000))).id, channelId: channel })
  for (let n = 0; n < 20; n++) await http.db.transaction().execute((tx) => appendEvents(tx, changes, new Date()))
  await quick.until(1 + 20 + 400)
  await http.app.inject({ method: 'POST', url: '/api/v1/auth/logout', headers: agent.headers })
  await closed
  expect(ourSide.destroyed).toBe(true)
  stuck.destroy()
})

test('the page of events goes on from its cursor without a gap', async () => {
  const page = async (after: string, limit: number) =>
    (await http.app.inject({ url: `/api/v1/events?after=${after}&limit=${limit}`, headers: agent.headers })).json()
  const start = (await http.app.inject({ url: '/api/v1/events', headers: agent.headers })).json()
  expect(start).toEqual({ items: [], next_cursor: expect.any(String), has_more: false })
  const hidden = await addChannel(http.db, { access: 'personal' })
  const texts = Array.from({ length: 9 }, (_, n) => `text ${n}`)
  for (const text of texts) {
    await arrive(hidden, 'not yours')
    await arrive(channel, text)
  }
  const seen: string[] = []
  let after = start.next_cursor
  // What is committed is told once no older transaction of the whole cluster runs any more, and other tests share it: so a page may end early.
  await vi.waitFor(async () => {
    const { items, next_cursor } = await page(after, 4)
    expect(items.length).toBeLessThanOrEqual(4)
    seen.push(...items.map((item: { data: { text: string } }) => item.data.text))
    after = next_cursor
    expect(seen.length).toBeGreaterThanOrEqual(texts.length)
  }, 10_000)
  expect(seen).toEqual(texts)
  expect(await page(after, 4)).toEqual({ items: [], next_cursor: after, has_more: false })
})

test('stopping the server ends its streams', async () => {
  const stream = await open(agent.headers)
  await http.app.close()
  await stream.ended
  expect(stream.events.length).toBe(1)
})
