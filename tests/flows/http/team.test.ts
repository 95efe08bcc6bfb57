import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ChannelId, ConversationId, UserId } from '../../../contract/ids.ts'
import type { Note } from '../../../contract/note.ts'
import type { Notice } from '../../../contract/notice.ts'
import { pathTo, type RouteName, routes } from '../../../contract/routes.ts'
import { addChannel, addChat, addMessage, openTestHttp, type Person, type TestHttp } from '../../support/http.ts'
import { followEvents } from '../../support/event-stream.ts'

let http: TestHttp
let olha: Person
let taras: Person
let admin: Person
let channel: ChannelId
let chat: ConversationId
let start: string

beforeEach(async () => {
  http = await openTestHttp()
  olha = await http.signedIn('Olha', 'agent')
  taras = await http.signedIn('Taras', 'agent')
  admin = await http.signedIn('Admin', 'admin')
  channel = await addChannel(http.db)
  chat = (await addChat(http.db, channel, { texts: ['Добрий день'] })).id
  start = await http.feed.now()
})
afterEach(() => http.close())

type Headers = Readonly<Record<string, string>>

async function ask(
  name: RouteName,
  headers: Headers,
  params: Record<string, string> = {},
  payload?: object,
  query: Record<string, string> = {},
) {
  const answer = await http.app.inject({
    method: routes[name].method,
    url: pathTo(name, params),
    headers,
    query,
    ...(payload === undefined ? {} : { payload }),
  })
  return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() }
}
const here = () => ({ conversation_id: chat })
const write = async (who: Headers, text: string, mentions: object[] = []): Promise<Note> =>
  (await ask('createNote', who, here(), { text, mentions })).body
const naming = (user_id: UserId) => ({ user_id, offset: 0, length: 3 })
const notices = async (who: Headers): Promise<Notice[]> => (await ask('listNotices', who)).body.items
/** What this reader is told of since the beginning. A line waits while any transaction of the cluster is older. */
const tells = (who: Headers, lines: readonly string[]) => expect.poll(() => told(who), { timeout: 10_000 }).toEqual(lines)
async function told(who: Headers) {
  const { items } = (await ask('listEvents', who, {}, undefined, { after: start, limit: '200' })).body
  return items.map(({ type, data }: { type: string; data: Note }) => `${type} ${data.text ?? ''}`.trim())
}

test('notes stand beside the conversation, the latest first, page by page, and change as their author wills', async () => {
  const first = await write(olha.headers, 'Постійна клієнтка')
  expect(first).toEqual({
    id: expect.stringMatching(/^nte_/),
    conversation_id: chat,
    author: { id: olha.id, name: 'Olha' },
    text: 'Постійна клієнтка',
    mentions: [],
    created_at: expect.any(String),
  })
  await write(taras.headers, 'Чекає на рахунок')
  await write(await http.keyed(['conversations:write', 'messages:read']), 'From the CRM')

  const page = (await ask('listNotes', taras.headers, here(), undefined, { limit: '2' })).body
  expect(page.items.map((note: Note) => [note.author.name, note.text])).toEqual([
    ['CRM', 'From the CRM'],
    ['Taras', 'Чекає на рахунок'],
  ])
  const rest = (await ask('listNotes', taras.headers, here(), undefined, { cursor: page.next_cursor })).body
  expect(rest).toEqual({ items: [first], has_more: false })

  const note_id = first.id
  for (const [who, status] of [
    [taras, 403],
    [admin, 403],
    [olha, 200],
  ] as const)
    expect((await ask('updateNote', who.headers, { note_id }, { text: 'VIP' })).status).toBe(status)
  expect((await ask('deleteNote', taras.headers, { note_id })).status).toBe(403)
  expect((await ask('deleteNote', admin.headers, { note_id })).status).toBe(204)
  expect((await ask('updateNote', olha.headers, { note_id }, { text: 'again' })).status).toBe(404)
  const mark = (await ask('listNotes', olha.headers, here())).body.items.at(-1)
  expect(mark).toMatchObject({ id: note_id, text: '', deleted_at: expect.any(String), edited_at: expect.any(String) })
  // Told as they are now.
  await tells(taras.headers, ['note.created', 'note.created Чекає на рахунок', 'note.created From the CRM', 'note.updated', 'note.updated'])
  const { count } = await http.db.selectFrom('messages').select(http.db.fn.countAll<string>().as('count')).executeTakeFirstOrThrow()
  expect(count).toBe('1')
})

test('a repeat with the same key writes one note', async () => {
  const headers = { ...olha.headers, 'idempotency-key': 'once' }
  const [one, two] = [await write(headers, 'x'), await write(headers, 'x')]
  expect(two).toEqual(one)
  expect((await ask('listNotes', olha.headers, here())).body.items).toHaveLength(1)
})

test('who may not see the conversation sees nothing of what is written beside it', async () => {
  const { id: note_id } = await write(olha.headers, 'hush')
  await ask('saveDraft', taras.headers, here(), { mode: 'reply', text: 'Добрий' })
  await http.db.updateTable('channels').set({ access: 'personal', owner_id: olha.id }).execute()
  await tells(olha.headers, ['note.created hush'])
  const stranger = await http.keyed(['messages:read', 'conversations:write'])
  for (const who of [taras.headers, admin.headers, stranger]) {
    expect((await ask('listNotes', who, here())).status).toBe(404)
    expect((await ask('createNote', who, here(), { text: 'x' })).status).toBe(404)
    expect((await ask('updateNote', who, { note_id }, { text: 'x' })).status).toBe(404)
    expect((await ask('deleteNote', who, { note_id })).status).toBe(404)
    expect(await told(who)).toEqual([])
  }
  for (const name of ['setPresence', 'saveDraft'] as const) {
    const body = name === 'setPresence' ? { state: 'viewing' } : { mode: 'reply', text: 'x' }
    expect((await ask(name, taras.headers, here(), body)).status).toBe(404)
  }
  expect((await ask('listDrafts', taras.headers)).body.items).toEqual([])
})

test('somebody who is named is told, alone and once, as long as the note names them', async () => {
  const { id: note_id } = await write(olha.headers, '@Тарас глянь', [naming(taras.id), naming(taras.id)].slice(0, 1))
  await write(olha.headers, '@Ольга не забудь', [naming(olha.id)])
  const notice = {
    id: expect.stringMatching(/^ntc_/),
    type: 'mention',
    conversation_id: chat,
    note_id,
    who: { id: olha.id, name: 'Olha' },
    preview: '@Тарас глянь',
    created_at: expect.any(String),
  }
  expect(await notices(taras.headers)).toEqual([notice])
  await tells(taras.headers, ['note.created @Тарас глянь', 'notice.created', 'note.created @Ольга не забудь'])
  for (const who of [olha.headers, admin.headers, await http.keyed(['channels:read', 'messages:read'])]) {
    expect(await notices(who)).toEqual([])
    expect(await told(who)).not.toContain('notice.created')
  }

  await ask(
    'updateNote',
    olha.headers,
    { note_id },
    { text: '@Тарас і @Адмін', mentions: [naming(taras.id), { ...naming(admin.id), offset: 9 }] },
  )
  expect((await notices(taras.headers)).map((one) => 'preview' in one && one.preview)).toEqual(['@Тарас і @Адмін'])
  expect(await notices(admin.headers)).toMatchObject([{ type: 'mention', note_id }])
  await ask('updateNote', olha.headers, { note_id }, { text: 'нікого' })
  expect([...(await notices(taras.headers)), ...(await notices(admin.headers))]).toEqual([])
})

test('only colleagues who may read it can be named, in places that there are', async () => {
  await http.db.insertInto('channel_members').values({ channel_id: channel, user_id: olha.id }).execute()
  const body = { text: '@Тарас', mentions: [naming(taras.id)] }
  expect(await ask('createNote', olha.headers, here(), body)).toMatchObject({
    status: 422,
    body: { code: 'unsupported', errors: [{ pointer: '/mentions/0/user_id', code: 'no_access' }] },
  })
  expect((await ask('createNote', olha.headers, here(), { text: 'x', mentions: [naming(admin.id)] })).body.errors).toMatchObject([
    { pointer: '/mentions/0', code: 'outside' },
  ])
  expect((await ask('listNotes', olha.headers, here())).body.items).toEqual([])
})

test('colleagues see who looks and who types; a key does not', async () => {
  const url = await http.app.listen({ host: '127.0.0.1', port: 0 })
  const hidden = await addChannel(http.db, { access: 'personal', owner: olha.id })
  const own = (await addChat(http.db, hidden)).id
  const streams = await Promise.all([taras.headers, await http.keyed(['messages:read'])].map((headers) => followEvents(url, headers)))
  const [colleague, key] = streams
  for (const [conversation_id, state] of [
    [own, 'viewing'],
    [chat, 'viewing'],
    [chat, 'typing'],
  ] as const)
    expect((await ask('setPresence', olha.headers, { conversation_id }, { state })).status).toBe(204)
  await expect.poll(() => colleague?.presence.length, { timeout: 10_000 }).toBe(2)
  const seen = { conversation_id: chat, user: { id: olha.id, name: 'Olha' }, at: expect.any(String) }
  expect(colleague?.presence).toEqual([
    { ...seen, state: 'viewing' },
    { ...seen, state: 'typing' },
  ])
  // What comes after it on the same connection has come.
  await write(olha.headers, 'after')
  await key?.until('note.created', 'the note', ({ text }) => text === 'after')
  expect(key?.presence).toEqual([])
  for (const stream of streams) stream.close()
})

test('a draft is its writer’s alone, one for each mode, and the last one stands', async () => {
  const save = (who: Person, body: object) => ask('saveDraft', who.headers, here(), body)
  const [message] = (await ask('listMessages', olha.headers, here())).body.items
  await save(olha, { mode: 'reply', text: 'Доб' })
  const reply = { mode: 'reply', text: 'Добрий день', reply_to_id: message.id, mentions: [{ user_id: taras.id, offset: 0, length: 2 }] }
  expect((await save(olha, reply)).body).toEqual({ conversation_id: chat, ...reply, updated_at: expect.any(String) })
  await save(olha, { mode: 'note', text: 'перевірити' })
  await save(taras, { mode: 'reply', text: 'моє' })
  const page = (await ask('listDrafts', olha.headers, {}, undefined, { limit: '1' })).body
  expect(page.items).toMatchObject([reply])
  const rest = (await ask('listDrafts', olha.headers, {}, undefined, { cursor: page.next_cursor })).body
  expect(rest).toMatchObject({ items: [{ mode: 'note', text: 'перевірити' }], has_more: false })

  // What is answered is kept before the first word of the answer.
  await save(olha, { mode: 'reply', text: '', reply_to_id: message.id })
  expect((await ask('listDrafts', olha.headers, {}, undefined, { limit: '1' })).body.items).toMatchObject([{ reply_to_id: message.id }])
  expect((await save(olha, { mode: 'reply', text: '' })).body).toMatchObject({ text: '' })
  expect((await ask('listDrafts', olha.headers)).body.items).toHaveLength(1)
  await tells(taras.headers, ['draft.updated моє'])
  // As they are now: the one that was removed says so.
  await tells(olha.headers, ['draft.updated', 'draft.updated', 'draft.updated перевірити', 'draft.updated', 'draft.updated'])
  expect(await told(await http.keyed(['messages:read']))).toEqual([])

  await http.people.update(olha.id, { active: false })
  expect((await http.db.selectFrom('drafts').select('user_id').execute()).map((row) => row.user_id)).toEqual([taras.id])
})

test('the views are counted for their reader, and narrowed by what needs care', async () => {
  const own = await addChannel(http.db, { access: 'personal', owner: admin.id })
  const soon = new Date(Date.now() + 3_600_000)
  const make = async (on: ChannelId, more: object) => {
    const { id, contact } = await addChat(http.db, on)
    await http.db.updateTable('conversations').set(more).where('id', '=', id).execute()
    return { id, contact }
  }
  await make(channel, { assignee_id: olha.id, unread_count: 3, window_closes_at: soon })
  await make(channel, { assignee_id: olha.id, window_closes_at: new Date(Date.now() - 1) })
  await make(channel, { assignee_id: taras.id, unread_count: 1, window_closes_at: new Date(Date.now() + 7_300_000) })
  const failing = await make(channel, { unread_count: 2 })
  await make(channel, { status: 'closed', unread_count: 2 })
  await make(channel, { excluded_at: new Date() })
  await make(own, { unread_count: 5 })
  const lost = await addMessage(http.db, { channel, conversation: failing.id, contact: null, text: 'x', sentAt: new Date() })
  await http.db.updateTable('messages').set({ status: 'failed' }).where('id', '=', lost).execute()

  expect((await ask('getConversationCounts', olha.headers)).body).toEqual({
    mine: 2,
    unassigned: 2,
    all: 5,
    unread_mine: 1,
    unread_unassigned: 1,
    unread_all: 3,
  })
  expect((await ask('getConversationCounts', admin.headers)).body).toMatchObject({ mine: 0, all: 6, unread_all: 4 })
  const found = async (query: Record<string, string>) =>
    (await ask('listConversations', olha.headers, {}, undefined, query)).body.items.map((one: { id: string }) => one.id)
  expect(await found({ has_failed: 'true' })).toEqual([failing.id])
  expect(await found({ has_failed: 'false' })).toHaveLength(5)
  expect(await found({ window_closing: 'true' })).toHaveLength(1)
  expect(await found({ window_closing: 'false' })).toHaveLength(5)
})
