import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { client, ghost, logIn, registration, serverName, startAppservice, startTestServer, until, type Caller } from './testing.ts'

const v3 = '/_matrix/client/v3'
const agentId = `@crm_1:${serverName}`
let folder = ''
let journal = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeserver-'))
  journal = join(folder, 'homeserver.jsonl')
})

afterEach(() => rmSync(folder, { recursive: true }))

const text = (body: string) => ({ msgtype: 'm.text', body })

function send(caller: Caller, roomId: string, txnId: string, body: string, query = '') {
  return caller('PUT', `${v3}/rooms/${roomId}/send/m.room.message/${txnId}${query}`, text(body))
}

function bodies(events: { content?: unknown }[]): unknown[] {
  return events.flatMap((event) => (event.content as { body?: string }).body ?? [])
}

test('what was acknowledged is there after a kill: rooms, tokens, devices, media, account data, sync tokens', async () => {
  const options = { journal, registrations: [registration('crm', null)] }
  const first = await startTestServer(options)
  const admin = await logIn(first, 'admin', 'secret')
  const agent = await ghost(first, 'as_crm', 'crm_1')
  await agent('PUT', `${v3}/devices/CRM`, { display_name: 'CRM' })
  const roomId = String((await agent('POST', `${v3}/createRoom`, { name: 'Kept' })).body.room_id)
  await agent('PUT', `${v3}/user/${agentId}/account_data/m.direct`, { a: ['b'] })
  const since = String((await agent('GET', `${v3}/sync`)).body.next_batch)
  const media = await fetch(`${first.url}/_matrix/media/v3/upload`, {
    method: 'POST',
    headers: { authorization: 'Bearer as_crm' },
    body: 'bytes',
  })
  const { content_uri: uri } = (await media.json()) as { content_uri: string }
  const sent = await send(agent, roomId, 'one', 'hello', '?device_id=CRM')
  await first.kill()
  appendFileSync(journal, '{"r":"event","event":{"event_id":"$half')

  await using second = await startTestServer({ ...options, users: [] })
  const again = client(second, 'as_crm', agentId)
  expect((await client(second, admin.token)('GET', `${v3}/account/whoami`)).body.device_id).toBe('DEVadmin')
  expect((await again('GET', `${v3}/devices/CRM`)).body.display_name).toBe('CRM')
  expect((await again('GET', `${v3}/rooms/${roomId}/state/m.room.name`)).body).toEqual({ name: 'Kept' })
  expect((await again('GET', `${v3}/user/${agentId}/account_data/m.direct`)).body).toEqual({ a: ['b'] })
  const download = await fetch(`${second.url}/_matrix/client/v1/media/download/${uri.slice('mxc://'.length)}`, {
    headers: { authorization: 'Bearer as_crm' },
  })
  expect(await download.text()).toBe('bytes')
  const synced = (await again('GET', `${v3}/sync?since=${since}`)).body.rooms as {
    join: Record<string, { timeline: { events: object[] } }>
  }
  expect(bodies(synced.join[roomId]?.timeline.events ?? [])).toEqual(['hello'])
  expect((await send(again, roomId, 'one', 'hello', '?device_id=CRM')).body).toEqual(sent.body)
})

test('a transaction id without a device is forgotten at a restart, so the message is doubled', async () => {
  const options = { journal, registrations: [registration('crm', null)] }
  const first = await startTestServer(options)
  const agent = await ghost(first, 'as_crm', 'crm_1')
  const roomId = String((await agent('POST', `${v3}/createRoom`, {})).body.room_id)
  const sent = await send(agent, roomId, 'one', 'hello')
  expect((await send(agent, roomId, 'one', 'hello')).body).toEqual(sent.body)
  await first.close()
  await using second = await startTestServer(options)
  expect((await send(client(second, 'as_crm', agentId), roomId, 'one', 'hello')).body).not.toEqual(sent.body)
})

/** Sends while the service holds the first transaction, kills the homeserver, and starts it again with a service that answers. */
async function killUnderLoad(volatilePush: boolean) {
  const held: (() => void)[] = []
  const service = { status: 200, holds: true }
  const reply = () => ({ status: service.status, body: '{}' })
  const crm = await startAppservice(() => (service.holds ? new Promise((resolve) => held.push(() => resolve(reply()))) : reply()))
  const options = { journal, volatilePush, registrations: [registration('crm', crm.url)] }
  const first = await startTestServer(options)
  const agent = await ghost(first, 'as_crm', 'crm_1')
  const roomId = String((await agent('POST', `${v3}/createRoom`, {})).body.room_id)
  await until(() => crm.received.length === 1)
  for (let at = 0; at < 150; at += 1) await send(agent, roomId, `m${at}`, String(at))
  await first.kill()
  service.holds = false
  service.status = 503
  for (const release of held) release()
  service.status = 200
  const second = await startTestServer(options)
  return { crm, service, second, roomId, sent: Array.from({ length: 150 }, (_, at) => String(at)) }
}

test('a durable push brings everything after a kill', async () => {
  const { crm, second, sent } = await killUnderLoad(false)
  await using _servers = new AsyncDisposableStack()
  _servers.use(crm)
  _servers.use(second)
  await until(() => new Set(bodies(crm.events())).size === sent.length)
  expect([...new Set(bodies(crm.events()))]).toEqual(sent)
  expect(crm.events().filter(({ type }) => type === 'm.room.create')).not.toHaveLength(0)
})

test('a volatile push loses what was queued; what was on its way is stuck until the service fails once', async () => {
  const { crm, service, second, roomId } = await killUnderLoad(true)
  await using servers = new AsyncDisposableStack()
  servers.use(crm)
  servers.use(second)
  const agent = client(second, 'as_crm', agentId)
  await send(agent, roomId, 'canary', 'canary')
  await until(() => bodies(crm.events()).includes('canary'))
  expect(bodies(crm.events())).toEqual(['canary'])
  const isFirst = ({ body }: { body: { events: { type?: unknown }[] } }) => body.events.some(({ type }) => type === 'm.room.create')
  expect(crm.accepted.filter(isFirst)).toEqual([])
  service.status = 503
  await send(agent, roomId, 'nudge', 'nudge')
  await until(() => crm.received.some(({ body }) => bodies(body.events).includes('nudge')))
  service.status = 200
  await until(() => bodies(crm.events()).includes('nudge'))
  expect(crm.accepted.filter(isFirst)).toHaveLength(1)
  expect(bodies(crm.events())).toEqual(['canary', 'nudge'])
})

test('transaction ids start at 1 again after a restart', async () => {
  await using crm = await startAppservice()
  const options = { journal, registrations: [registration('crm', crm.url)] }
  const first = await startTestServer(options)
  const agent = await ghost(first, 'as_crm', 'crm_1')
  const roomId = String((await agent('POST', `${v3}/createRoom`, {})).body.room_id)
  await send(agent, roomId, 'before', 'before')
  const answered = () => readFileSync(journal, 'utf8').split('push_done').length - 1
  await until(() => bodies(crm.events()).includes('before') && answered() === crm.accepted.length)
  await first.close()
  await using second = await startTestServer(options)
  await send(client(second, 'as_crm', agentId), roomId, 'after', 'after')
  await until(() => bodies(crm.events()).includes('after'))
  expect(crm.accepted[0]?.txnId).toBe('1')
  expect(crm.accepted.at(-1)?.txnId).toBe('1')
})

test('when volatile, a service that was down is tried again only after the next event that interests it', async () => {
  let reply = { status: 503, body: '{}' }
  await using crm = await startAppservice(() => reply)
  const options = { journal, volatilePush: true, registrations: [registration('crm', crm.url)] }
  const first = await startTestServer(options)
  const agent = await ghost(first, 'as_crm', 'crm_1')
  const roomId = String((await agent('POST', `${v3}/createRoom`, {})).body.room_id)
  await until(() => crm.received.length > 0)
  await send(agent, roomId, 'm', 'while down')
  await first.close()
  reply = { status: 200, body: '{}' }
  await using second = await startTestServer(options)
  const again = client(second, 'as_crm', agentId)
  await again('POST', '/_matrix/client/v1/appservice/crm/ping', {})
  expect(crm.accepted).toEqual([])
  await send(again, roomId, 'c', 'canary')
  await until(() => bodies(crm.events()).includes('canary'))
  expect(bodies(crm.events())).toEqual(['while down', 'canary'])
})

test('the journal of a broken disk is not played over in silence', async () => {
  await (await startTestServer({ journal })).close()
  appendFileSync(journal, 'nonsense\n')
  await expect(startTestServer({ journal })).rejects.toThrow('JSON')
})
