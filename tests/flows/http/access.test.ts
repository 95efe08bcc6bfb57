import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChannelId, ContactId, ConversationId, MediaId, MessageId, NoticeId, UserId } from '../../../contract/ids.ts'
import { appendEvents } from '../../../server/db/events.ts'
import { newId } from '../../../server/lib/clock.ts'
import { addChannel, addChat, addFile, openTestHttp, type Person, type TestHttp } from '../../support/http.ts'

type Who = 'admin' | 'owner' | 'member' | 'stranger' | 'key' | 'narrowKey'
type Where = 'open' | 'named' | 'personal' | 'adminsOwn' | 'deleted'

/** Who sees the chats of which number: the whole policy (`settled.md` 17). */
const sees: Readonly<Record<Where, readonly Who[]>> = {
  open: ['admin', 'owner', 'member', 'stranger', 'key', 'narrowKey'],
  named: ['admin', 'member', 'key'],
  personal: ['owner'],
  adminsOwn: ['admin'],
  deleted: ['admin', 'owner', 'member', 'stranger', 'key'],
}
/** Who is told that a number has fallen: its owner, admins, and programs that see it. */
const told: Readonly<Record<Who, readonly Where[]>> = {
  admin: ['open', 'named', 'personal', 'adminsOwn'],
  owner: ['personal'],
  member: [],
  stranger: [],
  key: ['open', 'named'],
  narrowKey: ['open'],
}
const everybody: readonly Who[] = ['admin', 'owner', 'member', 'stranger', 'key', 'narrowKey']
const everywhere = Object.keys(sees) as Where[]

interface Place {
  readonly channel: ChannelId
  readonly chat: ConversationId
  readonly contact: ContactId
  readonly message: MessageId
  readonly file: MediaId
}
let http: TestHttp
let people: Record<'admin' | 'owner' | 'member' | 'stranger', Person>
let headers: Record<Who, Record<string, string>>
let places: Record<Where, Place>
let start: string

beforeAll(async () => {
  http = await openTestHttp((parts) => ({
    messages: { ...parts.messages, enqueue: async () => places.personal.message, sendTo: async () => places.personal.message },
    media: {
      ...parts.media,
      read: () =>
        (async function* () {
          yield Buffer.from('bytes')
        })(),
    },
  }))
  people = {
    admin: await http.signedIn('admin', 'admin'),
    owner: await http.signedIn('owner', 'agent'),
    member: await http.signedIn('member', 'agent'),
    stranger: await http.signedIn('stranger', 'agent'),
  }
  const channels: Record<Where, ChannelId> = {
    open: await addChannel(http.db),
    named: await addChannel(http.db, { members: [people.member.id] }),
    personal: await addChannel(http.db, { access: 'personal', owner: people.owner.id }),
    adminsOwn: await addChannel(http.db, { access: 'personal', owner: people.admin.id }),
    deleted: await addChannel(http.db),
  }
  await http.db.updateTable('channels').set({ deleted_at: new Date() }).where('id', '=', channels.deleted).execute()
  const scopes = ['messages:read', 'conversations:write', 'contacts:write', 'channels:read'] as const
  headers = {
    admin: people.admin.headers,
    owner: people.owner.headers,
    member: people.member.headers,
    stranger: people.stranger.headers,
    key: await http.keyed(scopes),
    narrowKey: await http.keyed(scopes, [channels.open, channels.personal]),
  }
  start = await http.feed.now()
  const owners: Partial<Record<Where, UserId>> = { personal: people.owner.id, adminsOwn: people.admin.id }
  for (const where of everywhere) await fall(channels[where], owners[where] ?? null)
  const placed = everywhere.map(async (where): Promise<[Where, Place]> => [where, await furnish(channels[where], where)])
  places = Object.fromEntries(await Promise.all(placed)) as Record<Where, Place>
  // Other tests write in the same cluster, and their transactions hold the feed back for a moment.
  while ((await http.feed.read(start, 100)).length < everywhere.length * 5) await sleep(10)
})
afterAll(() => http.close())

async function furnish(channel: ChannelId, where: Where): Promise<Place> {
  const { id, contact, messages } = await addChat(http.db, channel, { name: `Contact ${where}`, texts: [`hello from ${where}`] })
  const message = messages[0] as MessageId
  const file = await addFile(http.db, { message, channel }, 5)
  await http.db.transaction().execute((tx) =>
    appendEvents(
      tx,
      [
        { type: 'message.created', objectId: message, channelId: channel },
        { type: 'conversation.updated', objectId: id, channelId: channel },
        { type: 'contact.updated', objectId: contact },
        { type: 'channel.updated', objectId: channel, channelId: channel },
      ],
      new Date(),
    ),
  )
  return { channel, chat: id, contact, message, file }
}

async function fall(channel: ChannelId, owner: UserId | null): Promise<void> {
  const id = newId<NoticeId>('notice')
  const notice = { id, type: 'channel_down', channel_id: channel, status: 'logged_out', since: new Date(), created_at: new Date() } as const
  await http.db
    .insertInto('notices')
    .values({ ...notice, detail: null })
    .execute()
  const change = { type: 'notice.created', objectId: id, channelId: channel, ...(owner === null ? {} : { userId: owner }) } as const
  await http.db.transaction().execute((tx) => appendEvents(tx, [change], new Date()))
}

const get = async (who: Who, url: string) => http.app.inject({ url, headers: headers[who] })
const expected = (who: Who) => everywhere.filter((where) => sees[where].includes(who))
const whereOf = (channel: string) => everywhere.find((where) => places[where].channel === channel)

describe.each(everybody)('%s', (who) => {
  test('is told of the numbers that are its business, and of no other', async () => {
    const channelsIn = (items: readonly { channel_id: string }[]) => new Set(items.map((item) => whereOf(item.channel_id)))
    expect(channelsIn((await get(who, '/api/v1/notices')).json().items)).toEqual(new Set(told[who]))
    const { items } = (await get(who, `/api/v1/events?types=notice.created&after=${start}`)).json()
    const heard = channelsIn(items.map(({ data }: { data: { channel_id: string } }) => data))
    heard.delete('deleted')
    expect(heard).toEqual(new Set(told[who]))
  })

  test('lists the conversations it sees, and no other', async () => {
    const { items } = (await get(who, '/api/v1/communications/conversations')).json()
    expect(items.map((item: { channel_id: string }) => whereOf(item.channel_id)).sort()).toEqual(expected(who).sort())
  })

  test('lists the contacts of the chats it sees, and no other', async () => {
    for (const query of ['', '?q=contact']) {
      const { items } = (await get(who, `/api/v1/contacts${query}`)).json()
      expect(items.map((item: { id: string }) => everywhere.find((where) => places[where].contact === item.id)).sort()).toEqual(
        expected(who).sort(),
      )
    }
  })

  test('finds the messages it sees, and no other', async () => {
    for (const q of ['hello from', 'he']) {
      const { items } = (await get(who, `/api/v1/communications/search?q=${encodeURIComponent(q)}`)).json()
      expect(items.map((item: { message: { channel_id: string } }) => whereOf(item.message.channel_id)).sort()).toEqual(
        expected(who).sort(),
      )
    }
  })

  test('is told what happens where it sees, and nowhere else', async () => {
    const { items } = (await get(who, `/api/v1/events?after=${start}`)).json()
    const told = (type: string, whereOfData: (data: never) => Where | undefined) =>
      new Set(items.filter((item: { type: string }) => item.type === type).map((item: { data: never }) => whereOfData(item.data)))
    const byChannel = ({ channel_id }: { channel_id: string }) => whereOf(channel_id)
    const byChat = ({ conversation_ids: [id] }: { conversation_ids: string[] }) => everywhere.find((where) => places[where].chat === id)
    expect(told('message.created', byChannel)).toEqual(new Set(expected(who)))
    expect(told('conversation.updated', byChannel)).toEqual(new Set(expected(who)))
    expect(told('contact.updated', byChat)).toEqual(new Set(expected(who)))
    // An admin knows that others' personal numbers exist.
    const known = who === 'admin' ? [...expected(who), 'personal'] : expected(who)
    expect(told('channel.updated', ({ id }: { id: string }) => whereOf(id))).toEqual(new Set(known))
  })

  test.each(everywhere)('single reads and changes in %s', async (where) => {
    const { chat, contact, message, file, channel } = places[where]
    const status = sees[where].includes(who) ? 200 : 404
    const reads = [
      `/api/v1/communications/conversations/${chat}`,
      `/api/v1/communications/conversations/${chat}/messages`,
      `/api/v1/communications/conversations/${chat}/messages?around=${message}`,
      `/api/v1/communications/search?q=hello&conversation_id=${chat}`,
      `/api/v1/media/${file}`,
      `/api/v1/contacts/${contact}`,
    ]
    for (const url of reads) {
      const answer = await get(who, url)
      expect([url, answer.statusCode]).toEqual([url, status])
    }
    const url = `/api/v1/communications/conversations/${chat}`
    const patched = await http.app.inject({ method: 'PATCH', url, headers: headers[who], payload: { labels: [who] } })
    expect(patched.statusCode).toBe(status)
    const { labels } = await http.db.selectFrom('conversations').select('labels').where('id', '=', chat).executeTakeFirstOrThrow()
    expect(labels.includes(who)).toBe(status === 200)
    const renamed = await http.app.inject({
      method: 'PATCH',
      url: `/api/v1/contacts/${contact}`,
      headers: headers[who],
      payload: { username: who },
    })
    expect(renamed.statusCode).toBe(status)
    const known = await http.db.selectFrom('contacts').select('username').where('id', '=', contact).executeTakeFirstOrThrow()
    expect(known.username === who).toBe(status === 200)
    const filtered = (await get(who, `/api/v1/communications/conversations?channel_id=${channel}`)).json()
    expect(filtered.items.length).toBe(status === 200 ? 1 : 0)
  })

  test('lists the numbers it may know of', async () => {
    const { items } = (await get(who, '/api/v1/channels')).json()
    const known = expected(who).filter((where) => where !== 'deleted')
    expect(items.map((item: { id: string }) => whereOf(item.id)).sort()).toEqual((who === 'admin' ? [...known, 'personal'] : known).sort())
    // Which road a number takes is told to admins alone.
    expect(items.every((item: { road?: string }) => (item.road !== undefined) === (who === 'admin'))).toBe(true)
  })
})

test('an upload is its uploader’s alone until it is sent', async () => {
  const file = await addFile(http.db, { uploadedBy: people.member.id }, 5)
  expect((await get('member', `/api/v1/media/${file}`)).statusCode).toBe(200)
  for (const who of ['admin', 'owner', 'stranger', 'key'] as const) expect((await get(who, `/api/v1/media/${file}`)).statusCode).toBe(404)
})

test('a contact of two numbers shows each reader only the chats that it sees', async () => {
  const contact = await http.db
    .selectFrom('conversations')
    .select('contact_id')
    .where('id', '=', places.open.chat)
    .executeTakeFirstOrThrow()
  await http.db.updateTable('conversations').set({ contact_id: contact.contact_id }).where('id', '=', places.personal.chat).execute()
  const idsFor = async (who: Who) =>
    (await get(who, `/api/v1/communications/conversations/${places.open.chat}`)).json().contact.conversation_ids
  expect((await idsFor('owner')).sort()).toEqual([places.open.chat, places.personal.chat].sort())
  expect(await idsFor('admin')).toEqual([places.open.chat])
})

test('nobody is made answerable for what they may not see', async () => {
  const assign = (chat: ConversationId, assignee_id: string) =>
    http.app.inject({
      method: 'PATCH',
      url: `/api/v1/communications/conversations/${chat}`,
      headers: headers.admin,
      payload: { assignee_id },
    })
  expect((await assign(places.named.chat, people.member.id)).json()).toMatchObject({ assignee_id: people.member.id })
  const refused = await assign(places.named.chat, people.stranger.id)
  expect([refused.statusCode, refused.json().errors[0].pointer]).toEqual([400, '/assignee_id'])
})

test('an agent has no business with the phone of somebody else', async () => {
  for (const url of [`/api/v1/integrations/matrix/users/${people.owner.id}/status`, '/api/v1/integrations/matrix/users/usr_0/status']) {
    const answer = await get('member', url)
    expect([answer.statusCode, answer.json().detail]).toEqual([404, 'There is no such person.'])
  }
  expect(http.called).not.toContain('status')
})

test('what a key has sent in a person’s name is answered, although the key itself does not see that chat', async () => {
  const actsAs = await http.keyed(['messages:send', 'act_as'])
  const send = (url: string, payload: object) =>
    http.app.inject({ method: 'POST', url: `/api/v1/communications/${url}`, headers: actsAs, payload })
  const message = { text: 'hello', on_behalf_of: people.owner.id }
  const sent = [
    await send(`conversations/${places.personal.chat}/messages`, message),
    await send('messages', { ...message, to: '+380501112233' }),
  ]
  for (const answer of sent) expect([answer.statusCode, answer.json().id]).toEqual([202, places.personal.message])
})
