import { afterAll, beforeAll, expect, test } from 'vitest'
import { client, ghost, logIn, registration, serverName, startTestServer, type Caller } from './testing.ts'
import type { Homeserver } from './index.ts'
import type { Json } from './state.ts'

const v3 = '/_matrix/client/v3'
const agentId = `@crm_1:${serverName}`
const callers: Record<string, Caller> = {}
let server: Homeserver
let roomId = ''

beforeAll(async () => {
  server = await startTestServer({ registrations: [registration('crm', null), registration('whatsapp', null)] })
  callers.nobody = client(server, 'nonsense')
  callers.admin = await logIn(server, 'admin', 'secret')
  callers.service = client(server, 'as_crm')
  callers.agent = await ghost(server, 'as_crm', 'crm_1')
  callers.stranger = await ghost(server, 'as_crm', 'crm_2')
  callers.contact = await ghost(server, 'as_whatsapp', 'whatsapp_1')
  roomId = String((await callers.contact('POST', `${v3}/createRoom`, { preset: 'private_chat', invite: [agentId] })).body.room_id)
  await callers.agent('POST', `${v3}/join/${roomId}`, {})
})

afterAll(() => server.close())

const text = { msgtype: 'm.text', body: 'x' }
const register = { type: 'm.login.application_service', inhibit_login: true }
const login = { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'admin' }, password: 'wrong' }

test.each<[string, string, string, unknown, number, string]>([
  ['nobody', 'GET', `${v3}/account/whoami`, undefined, 401, 'M_UNKNOWN_TOKEN'],
  ['nobody', 'GET', `${v3}/nothing`, undefined, 404, 'M_UNRECOGNIZED'],
  ['nobody', 'DELETE', `${v3}/login`, undefined, 405, 'M_UNRECOGNIZED'],
  ['nobody', 'GET', '/_matrix/client/v1/auth_metadata', undefined, 404, 'M_UNRECOGNIZED'],
  ['nobody', 'POST', `${v3}/login`, login, 403, 'M_FORBIDDEN'],
  ['nobody', 'POST', `${v3}/login`, [], 400, 'M_BAD_JSON'],
  ['service', 'POST', `${v3}/register`, { ...register, username: 'crm_1' }, 400, 'M_USER_IN_USE'],
  ['service', 'POST', `${v3}/register`, { ...register, username: 'whatsapp_9' }, 400, 'M_EXCLUSIVE'],
  ['service', 'GET', `${v3}/account/whoami?user_id=@crm_none:${serverName}`, undefined, 403, 'M_FORBIDDEN'],
  ['service', 'GET', `${v3}/account/whoami?user_id=@admin:${serverName}`, undefined, 403, 'M_FORBIDDEN'],
  ['agent', 'GET', `${v3}/account/whoami?device_id=NONE`, undefined, 400, 'M_UNKNOWN_DEVICE'],
  ['agent', 'PUT', `${v3}/rooms/ROOM/send/m.room.message/1`, { body: 'x' }, 400, 'M_UNKNOWN'],
  ['agent', 'PUT', `${v3}/rooms/ROOM/send/m.room.message/2`, { ...text, n: 1.5 }, 400, 'M_BAD_JSON'],
  ['agent', 'PUT', `${v3}/rooms/ROOM/send/m.room.message/3`, { ...text, body: 'x'.repeat(65_000) }, 413, 'M_TOO_LARGE'],
  ['agent', 'PUT', `${v3}/rooms/ROOM/send/m.reaction/4`, reactionTo('$nothing'), 400, 'M_UNKNOWN'],
  ['agent', 'PUT', `${v3}/rooms/ROOM/state/m.room.topic`, { topic: 'x' }, 403, 'M_FORBIDDEN'],
  ['agent', 'PUT', `${v3}/rooms/ROOM/state/m.room.power_levels`, { ban: '50' }, 400, 'M_BAD_JSON'],
  ['agent', 'POST', `${v3}/rooms/ROOM/kick`, { user_id: `@whatsapp_1:${serverName}` }, 403, 'M_FORBIDDEN'],
  ['agent', 'POST', `${v3}/rooms/ROOM/invite`, { user_id: `@whatsapp_1:${serverName}` }, 403, 'M_FORBIDDEN'],
  ['agent', 'POST', `${v3}/createRoom`, { room_version: 'x' }, 400, 'M_UNSUPPORTED_ROOM_VERSION'],
  [
    'agent',
    'POST',
    `${v3}/createRoom`,
    { room_version: '12', power_level_content_override: { users: { [agentId]: 100 } } },
    400,
    'M_UNKNOWN',
  ],
  ['stranger', 'PUT', `${v3}/rooms/ROOM/send/m.room.message/5`, text, 403, 'M_FORBIDDEN'],
  ['stranger', 'GET', `${v3}/rooms/ROOM/messages?dir=b`, undefined, 403, 'M_FORBIDDEN'],
  ['stranger', 'GET', `${v3}/rooms/ROOM/state`, undefined, 403, 'M_FORBIDDEN'],
  ['stranger', 'POST', `${v3}/join/ROOM`, {}, 403, 'M_FORBIDDEN'],
  ['stranger', 'POST', `${v3}/rooms/ROOM/receipt/m.read/$x`, {}, 403, 'M_FORBIDDEN'],
  ['stranger', 'PUT', `${v3}/rooms/ROOM/typing/@crm_2:${serverName}`, { typing: true }, 403, 'M_FORBIDDEN'],
  ['stranger', 'PUT', `/_synapse/admin/v2/users/@x:${serverName}`, {}, 403, 'M_FORBIDDEN'],
  ['admin', 'PUT', `/_synapse/admin/v2/users/@crm_9:${serverName}`, { password: 'x' }, 400, 'M_EXCLUSIVE'],
  ['admin', 'POST', `/_synapse/admin/v1/users/@admin:${serverName}/login`, {}, 400, 'M_UNKNOWN'],
])('%s: %s %s is refused', async (who, method, path, body, status, errcode) => {
  const answer = await callers[who]?.(method, path.replace('ROOM', roomId), body)
  expect(answer).toMatchObject({ status, body: { errcode } })
})

function reactionTo(eventId: string): Json {
  return { 'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key: '👍' } }
}

test('the same reaction twice is refused, and allowed again once the first is redacted', async () => {
  const { agent } = callers
  const room = `${v3}/rooms/${roomId}`
  const sent = await agent?.('PUT', `${room}/send/m.room.message/liked`, text)
  const react = async (txnId: string) => agent?.('PUT', `${room}/send/m.reaction/${txnId}`, reactionTo(String(sent?.body.event_id)))
  const first = await react('one')
  expect(await react('two')).toMatchObject({ status: 400, body: { errcode: 'M_DUPLICATE_ANNOTATION' } })
  await agent?.('PUT', `${room}/redact/${String(first?.body.event_id)}/three`, {})
  expect((await react('four'))?.status).toBe(200)
})

test('five wrong logins from an address, then 429 for minutes', async () => {
  await using limited = await startTestServer({ loginRateLimit: { perSecond: 0.003, burst: 5 } })
  const attempt = () => client(limited, 'none')('POST', `${v3}/login`, login)
  for (let at = 0; at < 5; at += 1) expect((await attempt()).status).toBe(403)
  const { status, body, headers } = await attempt()
  expect({ status, errcode: body.errcode }).toEqual({ status: 429, errcode: 'M_LIMIT_EXCEEDED' })
  expect(Number(body.retry_after_ms)).toBeGreaterThan(300_000)
  expect(Number(headers.get('retry-after'))).toBe(Math.ceil(Number(body.retry_after_ms) / 1000))
})

test('an upload over the limit is 413, a body over what any request may have is cut off', async () => {
  await using small = await startTestServer({ registrations: [registration('crm', null)], uploadBytes: 10 })
  const upload = (size: number) =>
    fetch(`${small.url}/_matrix/media/v3/upload`, {
      method: 'POST',
      headers: { authorization: 'Bearer as_crm' },
      body: new Uint8Array(size),
    })
  expect((await upload(10)).status).toBe(200)
  expect((await upload(11)).status).toBe(413)
  await expect(upload(14_000_000)).rejects.toThrow('fetch failed')
})

test.each<[string, Parameters<typeof registration>, string]>([
  ['a sender that needs encoding', ['crm', null, { sender_localpart: 'a b' }], 'sender_localpart'],
  ['a url that is missing', ['crm', undefined as unknown as null], 'url'],
])('a registration with %s keeps the server from starting', async (_what, parts, named) => {
  await expect(startTestServer({ registrations: [registration(...parts)] })).rejects.toThrow(named)
})

test('two registrations with one token keep the server from starting', async () => {
  const twice = [registration('crm', null), registration('other', null, { as_token: 'as_crm' })]
  await expect(startTestServer({ registrations: twice })).rejects.toThrow('asToken')
})
