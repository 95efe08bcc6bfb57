import { expect, test } from 'vitest'
import type { ConversationId } from '../../contract/ids.ts'
import { ApiError, isPassing, NetworkError } from './api-error.ts'
import { createClient } from './client.ts'

function setUp(answer: () => Response) {
  const requests: { url: string; init: RequestInit }[] = []
  let ended = 0
  const client = createClient({
    fetch: (async (url: string, init: RequestInit) => {
      requests.push({ url, init })
      return answer()
    }) as typeof fetch,
    newId: () => 'new-id',
    onUnauthenticated: () => (ended += 1),
  })
  return { client, requests, ended: () => ended }
}
const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/problem+json', ...headers } })
const conversation_id = 'cnv_1' as ConversationId

test('path, query and body are filled in; writes carry a key, reads do not', async () => {
  const { client, requests } = setUp(() => json(200, {}))
  await client.call('listMessages', { params: { conversation_id }, query: { limit: 5 } })
  await client.call('sendMessage', { params: { conversation_id }, body: { text: 'a' }, idempotencyKey: 'k' })
  await client.call('logout')
  expect(requests.map(({ url }) => url)).toEqual([
    '/api/v1/communications/conversations/cnv_1/messages?limit=5',
    '/api/v1/communications/conversations/cnv_1/messages',
    '/api/v1/auth/logout',
  ])
  const keys = requests.map(({ init }) => (init.headers as Record<string, string>)['idempotency-key'])
  expect(keys).toEqual([undefined, 'k', 'new-id'])
  expect(requests[1]?.init.body).toBe('{"text":"a"}')
  expect(requests[2]?.init.body).toBeUndefined()
})

test.each([
  [
    'a problem',
    () => json(422, { code: 'unsupported', errors: [{ pointer: '/text', code: 'x', detail: 'y' }] }),
    { code: 'unsupported', fields: [{ pointer: '/text' }] },
  ],
  ['a rest', () => json(429, { code: 'rate_limited' }, { 'retry-after': '7' }), { code: 'rate_limited', retryAfterMs: 7000 }],
  ['a page of a proxy', () => new Response('<html>', { status: 502 }), { code: 'unavailable', status: 502 }],
])('%s becomes an error with a code', async (_, answer, expected) => {
  await expect(setUp(answer).client.call('getMe')).rejects.toMatchObject(expected)
})

test('an ended session is told', async () => {
  const { client, ended } = setUp(() => json(401, { code: 'unauthenticated' }))
  await expect(client.call('getMe')).rejects.toBeInstanceOf(ApiError)
  expect(ended()).toBe(1)
})

test('no answer, or a broken one, is doubt and not a refusal', async () => {
  const broken = setUp(() => new Response('{"a', { status: 200 })).client.call('getMe')
  await expect(broken).rejects.toBeInstanceOf(NetworkError)
  expect(isPassing(await broken.catch((error: unknown) => error))).toBe(true)
  expect(isPassing(new ApiError(404, {}))).toBe(false)
})
