import { fork } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { bridgeRegistrationOf } from './index.ts'
import { at, list, olena, request, shop, startWorld, tempDir, text, until, type Json, type TestWorld } from './testing.ts'

const bodies = (events: Json[]) =>
  events.flatMap((event) => (event['type'] === 'm.room.message' ? String((event['content'] as Json)['body']) : []))

const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `n${from + index}`)

async function write(world: TestWorld, texts: string[]): Promise<void> {
  for (const each of texts) expect((await world.control('POST', `/phones/${olena}/messages`, { to: shop, text: each })).status).toBe(201)
}

const comeIn = (world: TestWorld, texts: string[]) =>
  until(async () => {
    const seen = bodies(await world.events()).filter((body) => /^n\d+$/.test(body))
    return seen.length >= texts.length ? seen : undefined
  })

test.each([
  { kind: '5xx', count: 4 },
  { kind: '429', count: 3 },
  { kind: 'drop', count: 3 },
  { kind: 'reset_after_accept', count: 4 },
])('whatever the homeserver does ($kind), each message is there once and in order', async (fault) => {
  await using world = await startWorld({ timeScale: 0.02 })
  await world.link(shop)
  await write(world, numbered(0, 1))
  await comeIn(world, numbered(0, 1))
  await world.control('POST', '/faults', { target: 'homeserver', leg: 'client', match: { path: '/send/m.room.message/' }, ...fault })
  await write(world, numbered(1, 10))
  expect(await comeIn(world, numbered(0, 10))).toEqual(numbered(0, 10))
  expect((await world.control('GET', '/faults')).body).toEqual({ items: [] })
})

test('what comes while the bridge is down is there when it is back', async () => {
  await using dir = await tempDir()
  await using world = await startWorld({ dataDir: dir.path })
  await world.link(shop)
  await write(world, numbered(0, 5))
  await world.sandbox.stopBridge()
  await write(world, numbered(5, 10))
  expect((await world.control('GET', '/state')).body).toMatchObject({ bridge_running: false })
  await world.sandbox.startBridge()
  expect(await comeIn(world, numbered(0, 10))).toEqual(numbered(0, 10))
  expect((await world.provision('GET', '/whoami')).body['logins']).toMatchObject([{ id: '380671112233', state_event: 'CONNECTED' }])
})

test('a second start finds everything as the first one left it', async () => {
  await using dir = await tempDir()
  const first = await startWorld({ dataDir: dir.path, seed: true })
  await first.link(shop)
  await write(first, numbered(0, 3))
  await comeIn(first, numbered(0, 3))
  const before = await first.control('GET', '/ledger')
  await first[Symbol.asyncDispose]()
  await using second = await startWorld({ dataDir: dir.path, seed: true })
  expect((await second.control('GET', '/ledger')).body).toEqual(before.body)
  expect(second.sandbox.bridgeSecret).toBe(first.sandbox.bridgeSecret)
  await until(async () => JSON.stringify((await second.provision('GET', '/whoami')).body).includes('CONNECTED'))
  await write(second, numbered(3, 5))
  expect(await comeIn(second, numbered(0, 5))).toEqual(numbered(0, 5))
  const room = (await second.events()).find((event) => (event['content'] as Json)['body'] === 'n4')
  await second.say(text(room, 'room_id'), { msgtype: 'm.text', body: 'still here' })
  await until(async () => list((await second.control('GET', `/phones/${olena}/messages`)).body, 'items').at(-1)?.['text'] === 'still here')
})

test('a registration made beforehand, for a homeserver that loads it first, is the one that the bridge has', async () => {
  await using dir = await tempDir()
  const ports = { homeserver: 0, bridge: 28_411, control: 0 }
  const made = await bridgeRegistrationOf({ dataDir: dir.path, ports, log: () => undefined })
  expect(made).toMatchObject({
    url: 'http://127.0.0.1:28411',
    namespaces: { users: [{ exclusive: true }, { regex: '^@whatsapp_.*:mistok\\.test$' }] },
  })
  await using world = await startWorld({ dataDir: dir.path })
  expect(world.sandbox.bridgeRegistration).toEqual({ ...made, url: world.sandbox.bridgeUrl })
  await expect(bridgeRegistrationOf({ ports, log: () => undefined })).rejects.toThrow('needs dataDir')
})

test('a taken port is said, and nothing is left running', async () => {
  await using world = await startWorld()
  const control = Number(new URL(world.sandbox.controlUrl).port)
  const ports = { homeserver: 0, bridge: 28_412, control }
  await expect(startWorld({ ports })).rejects.toThrow('EADDRINUSE')
  await expect(fetch('http://127.0.0.1:28412/_matrix/mau/live')).rejects.toThrow('fetch failed')
})

test('killed in the middle, nothing is lost and nothing doubled, either way', { timeout: 60_000 }, async () => {
  await using dir = await tempDir()
  const script = new URL('./testing-process.ts', import.meta.url)
  const sent: string[] = []
  const accepted = new Set<string>()
  for (let round = 0; round < 3; round += 1) {
    const child = fork(script, [dir.path], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const [urls] = (await once(child, 'message')) as [{ control: string; homeserver: string }]
    // The first round may have been killed before the room was there.
    const roomId = round === 0 ? undefined : await until(() => roomOf(urls.homeserver).catch(() => undefined))
    const gone = once(child, 'exit')
    for (let n = 0; child.exitCode === null && child.signalCode === null; n += 1) {
      // In the middle of what follows, whatever that is.
      if (n === 6) setTimeout(() => child.kill('SIGKILL'), 100)
      const body = `in ${round}.${n}`
      const inbound = request('POST', `${urls.control}/sandbox/v1/phones/${olena}/messages`, undefined, { to: shop, text: body })
      await inbound.then((answer) => answer.status === 201 && sent.push(body)).catch(() => undefined)
      if (roomId === undefined) continue
      const path = `/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${round}.${n}?user_id=%40crm_1%3Amistok.test`
      const outbound = request('PUT', `${urls.homeserver}/_matrix/client/v3${path}`, 'as_crm', {
        msgtype: 'm.text',
        body: `out ${round}.${n}`,
      })
      await outbound.then((answer) => accepted.add(text(answer.body, 'event_id'))).catch(() => undefined)
    }
    await gone
  }
  await using world = await startWorld({ dataDir: dir.path, timeScale: 1 })
  const seen = await until(async () => {
    const found = bodies(await world.events()).filter((body) => body.startsWith('in '))
    return sent.every((body) => found.includes(body)) ? found : undefined
  })
  expect(new Set(seen).size).toBe(seen.length)
  expect(seen.filter((body) => sent.includes(body))).toEqual(sent)
  const ledger = await until(async () => {
    const lines = list((await world.control('GET', '/ledger')).body, 'items').filter((line) => line['from'] === shop)
    return [...accepted].every((id) => lines.some((line) => line['event_id'] === id)) ? lines : undefined
  })
  const ids = ledger.map((line) => line['event_id'])
  expect(new Set(ids).size).toBe(ids.length)
  expect(sent.length).toBeGreaterThan(3)
  expect(accepted.size).toBeGreaterThan(3)
})

/** The only room of the user. */
async function roomOf(homeserver: string): Promise<string> {
  const { body } = await request('GET', `${homeserver}/_matrix/client/v3/joined_rooms?user_id=%40crm_1%3Amistok.test`, 'as_crm')
  return text(at(body, 'joined_rooms'), 0)
}
