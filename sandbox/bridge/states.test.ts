import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { agent, at, olena, shop, startWorld, text, until, type Json } from '../testing.ts'

/** An endpoint that takes states and checkpoints; `refuse` is how many requests it turns away first. */
async function startEndpoint(refuse = 0) {
  const received: { authorization: string | undefined; agent: string | undefined; body: Json }[] = []
  let left = refuse
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      left -= 1
      if (left < 0) {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as Json
        received.push({ authorization: request.headers.authorization, agent: request.headers['user-agent'], body })
      }
      response.writeHead(left < 0 ? 204 : 503).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    received,
    states: () => received.map((each) => String(each.body['state_event'])),
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}

test('states are pushed, repeated until they are taken, and name the login', async () => {
  await using endpoint = await startEndpoint(2)
  await using world = await startWorld({ statusEndpoint: endpoint.url })
  await until(() => endpoint.received.length === 1)
  expect(endpoint.received[0]).toMatchObject({
    authorization: `Bearer ${world.sandbox.bridgeRegistration.as_token}`,
    agent: expect.stringMatching(/^mautrix-whatsapp\/v26\.08 mautrix-go\/v0\.30\.0 .*\(bridge state sender\)$/),
    body: { state_event: 'UNCONFIGURED', source: 'bridge' },
  })
  await world.link(shop)
  await until(() => endpoint.states().includes('CONNECTED'))
  expect(endpoint.states()).not.toContain('CONNECTING')
  const connected = endpoint.received.find((each) => each.body['state_event'] === 'CONNECTED')
  expect(connected?.body).toMatchObject({ user_id: agent, remote_id: '380671112233', remote_name: shop, remote_profile: { phone: shop } })
  expect(Number(connected?.body['timestamp'])).toBeLessThan(1e11)
  await world.control('POST', `/phones/${shop}/unlink`)
  await until(() => endpoint.states().includes('BAD_CREDENTIALS'))
  expect(endpoint.received.at(-1)?.body).toMatchObject({ error: 'wa-logged-out', remote_id: '380671112233' })
  await world.provision('POST', '/logout/all')
  await until(() => endpoint.states().includes('LOGGED_OUT'))
})

test.each([
  ['wa-phone-offline', { state_event: 'TRANSIENT_DISCONNECT', user_action: 'OPEN_NATIVE' }, true],
  ['wa-transient-disconnect', { state_event: 'TRANSIENT_DISCONNECT' }, false],
  ['wa-temporary-ban', { state_event: 'BAD_CREDENTIALS' }, false],
  ['wa-stream-replaced', { state_event: 'UNKNOWN_ERROR' }, false],
])('%s is told, and whether messages still pass', async (error, state, passes) => {
  await using world = await startWorld()
  await world.link(shop)
  await world.control('POST', `/phones/${olena}/messages`, { to: shop, text: 'before' })
  const seen = (body: string) => async () => (await world.events()).find((each) => (each['content'] as Json)['body'] === body)
  const room = text(await until(seen('before')), 'room_id')
  await world.control('POST', `/phones/${shop}/trouble`, { error })
  expect(at((await world.provision('GET', '/whoami')).body, 'logins', 0, 'state')).toMatchObject({ error, ...state })
  await world.control('POST', `/phones/${olena}/messages`, { to: shop, text: 'during' })
  const eventId = await world.say(room, { msgtype: 'm.text', body: 'out' })
  const status = await until(async () =>
    (await world.events()).find(
      (each) => each['type'] === 'com.beeper.message_send_status' && at(each, 'content', 'm.relates_to', 'event_id') === eventId,
    ),
  )
  expect(at(status, 'content', 'status')).toBe(passes ? 'SUCCESS' : 'FAIL_RETRIABLE')
  expect((await seen('during')()) !== undefined || passes).toBe(passes)
  await world.control('POST', `/phones/${shop}/trouble`, {})
  await until(seen('during'))
  expect(at((await world.provision('GET', '/whoami')).body, 'logins', 0, 'state', 'state_event')).toBe('CONNECTED')
})

test('checkpoints name the steps of a message', async () => {
  await using endpoint = await startEndpoint()
  await using world = await startWorld({ checkpointEndpoint: endpoint.url })
  await world.link(shop)
  await world.control('POST', `/phones/${olena}/messages`, { to: shop, text: 'before' })
  await world.control('POST', `/phones/${shop}/messages`, { to: olena, text: 'from the phone' })
  const first = await until(async () => (await world.events()).find((each) => (each['content'] as Json)['body'] === 'from the phone'))
  const eventId = await world.say(text(first, 'room_id'), { msgtype: 'm.text', body: 'out' })
  const steps = () =>
    endpoint.received.map(({ body }) => `${text(body, 'checkpoints', 0, 'step')} ${text(body, 'checkpoints', 0, 'status')}`)
  await until(() => steps().length === 3)
  expect(steps().toSorted()).toEqual(['BRIDGE SUCCESS', 'REMOTE DELIVERED', 'REMOTE SUCCESS'])
  for (const { body } of endpoint.received) {
    expect(at(body, 'checkpoints', 0)).toMatchObject({
      event_id: eventId,
      event_type: 'm.room.message',
      reported_by: 'BRIDGE',
      retry_num: 0,
    })
  }
})
