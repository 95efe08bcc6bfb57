import { expect, test } from 'vitest'
import { createFaults, type Fault } from './faults.ts'
import { ghost, registration, serverName, startAppservice, startTestServer, until, type Caller } from './testing.ts'

const v3 = '/_matrix/client/v3'

function send(caller: Caller, roomId: string, txnId: string) {
  return caller('PUT', `${v3}/rooms/${roomId}/send/m.room.message/${txnId}`, { msgtype: 'm.text', body: txnId })
}

async function open(url: string | null) {
  const faults = createFaults()
  const server = await startTestServer({ faults, registrations: [registration('crm', url)] })
  const agent = await ghost(server, 'as_crm', 'crm_1')
  const roomId = String((await agent('POST', `${v3}/createRoom`, {})).body.room_id)
  const texts = async () => {
    const page = await agent('GET', `${v3}/rooms/${roomId}/messages?dir=f&limit=100`)
    return (page.body.chunk as { content: { body?: string } }[]).flatMap(({ content }) => content.body ?? [])
  }
  return { server, faults, agent, roomId, texts, [Symbol.asyncDispose]: () => server.close() }
}

const onSend = (kind: Fault['kind'], more: Partial<Fault> = {}): Fault => ({
  leg: 'client',
  kind,
  count: 1,
  match: { method: 'PUT', path: '/send/' },
  ...more,
})

test('a dropped request leaves nothing, one reset after it was accepted leaves its message once', async () => {
  await using world = await open(null)
  world.faults.add(onSend('drop'))
  await expect(send(world.agent, world.roomId, 'dropped')).rejects.toThrow('fetch failed')
  expect(await world.texts()).toEqual([])
  world.faults.add(onSend('reset_after_accept'))
  await expect(send(world.agent, world.roomId, 'reset')).rejects.toThrow('fetch failed')
  expect((await send(world.agent, world.roomId, 'reset')).status).toBe(200)
  expect(await world.texts()).toEqual(['reset'])
  expect(world.faults.list()).toEqual([])
})

test('429 tells the wait twice, 5xx is no JSON; neither leaves a message', async () => {
  await using world = await open(null)
  world.faults.add(onSend('429', { ms: 2500 }))
  const limited = await send(world.agent, world.roomId, 'a')
  expect(limited).toMatchObject({ status: 429, body: { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 2500 } })
  expect(limited.headers.get('retry-after')).toBe('3')
  world.faults.add(onSend('5xx'))
  const url = `${world.server.url}${v3}/rooms/${world.roomId}/send/m.room.message/b?user_id=@crm_1:${serverName}`
  const broken = await fetch(url, { method: 'PUT', headers: { authorization: 'Bearer as_crm' }, body: '{}' })
  expect(broken.status).toBe(502)
  expect(await broken.text()).toContain('<html>')
  expect(await world.texts()).toEqual([])
})

async function pushed(fault: Fault) {
  await using crm = await startAppservice()
  await using world = await open(crm.url)
  await until(() => crm.events().some(({ type }) => type === 'm.room.guest_access'))
  world.faults.add(fault)
  await send(world.agent, world.roomId, 'one')
  await until(() => world.faults.list().length === 0)
  await send(world.agent, world.roomId, 'two')
  const seen = () => crm.events().flatMap(({ content }) => (content as { body?: string }).body ?? [])
  await until(() => seen().includes('two') && (fault.kind === 'drop' || seen().includes('one')))
  return seen()
}

test.each<[Fault['kind'], string[]]>([
  ['drop', ['two']],
  ['duplicate', ['one', 'one', 'two']],
  ['reorder', ['two', 'one']],
  ['delay', ['one', 'two']],
  ['5xx', ['one', 'two']],
  ['reset_after_accept', ['one', 'one', 'two']],
])('%s on the way to an appservice', async (kind, expected) => {
  expect(await pushed({ leg: 'push', kind, count: 1, ms: 100 })).toEqual(expected)
})

test('a request that comes twice leaves its message once, one that is overtaken comes behind the other', async () => {
  await using world = await open(null)
  world.faults.add(onSend('duplicate'))
  expect((await send(world.agent, world.roomId, 'twice')).status).toBe(200)
  world.faults.add(onSend('reorder', { ms: 10_000 }))
  const slow = send(world.agent, world.roomId, 'overtaken')
  await until(() => world.faults.list().length === 0)
  await send(world.agent, world.roomId, 'overtaking')
  expect((await slow).status).toBe(200)
  expect(await world.texts()).toEqual(['twice', 'overtaking', 'overtaken'])
})

test.each<[string, Fault, string]>([
  ['a kind that there is not', { leg: 'client', kind: 'explode' as 'drop', count: 1 }, 'duplicate, reorder'],
  ['a count of nothing', { leg: 'push', kind: 'drop', count: 0 }, 'count'],
])('%s is refused', (_what, fault, words) => {
  expect(() => createFaults().add(fault)).toThrow(words)
})
