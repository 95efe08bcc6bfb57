import { expect, test } from 'vitest'
import { client, ghost, registration, serverName, startTestServer, type Caller } from './testing.ts'
import type { Json } from './state.ts'

const v3 = '/_matrix/client/v3'
const agentId = `@crm_1:${serverName}`
const limitOf = (limit: number) => encodeURIComponent(JSON.stringify({ room: { timeline: { limit } } }))

type Event = { type: string; event_id: string; state_key?: string; content: { body?: string; membership?: string; name?: string } }
type Joined = {
  timeline: { events: Event[]; limited: boolean; prev_batch: string }
  state: { events: Event[] }
  ephemeral: { events: Json[] }
}

type Rooms = {
  join?: Record<string, Joined>
  invite?: Record<string, { invite_state: { events: Event[] } }>
  leave?: Record<string, Joined>
}

async function open() {
  const server = await startTestServer({ registrations: [registration('crm', null), registration('whatsapp', null)] })
  const agent = await ghost(server, 'as_crm', 'crm_1')
  const contact = await ghost(server, 'as_whatsapp', 'whatsapp_1')
  const roomId = String(
    (await contact('POST', `${v3}/createRoom`, { preset: 'private_chat', name: 'Chat', invite: [agentId] })).body.room_id,
  )
  return { server, agent, contact, roomId, [Symbol.asyncDispose]: () => server.close() }
}

async function syncOf(caller: Caller, query: string): Promise<{ next: string; rooms: Rooms }> {
  const { status, body } = await caller('GET', `${v3}/sync?${query}`)
  expect(status).toBe(200)
  return { next: String(body.next_batch), rooms: (body.rooms ?? {}) as Rooms }
}

async function say(caller: Caller, roomId: string, body: string): Promise<void> {
  await caller('PUT', `${v3}/rooms/${roomId}/send/m.room.message/${body}`, { msgtype: 'm.text', body })
}

test('a gap is marked, its state is told, and going back from prev_batch to since finds all of it once', async () => {
  await using world = await open()
  const { agent, contact, roomId } = world
  await agent('POST', `${v3}/join/${roomId}`, {})
  const before = await syncOf(agent, 'timeout=0')
  const said = Array.from({ length: 35 }, (_, at) => `n${at}`)
  for (const [at, body] of said.entries()) {
    await say(contact, roomId, body)
    if (at === 10) await contact('PUT', `${v3}/rooms/${roomId}/state/m.room.name`, { name: 'Renamed' })
  }
  const after = await syncOf(agent, `since=${before.next}&timeout=0&filter=${limitOf(5)}`)
  const room = after.rooms.join?.[roomId]
  expect(room?.timeline.limited).toBe(true)
  expect(room?.state.events.map(({ content }) => content.name)).toEqual(['Renamed'])
  const bodies = room?.timeline.events.map(({ content }) => content.body) ?? []
  let from = room?.timeline.prev_batch
  while (from !== undefined) {
    const { body } = await agent('GET', `${v3}/rooms/${roomId}/messages?dir=b&limit=7&from=${from}&to=${before.next}`)
    bodies.unshift(...(body.chunk as Event[]).flatMap(({ content }) => content.body ?? []).reverse())
    from = body.end as string | undefined
  }
  expect(bodies).toEqual(said)
  const forward = await agent('GET', `${v3}/rooms/${roomId}/messages?dir=f&limit=100&from=${before.next}`)
  expect((forward.body.chunk as Event[]).flatMap(({ content }) => content.body ?? [])).toEqual(said)
})

test('an invite comes with the stripped room, the join with its state, and what was said between is only in /messages', async () => {
  await using world = await open()
  const { agent, contact, roomId } = world
  const invited = await syncOf(agent, 'timeout=0')
  const stripped = invited.rooms.invite?.[roomId]?.invite_state.events
  expect(stripped?.map(({ type }) => type)).toEqual(['m.room.create', 'm.room.join_rules', 'm.room.name', 'm.room.member', 'm.room.member'])
  await say(contact, roomId, 'between')
  expect((await syncOf(agent, `since=${invited.next}&timeout=0`)).rooms).toEqual({})
  await agent('POST', `${v3}/join/${roomId}`, {})
  const joined = (await syncOf(agent, `since=${invited.next}&timeout=0&filter=${limitOf(1)}`)).rooms.join?.[roomId]
  expect(joined?.timeline).toMatchObject({ limited: true, events: [{ type: 'm.room.member', content: { membership: 'join' } }] })
  expect(joined?.state.events.map(({ type }) => type)).toContain('m.room.power_levels')
  const back = await agent('GET', `${v3}/rooms/${roomId}/messages?dir=b&limit=10&from=${joined?.timeline.prev_batch}`)
  expect((back.body.chunk as Event[]).flatMap(({ content }) => content.body ?? [])).toEqual(['between'])
})

test('a long poll is answered by what happens, and by its time when nothing does', async () => {
  await using world = await open()
  const { agent, contact, roomId } = world
  await agent('POST', `${v3}/join/${roomId}`, {})
  const { next } = await syncOf(agent, 'timeout=0')
  const polled = syncOf(agent, `since=${next}&timeout=15000`)
  await say(contact, roomId, 'wake up')
  const woken = await polled
  expect(woken.rooms.join?.[roomId]?.timeline.events.map(({ content }) => content.body)).toEqual(['wake up'])
  expect(await syncOf(agent, `since=${woken.next}&timeout=50`)).toEqual({ next: woken.next, rooms: {} })
})

test('the same request twice gets the same answer, though something came meanwhile', async () => {
  await using world = await open()
  const { agent, contact, roomId } = world
  await agent('POST', `${v3}/join/${roomId}`, {})
  const first = await syncOf(agent, 'timeout=0')
  await say(contact, roomId, 'later')
  expect((await syncOf(agent, 'timeout=0')).next).toBe(first.next)
  expect((await syncOf(agent, 'timeout=1')).next).not.toBe(first.next)
})

test("the transaction id is shown to the device that sent, and others' private receipts to nobody", async () => {
  await using world = await open()
  const { server, agent, contact, roomId } = world
  await agent('POST', `${v3}/join/${roomId}`, {})
  await agent('PUT', `${v3}/devices/CRM`, {})
  const { next } = await syncOf(agent, 'timeout=0')
  const sent = await agent('PUT', `${v3}/rooms/${roomId}/send/m.room.message/own?device_id=CRM`, { msgtype: 'm.text', body: 'own' })
  const eventId = String(sent.body.event_id)
  await contact('POST', `${v3}/rooms/${roomId}/receipt/m.read.private/${eventId}`, {})
  await contact('POST', `${v3}/rooms/${roomId}/receipt/m.read/${eventId}`, {})
  const onDevice = (await syncOf(agent, `since=${next}&timeout=0&device_id=CRM`)).rooms.join?.[roomId]
  expect(onDevice?.timeline.events[0]).toMatchObject({ unsigned: { transaction_id: 'own' } })
  const elsewhere = (await syncOf(agent, `since=${next}&timeout=0`)).rooms.join?.[roomId]
  expect(elsewhere?.timeline.events[0]).not.toHaveProperty('unsigned.transaction_id')
  const content = elsewhere?.ephemeral.events[0]?.content as Record<string, Json>
  expect(Object.keys(content[eventId] ?? {})).toEqual(['m.read'])
  expect((await client(server, 'as_crm')('GET', `${v3}/sync`)).status).toBe(500)
})

test('a kicked user is told so once, and keeps the history up to then', async () => {
  await using world = await open()
  const { agent, contact, roomId } = world
  await agent('POST', `${v3}/join/${roomId}`, {})
  await say(contact, roomId, 'seen')
  const { next } = await syncOf(agent, 'timeout=0')
  await contact('POST', `${v3}/rooms/${roomId}/kick`, { user_id: agentId })
  await say(contact, roomId, 'unseen')
  const left = await syncOf(agent, `since=${next}&timeout=0`)
  expect(left.rooms.leave?.[roomId]?.timeline.events.map(({ content }) => content.membership)).toEqual(['leave'])
  expect((await syncOf(agent, `since=${left.next}&timeout=0`)).rooms).toEqual({})
  const history = async () => agent('GET', `${v3}/rooms/${roomId}/messages?dir=b&limit=100`)
  expect(((await history()).body.chunk as Event[]).flatMap(({ content }) => content.body ?? [])).toEqual(['seen'])
  await agent('POST', `${v3}/rooms/${roomId}/forget`, {})
  expect((await history()).status).toBe(403)
})

test.each([
  ['since=garbage', 400, 'M_UNKNOWN'],
  ['filter=99', 400, 'M_INVALID_PARAM'],
  ['filter={x', 400, 'M_NOT_JSON'],
  ['timeout=soon', 400, 'M_INVALID_PARAM'],
  ['set_presence=asleep', 400, 'M_INVALID_PARAM'],
])('sync?%s is %i %s', async (query, status, errcode) => {
  await using world = await open()
  expect(await world.agent('GET', `${v3}/sync?${query}`)).toMatchObject({ status, body: { errcode } })
})
