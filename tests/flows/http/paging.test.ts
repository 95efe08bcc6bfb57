import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ChannelId, ConversationId, MessageId } from '../../../contract/ids.ts'
import { addChannel, addChat, addMessage, openTestHttp, type Person, type TestHttp } from '../../support/http.ts'

let http: TestHttp
let agent: Person
let channel: ChannelId

beforeAll(async () => {
  http = await openTestHttp()
  agent = await http.signedIn('agent', 'agent')
})
beforeEach(async () => {
  // A number of its own for each run, so that what one made does not show in the next.
  await http.db.updateTable('channels').set({ access: 'personal' }).execute()
  channel = await addChannel(http.db)
})
afterAll(() => http.close())

const get = async (url: string) => {
  const answer = await http.app.inject({ url, headers: agent.headers })
  expect(answer.statusCode).toBe(200)
  return answer.json() as { items: { id: string; message: { id: string } }[]; next_cursor?: string; has_more: boolean }
}

/** Walks a list to its end; `between` happens after each page. */
async function walk(url: string, between: (page: number) => Promise<void> = async () => {}): Promise<string[]> {
  const seen: string[] = []
  for (let page = 0, cursor: string | undefined; page < 200; page++) {
    const { items, next_cursor, has_more } = await get(
      `${url}${url.includes('?') ? '&' : '?'}${cursor === undefined ? '' : `cursor=${cursor}&`}limit=7`,
    )
    seen.push(...items.map((item) => item.id ?? item.message.id))
    expect(has_more).toBe(next_cursor !== undefined)
    if (next_cursor === undefined) return seen
    cursor = next_cursor
    await between(page)
  }
  throw new Error('the list does not end')
}

const list = '/api/v1/communications/conversations'

test('conversations come latest first, those without a message last, none twice and none left out', async () => {
  const times = Array.from({ length: 30 }, (_, n) => new Date(Date.UTC(2026, 0, 1, 0, Math.floor(n / 3))))
  const chats: { id: ConversationId; at: number }[] = []
  for (const at of times) {
    const chat = await addChat(http.db, channel)
    await addMessage(http.db, { channel, conversation: chat.id, contact: chat.contact, text: 'x', sentAt: at })
    chats.push({ id: chat.id, at: at.getTime() })
  }
  for (let n = 0; n < 10; n++) chats.push({ id: (await addChat(http.db, channel)).id, at: Number.NEGATIVE_INFINITY })
  const order = chats
    .toSorted((one, other) => (one.at === other.at ? (one.id < other.id ? 1 : -1) : one.at < other.at ? 1 : -1))
    .map((chat) => chat.id)
  expect(await walk(list)).toEqual(order)
})

test('what stays in its place is seen once, whatever moves or comes meanwhile', async () => {
  const chats: Awaited<ReturnType<typeof addChat>>[] = []
  for (let n = 0; n < 40; n++) chats.push(await addChat(http.db, channel, { texts: ['hello'] }))
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ page: fc.nat(5), chat: fc.nat(39), fresh: fc.boolean() }), { maxLength: 12 }), async (moves) => {
      const moved = new Set<string>()
      const seen = await walk(list, async (page) => {
        for (const move of moves.filter((one) => one.page === page)) {
          const chat = move.fresh ? await addChat(http.db, channel) : chats[move.chat]
          if (chat === undefined) continue
          moved.add(chat.id)
          await addMessage(http.db, { channel, conversation: chat.id, contact: chat.contact, text: 'again', sentAt: new Date() })
        }
      })
      const still = chats.map((chat) => chat.id).filter((id) => !moved.has(id))
      for (const id of still) expect(seen.filter((one) => one === id).length).toBe(1)
    }),
    { numRuns: 8 },
  )
})

test('messages with the same time keep one order, forwards and backwards', async () => {
  const { id, contact } = await addChat(http.db, channel)
  const messages: MessageId[] = []
  for (let n = 0; n < 23; n++)
    messages.push(
      await addMessage(http.db, {
        channel,
        conversation: id,
        contact,
        text: `text ${n}`,
        sentAt: new Date(Date.UTC(2026, 0, 1, 0, 0, Math.floor(n / 5))),
      }),
    )
  const url = `/api/v1/communications/conversations/${id}/messages`
  const ids = async (query: string) => (await get(`${url}?${query}`)).items.map((item) => item.id)
  const newestFirst = messages.toReversed()
  expect(await ids('limit=200')).toEqual(newestFirst)
  for (const [query, expected] of [
    [`limit=5`, newestFirst.slice(0, 5)],
    [`limit=5&before=${newestFirst[4]}`, newestFirst.slice(5, 10)],
    [`limit=50&before=${messages[0]}`, []],
    [`limit=5&after=${messages[4]}`, messages.slice(5, 10)],
    [`limit=50&after=${messages.at(-1)}`, []],
    [`limit=5&around=${messages[10]}`, [messages[12], messages[11], messages[10], messages[9], messages[8]]],
    [`limit=5&around=${messages[22]}`, newestFirst.slice(0, 5)],
    [`limit=1&around=${messages[3]}`, [messages[3]]],
  ] as const) {
    expect([query, await ids(query)]).toEqual([query, expected])
  }
  const wrong = await http.app.inject({ url: `${url}?before=${messages[1]}&after=${messages[2]}`, headers: agent.headers })
  expect([wrong.statusCode, wrong.json().errors[0].code]).toEqual([400, 'unexpected'])
  const other = await addChat(http.db, channel, { texts: ['elsewhere'] })
  const foreign = await http.app.inject({ url: `${url}?before=${other.messages[0]}`, headers: agent.headers })
  expect([foreign.statusCode, foreign.json().errors[0].pointer]).toEqual([400, '/query/before'])
})

test('search walks all its hits once, in Cyrillic and in any letter case', async () => {
  const hits: MessageId[] = []
  for (let n = 0; n < 25; n++) {
    const { messages } = await addChat(http.db, channel, { texts: [`Рахунок ${n} за ЇЖАКІВ`, 'нічого', '100% знижки_тут'] })
    hits.push(messages[0] as MessageId)
  }
  expect((await walk('/api/v1/communications/search?q=' + encodeURIComponent('їжаків'))).toSorted()).toEqual(hits.toSorted())
  // Two letters are looked for where words begin; the signs of LIKE are plain signs.
  for (const [q, count] of [
    ['їж', 25],
    ['жа', 0],
    ['0% з', 25],
    ['0_ з', 0],
    ['и_т', 25],
    ['и%т', 0],
  ] as const) {
    expect([q, (await get(`/api/v1/communications/search?limit=200&q=${encodeURIComponent(q)}`)).items.length]).toEqual([q, count])
  }
})

test('filters and words narrow the list', async () => {
  const names = ['Олена Шевченко', 'Іван Шевченко', 'Ганна']
  const [olena, ivan, hanna] = await Promise.all(names.map((name) => addChat(http.db, channel, { name, texts: ['привіт'] })))
  if (olena === undefined || ivan === undefined || hanna === undefined) throw new Error('not made')
  const patch = (id: string, payload: object) => http.app.inject({ method: 'PATCH', url: `${list}/${id}`, headers: agent.headers, payload })
  await patch(olena.id, { assignee_id: agent.id, labels: ['vip', 'new'] })
  await patch(ivan.id, { status: 'closed' })
  const snoozed = await patch(hanna.id, { snoozed_until: new Date(Date.now() + 60_000).toISOString() })
  expect(snoozed.json()).toMatchObject({ status: 'snoozed', snoozed_until: expect.any(String) })
  await http.db.updateTable('contacts').set({ phone: '+380671234567' }).where('id', '=', hanna.contact).execute()
  await http.db.updateTable('conversations').set({ unread_count: 2 }).where('id', '=', ivan.id).execute()
  const found = async (query: string) => (await get(`${list}?${query}`)).items.map((item) => item.id).toSorted()
  for (const [query, expected] of [
    ['status=open', [olena]],
    ['status=closed', [ivan]],
    ['status=snoozed', [hanna]],
    ['assignee=me', [olena]],
    [`assignee=${agent.id}`, [olena]],
    ['assignee=none', [ivan, hanna]],
    ['label=vip', [olena]],
    ['label=vi', []],
    ['unread=true', [ivan]],
    ['unread=0', [olena, hanna]],
    [`q=${encodeURIComponent('шевченко')}`, [olena, ivan]],
    [`q=${encodeURIComponent('067 123')}`, [hanna]],
    [`q=${encodeURIComponent('%')}`, []],
  ] as const) {
    expect([query, await found(query)]).toEqual([query, expected.map((chat) => chat.id).toSorted()])
  }
})

test.each(['nonsense', Buffer.from('1.2.3').toString('base64url'), Buffer.from('99999999999999999999.cnv_1').toString('base64url')])(
  '%s is no cursor',
  async (cursor) => {
    for (const url of [list, '/api/v1/communications/search?q=abc', '/api/v1/users', '/api/v1/channels']) {
      const answer = await http.app.inject({ url: `${url}${url.includes('?') ? '&' : '?'}cursor=${cursor}`, headers: agent.headers })
      expect([url, answer.statusCode, answer.json().errors[0].pointer]).toEqual([url, 400, '/query/cursor'])
    }
  },
)
