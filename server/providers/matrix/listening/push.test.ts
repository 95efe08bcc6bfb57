import { expect, test } from 'vitest'
import type { Homeserver } from '../client/homeserver.ts'
import { createPush } from './push.ts'
import { createSigns } from './signs.ts'
import { config } from '../testing.ts'
import { createWatch } from './watch.ts'

const push = createPush({ hsToken: 'from homeserver', bridgeAsToken: 'from bridge', botUserId: '@whatsappbot:example.com' })
const webhook = '/api/v1/integrations/matrix/webhook'
const ask = (method: string, path: string, token?: string, body = '{"events":[]}') =>
  push.receive({
    method,
    path,
    query: {},
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    body: Buffer.from(body),
  })

test.each([
  ['PUT', '/_matrix/app/v1/transactions/1', true],
  ['PUT', `${webhook}/_matrix/app/v1/transactions/1`, true],
  ['GET', '/_matrix/app/v1/users/@a:b', true],
  ['POST', '/_matrix/app/v1/ping', true],
  ['POST', webhook, true],
  ['GET', webhook, false],
  ['PUT', '/_matrix/app/v1/transactionsx', false],
  ['POST', '/api/v1/integrations/whatsapp/webhook', false],
])('%s %s is ours: %s', (method, path, ours) => {
  expect(push.matches(method, path)).toBe(ours)
})

test('a transaction is kept under the hash of its body, whatever it is called', () => {
  const [one, two] = [
    ask('PUT', '/_matrix/app/v1/transactions/1', 'from homeserver'),
    ask('PUT', `${webhook}/_matrix/app/v1/transactions/2`, 'from homeserver'),
  ]
  expect(one).toEqual({ accept: { stream: 'push', key: expect.stringMatching(/^[0-9a-f]{64}$/), body: '{"events":[]}' }, reply: '{}' })
  expect(two).toEqual(one)
})

test('a homeserver that counts its transactions anew is noticed, by its own word only', () => {
  let recounts = 0
  const counting = createPush({ hsToken: 'h', botUserId: '@bot:x.org' }, () => (recounts += 1))
  const put = (id: string, token = 'h') =>
    counting.receive({
      method: 'PUT',
      path: `/_matrix/app/v1/transactions/${id}`,
      query: {},
      headers: { authorization: `Bearer ${token}` },
      body: Buffer.from('{}'),
    })
  for (const id of ['7', '8', '8', '9', 'a-hash']) put(id)
  put('1', 'guessed')
  expect(recounts).toBe(0)
  for (const id of ['1', '2']) put(id)
  expect(recounts).toBe(1)
})

test('who is not known is told so, and nothing is kept', () => {
  expect(ask('PUT', '/_matrix/app/v1/transactions/1')).toMatchObject({ reject: 401, reply: expect.stringContaining('M_MISSING_TOKEN') })
  expect(ask('PUT', '/_matrix/app/v1/transactions/1', 'from bridge')).toMatchObject({
    reject: 403,
    reply: expect.stringContaining('M_FORBIDDEN'),
  })
  expect(ask('POST', webhook, 'guessed')).toMatchObject({ reject: 403 })
  const closed = createPush({ botUserId: '@whatsappbot:example.com' })
  const request = { method: 'POST', path: webhook, query: {}, headers: { authorization: 'Bearer ' }, body: Buffer.from('{}') }
  expect(closed.receive(request)).toMatchObject({ reject: 401 })
  expect(closed.receive({ ...request, headers: { authorization: 'Bearer undefined' } })).toMatchObject({ reject: 403 })
})

test('the webhook tells the bridge from the homeserver by their tokens', () => {
  expect(ask('POST', webhook, 'from bridge')).toMatchObject({ accept: { stream: 'bridge' } })
  expect(ask('POST', webhook, 'from homeserver')).toMatchObject({ accept: { stream: 'push' } })
})

test('pings, lookups and nonsense are answered', () => {
  expect(ask('POST', '/_matrix/app/v1/ping', 'from homeserver')).toEqual({ answer: '{}' })
  for (const path of ['users/@crm_7:x', 'rooms/%23a:x', 'thirdparty/location']) {
    expect(ask('GET', `/_matrix/app/v1/${path}`, 'from homeserver')).toMatchObject({
      status: 404,
      answer: expect.stringContaining('M_NOT_FOUND'),
    })
  }
  expect(ask('DELETE', '/_matrix/app/v1/users/x', 'from homeserver')).toMatchObject({
    status: 404,
    answer: expect.stringContaining('M_UNRECOGNIZED'),
  })
  for (const body of ['', 'text', '[]', 'null'])
    expect(ask('PUT', '/_matrix/app/v1/transactions/1', 'from homeserver', body)).toMatchObject({ reject: 400 })
})

test('where nothing is pushed there is nothing to watch', () => {
  const pushing = { ...config, asToken: 'as', hsToken: 'hs', registrationId: 'mistok', intake: 'push_and_sync' } as const
  const watchOf = (given: typeof config) =>
    createWatch({ config: given, homeserver: {} as Homeserver, clock: () => 0, signs: createSigns() })
  const { asToken: _, ...unregistered } = pushing
  expect(watchOf(pushing)).toBeDefined()
  for (const none of [{ ...pushing, intake: 'sync' as const }, unregistered]) expect(watchOf(none)).toBeUndefined()
})
