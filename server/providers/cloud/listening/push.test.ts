import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { createPush } from './push.ts'
import { parse } from '../reading/parse.ts'
import { waba } from '../testing.ts'

const path = '/api/v1/integrations/whatsapp/webhook'
const push = createPush({ appSecrets: ['new secret', 'old secret'], verifyToken: 'verify me' })
const sign = (secret: string, body: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

function post(body: string, signature: string | undefined) {
  return push.receive({ method: 'POST', path, query: {}, headers: { 'x-hub-signature-256': signature }, body: Buffer.from(body) })
}
function get(query: Record<string, string>) {
  return push.receive({ method: 'GET', path, query, headers: {}, body: new Uint8Array() })
}

test('takes its own address and no other', () => {
  expect(push.matches('POST', path)).toBe(true)
  expect(push.matches('GET', path)).toBe(true)
  expect(push.matches('PUT', path)).toBe(false)
  expect(push.matches('POST', `${path}/x`)).toBe(false)
})

const asked = { 'hub.mode': 'subscribe', 'hub.challenge': '1158201444', 'hub.verify_token': 'verify me' }

test('answers the question of Meta as it stands, to who knows the token', () => {
  expect(get(asked)).toEqual({ answer: '1158201444', plain: true })
  expect(get({ ...asked, 'hub.verify_token': 'verify' })).toMatchObject({ reject: 403 })
  expect(get({ 'hub.mode': 'subscribe', 'hub.challenge': '1' })).toMatchObject({ reject: 403 })
  expect(get({ ...asked, 'hub.mode': 'other' })).toMatchObject({ reject: 403 })
})

test('an empty token or secret lets nobody in', () => {
  const open = createPush({ appSecrets: [''], verifyToken: '' })
  const request = { path, query: { 'hub.mode': 'subscribe', 'hub.verify_token': '' }, headers: {}, body: new Uint8Array() }
  expect(open.receive({ ...request, method: 'GET' })).toMatchObject({ reject: 403 })
  expect(open.receive({ ...request, method: 'POST', headers: { 'x-hub-signature-256': sign('', '') } })).toMatchObject({ reject: 403 })
})

// The bytes are PHP's: every letter beyond ASCII and every slash is escaped.
const escaped = String.raw`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"x","value":{"t":"\u041f\u0440\u0438\u0432\u0456\u0442 https:\/\/x"}}]}]}`

test.each(['new secret', 'old secret'])('a delivery signed over its own bytes with the %s is kept as it came', (secret) => {
  const reply = post(escaped, sign(secret, escaped))
  expect(reply).toMatchObject({ accept: { stream: 'webhook', body: escaped }, reply: '{}' })
  expect(post(escaped, sign(secret, escaped))).toEqual(reply)
})

test('what is signed wrongly or not at all is refused', () => {
  expect(post(escaped, undefined)).toMatchObject({ reject: 401 })
  expect(post(escaped, 'sha1=abc')).toMatchObject({ reject: 401 })
  expect(post(escaped, `${sign('new secret', escaped)}00`)).toMatchObject({ reject: 401 })
  expect(post(escaped, sign('other secret', escaped))).toMatchObject({ reject: 403 })
  // A signature over the same words in other bytes is another one.
  expect(post(escaped, sign('new secret', JSON.stringify(JSON.parse(escaped))))).toMatchObject({ reject: 403 })
})

test('what is no JSON but rightly signed is kept, and read as nothing that is known', () => {
  const body = '{"entry": [\u0000'
  const reply = post(body, sign('new secret', body))
  if (!('accept' in reply)) throw new Error('it was not kept')
  // PostgreSQL takes no NUL.
  expect(reply.accept.body).toBe('{"entry": [\u{FFFD}')
  expect(parse(waba, reply.accept, new Map()).items).toMatchObject([{ type: 'dead' }])
})

test('3 MB are taken, more than 4 MiB are not', () => {
  const body = (bytes: number) => `{"a":"${'x'.repeat(bytes)}"}`
  expect(post(body(3_000_000), sign('new secret', body(3_000_000)))).toHaveProperty('accept')
  expect(post(body(4 * 1024 * 1024), sign('new secret', body(4 * 1024 * 1024)))).toMatchObject({ reject: 400 })
})
