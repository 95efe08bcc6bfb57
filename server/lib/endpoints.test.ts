import { expect, test } from 'vitest'
import { createEndpoints, endpointOf } from './endpoints.ts'

test.each([
  ['https://matrix.example/_matrix/client/v3/sync', 'homeserver'],
  ['https://matrix.example/_synapse/admin/v1/users/x/login', 'homeserver'],
  ['https://example.org/.well-known/matrix/client', 'homeserver'],
  ['http://bridge:29318/_matrix/provision/v3/whoami', 'bridge'],
  ['http://bridge:29318/_matrix/mau/live', 'bridge'],
  ['https://graph.facebook.com/v25.0/1/messages', 'meta'],
])('%s is the %s', (url, endpoint) => expect(endpointOf(url)).toBe(endpoint))

test('of each the last answer and the last failure are known', () => {
  let now = 0
  const endpoints = createEndpoints(() => now)
  expect(endpoints.list()).toEqual([])
  endpoints.heard('bridge', true)
  now = 1_000
  endpoints.heard('bridge', false)
  now = 2_000
  endpoints.heard('meta', true)
  endpoints.heard('bridge', false)
  expect(endpoints.list()).toEqual([
    { name: 'bridge', last_ok_at: '1970-01-01T00:00:00.000Z', last_failed_at: '1970-01-01T00:00:02.000Z' },
    { name: 'meta', last_ok_at: '1970-01-01T00:00:02.000Z' },
  ])
})
