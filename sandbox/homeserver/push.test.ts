import { expect, test } from 'vitest'
import { client, ghost, registration, serverName, startAppservice, startTestServer, until, type Caller } from './testing.ts'
import type { Homeserver } from './index.ts'

const v3 = '/_matrix/client/v3'
const agentId = `@crm_1:${serverName}`
const text = (body: string) => ({ msgtype: 'm.text', body })

async function say(caller: Caller, roomId: string, body: string): Promise<string> {
  const answer = await caller('PUT', `${v3}/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${crypto.randomUUID()}`, text(body))
  expect(answer.status).toBe(200)
  return String(answer.body.event_id)
}

async function makeRoom(caller: Caller, invite: string[] = []): Promise<string> {
  const answer = await caller('POST', `${v3}/createRoom`, { preset: 'private_chat', invite })
  expect(answer.status).toBe(200)
  return String(answer.body.room_id)
}

function bodies(events: { content?: unknown }[]): unknown[] {
  return events.flatMap((event) => (event.content as { body?: string }).body ?? [])
}

type Reply = { status: number; body: string }

async function oneService(server: Homeserver): Promise<{ agent: Caller; roomId: string }> {
  const agent = await ghost(server, 'as_crm', 'crm_1')
  return { agent, roomId: await makeRoom(agent) }
}

test('a service sees an invite alone, everything while its user is in, and nothing after it left', async () => {
  await using crm = await startAppservice()
  await using server = await startTestServer({ registrations: [registration('crm', crm.url), registration('whatsapp', null)] })
  const contact = await ghost(server, 'as_whatsapp', 'whatsapp_1')
  const agent = await ghost(server, 'as_crm', 'crm_1')
  const roomId = await makeRoom(contact, [agentId])
  await say(contact, roomId, 'before the join')
  await agent('POST', `${v3}/join/${roomId}`, {})
  await say(contact, roomId, 'while in')
  await agent('POST', `${v3}/rooms/${roomId}/leave`, {})
  await say(contact, roomId, 'after')
  const other = await makeRoom(agent)
  await until(() => crm.events().some((event) => event.room_id === other && event.type === 'm.room.guest_access'))
  const seen = crm.events().filter((event) => event.room_id === roomId)
  expect(seen.map((event) => (event.content as { membership?: string; body?: string }).membership ?? bodies([event])[0])).toEqual([
    'invite',
    'join',
    'while in',
    'leave',
  ])
})

test('own sends come back without a transaction id, receipts and typing under both names', async () => {
  await using crm = await startAppservice()
  const both = { 'de.sorunome.msc2409.push_ephemeral': true }
  await using server = await startTestServer({ registrations: [registration('crm', crm.url, both)] })
  const { agent, roomId } = await oneService(server)
  const eventId = await say(agent, roomId, 'mine')
  await agent('POST', `${v3}/rooms/${roomId}/receipt/m.read/${eventId}`, {})
  await agent('PUT', `${v3}/rooms/${roomId}/typing/${agentId}`, { typing: true })
  await until(() => crm.received.flatMap(({ body }) => body.ephemeral ?? []).length === 2)
  const own = crm.events().find((event) => event.event_id === eventId)
  expect(own?.unsigned).not.toHaveProperty('transaction_id')
  const ephemeral = crm.received.flatMap(({ body }) => body.ephemeral ?? [])
  expect(ephemeral.map(({ type }) => type)).toEqual(['m.receipt', 'm.typing'])
  expect(crm.received.flatMap(({ body }) => body['de.sorunome.msc2409.ephemeral'])).toEqual(ephemeral)
})

test.each<[string, Reply]>([
  ['a refusal', { status: 503, body: '{}' }],
  ['an empty body', { status: 200, body: '' }],
  ['a body that is no JSON', { status: 200, body: 'ok' }],
])('after %s everything is sent again, oldest first, up to a hundred events at a time', async (_what, bad) => {
  let reply = bad
  await using crm = await startAppservice(() => reply)
  await using server = await startTestServer({ registrations: [registration('crm', crm.url)] })
  const { agent, roomId } = await oneService(server)
  const sent: string[] = []
  for (let at = 0; at < 130; at += 1) sent.push(await say(agent, roomId, String(at)))
  reply = { status: 200, body: '{}' }
  await until(() => crm.events().some((event) => event.event_id === sent.at(-1)))
  const good = crm.accepted.flatMap(({ body }) => body.events)
  expect(bodies(good)).toEqual(sent.map((_, at) => String(at)))
  expect(Math.max(...crm.received.map(({ body }) => body.events.length))).toBeLessThanOrEqual(100)
})

test('a transaction id of one user drops the message of another user of the same service in the same room', async () => {
  await using server = await startTestServer({ registrations: [registration('crm', null)] })
  const [one, two] = [await ghost(server, 'as_crm', 'crm_1'), await ghost(server, 'as_crm', 'crm_2')]
  const roomId = await makeRoom(one, [`@crm_2:${serverName}`])
  await two('POST', `${v3}/join/${roomId}`, {})
  const path = `${v3}/rooms/${roomId}/send/m.room.message/same`
  const first = await one('PUT', path, text('first'))
  expect((await two('PUT', path, text('second'))).body).toEqual(first.body)
  const otherRoom = await makeRoom(one)
  const elsewhere = await one('PUT', `${v3}/rooms/${otherRoom}/send/m.room.message/same`, text('third'))
  expect(elsewhere.body).not.toEqual(first.body)
})

test('ping: the other way round, and what it says when nobody is there', async () => {
  await using crm = await startAppservice()
  const dead = registration('dead', 'http://127.0.0.1:9')
  await using server = await startTestServer({ registrations: [registration('crm', crm.url), registration('none', null), dead] })
  const ping = (id: string, token = `as_${id}`) =>
    client(server, token)('POST', `/_matrix/client/v1/appservice/${id}/ping`, { transaction_id: 't' })
  expect(await ping('crm')).toMatchObject({ status: 200, body: { duration_ms: expect.any(Number) } })
  expect(crm.other).toEqual(['POST /_matrix/app/v1/ping'])
  expect(await ping('none')).toMatchObject({ status: 400, body: { errcode: 'M_URL_NOT_SET' } })
  expect(await ping('dead')).toMatchObject({ status: 502, body: { errcode: 'M_CONNECTION_FAILED' } })
  expect(await ping('crm', 'as_none')).toMatchObject({ status: 403, body: { errcode: 'M_FORBIDDEN' } })
})

test('an unknown user of a namespace is asked for before its invite is pushed', async () => {
  await using crm = await startAppservice()
  await using server = await startTestServer({ registrations: [registration('crm', crm.url), registration('whatsapp', null)] })
  const contact = await ghost(server, 'as_whatsapp', 'whatsapp_1')
  await makeRoom(contact, [`@crm_new:${serverName}`])
  await until(() => crm.events().length === 1)
  expect(crm.other).toEqual([`GET /_matrix/app/v1/users/${encodeURIComponent(`@crm_new:${serverName}`)}`])
})
