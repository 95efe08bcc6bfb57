import { expect, test } from 'vitest'
import { agent, list, request, scanNewest, shop, startWorld, text, until, type Answer, type Json, type TestWorld } from '../testing.ts'

function wait(world: TestWorld, step: Answer['body']): Promise<Answer> {
  return world.provision(
    'POST',
    `/login/step/${text(step, 'login_id')}/${text(step, 'step_id')}/display_and_wait?txn_id=${text(step, 'txn_id')}`,
  )
}

test('who may call the provisioning API', async () => {
  await using world = await startWorld()
  const { bridgeUrl, bridgeSecret, bridgeRegistration } = world.sandbox
  const url = `${bridgeUrl}/_matrix/provision/v3/whoami`
  const user = `?user_id=${encodeURIComponent(agent)}`
  const cases: [string, string | undefined, number, string][] = [
    [url + user, undefined, 401, 'M_MISSING_TOKEN'],
    [url + user, 'wrong', 401, 'M_UNKNOWN_TOKEN'],
    [url + user, bridgeRegistration.as_token, 401, 'M_UNKNOWN_TOKEN'],
    [url, bridgeSecret, 403, 'M_FORBIDDEN'],
    [`${url}?user_id=%40eve%3Aelsewhere.test`, bridgeSecret, 403, 'M_FORBIDDEN'],
    [`${bridgeUrl}/_matrix/provision/v3/nothing${user}`, bridgeSecret, 404, 'M_UNRECOGNIZED'],
    [`${bridgeUrl}/_matrix/provision/v3/login/start/qr${user}`, bridgeSecret, 405, 'M_UNRECOGNIZED'],
    [`${bridgeUrl}/_matrix/provision/v3/contacts${user}`, bridgeSecret, 400, 'FI.MAU.NOT_LOGGED_IN'],
    [`${bridgeUrl}/_matrix/provision/v3/contacts${user}&login_id=1234567`, bridgeSecret, 404, 'M_NOT_FOUND'],
  ]
  for (const [where, token, status, errcode] of cases) {
    expect(await request('GET', where, token), `${where} with ${token}`).toMatchObject({ status, body: { errcode } })
  }
  const ok = await request('GET', url + user, bridgeSecret)
  expect(ok).toMatchObject({
    status: 200,
    body: { network: { network_id: 'whatsapp' }, homeserver: 'mistok.test', command_prefix: '!wa', logins: [] },
  })
})

test('a user’s own Matrix token opens the API for that user only', async () => {
  await using world = await startWorld()
  const { homeserverUrl, bridgeUrl, adminPassword } = world.sandbox
  const identifier = { type: 'm.id.user', user: 'admin' }
  const { body } = await request('POST', `${homeserverUrl}/_matrix/client/v3/login`, undefined, {
    type: 'm.login.password',
    identifier,
    password: adminPassword,
  })
  const url = (mxid: string) => `${bridgeUrl}/_matrix/provision/v3/whoami?user_id=${encodeURIComponent(mxid)}`
  expect((await request('GET', url('@admin:mistok.test'), text(body, 'access_token'))).status).toBe(200)
  expect(await request('GET', url(agent), text(body, 'access_token'))).toMatchObject({ status: 401, body: { errcode: 'M_UNKNOWN_TOKEN' } })
})

test('a QR rotates, only the newest can be scanned, and the end is told once', async () => {
  await using world = await startWorld({ timeScale: 0.05 })
  const { body: first } = await world.provision('POST', '/login/start/qr')
  expect(first).toMatchObject({ type: 'display_and_wait', step_id: 'fi.mau.whatsapp.login.qr', display_and_wait: { type: 'qr' } })
  expect(text(first, 'display_and_wait', 'data')).toMatch(/^https:\/\/wa\.me\/settings\/linked_devices#2@.+,.+,.+,.+,1$/)
  const { body: second } = await wait(world, first)
  expect(second).toMatchObject({ step_id: first['step_id'], login_id: first['login_id'] })
  expect(second['txn_id']).not.toBe(first['txn_id'])
  expect(text(second, 'display_and_wait', 'data')).not.toBe(text(first, 'display_and_wait', 'data'))
  // The same request again, as after a lost answer: the step that the client has not seen, at once.
  expect((await wait(world, first)).body).toEqual(second)
  const stale = await world.control('POST', `/phones/${shop}/scan`, { data: text(first, 'display_and_wait', 'data') })
  expect(stale).toMatchObject({ status: 400, body: { error: expect.stringContaining('not the newest') } })
  expect(await wait(world, { ...second, txn_id: 'bls_other' })).toMatchObject({ status: 500, body: { errcode: 'M_BAD_STATE' } })

  const waiting = wait(world, second)
  await scanNewest(world, shop)
  let done = await waiting
  while (done.body['type'] === 'display_and_wait') done = await wait(world, done.body)
  expect(done.body).toMatchObject({ type: 'complete', complete: { user_login_id: '380671112233' } })
  expect(await wait(world, second)).toMatchObject({ status: 404, body: { errcode: 'M_NOT_FOUND' } })
  const { body: who } = await world.provision('GET', '/whoami')
  expect(who['logins']).toMatchObject([{ id: '380671112233', name: shop, state: { state_event: 'CONNECTED' }, profile: { phone: shop } }])
})

test('six codes run out, and the login is gone', async () => {
  await using world = await startWorld({ timeScale: 0.004 })
  const started = await world.provision('POST', '/login/start/qr')
  const seen = new Set<string>()
  let [step, last] = [started.body, started]
  while (last.status === 200) {
    step = last.body
    seen.add(text(step, 'display_and_wait', 'data'))
    last = await wait(world, step)
  }
  expect(last).toMatchObject({ status: 400, body: { errcode: 'FI.MAU.WHATSAPP.LOGIN_TIMEOUT' } })
  expect(seen.size).toBeGreaterThan(1)
  expect(seen.size).toBeLessThanOrEqual(6)
  expect((await wait(world, step)).status).toBe(404)
})

test('cancelling ends the wait, and can be repeated', async () => {
  await using world = await startWorld({ timeScale: 1 })
  const { body: step } = await world.provision('POST', '/login/start/qr')
  const waiting = wait(world, step)
  const joined = wait(world, step)
  await until(async () => list((await world.control('GET', '/state')).body, 'waiting').length === 1)
  expect(await world.provision('POST', `/login/cancel/${text(step, 'login_id')}`)).toMatchObject({ status: 200, body: {} })
  for (const each of [waiting, joined])
    expect(await each).toMatchObject({ status: 410, body: { errcode: 'FI.MAU.BRIDGE.LOGIN_CANCELLED' } })
  expect(await world.provision('POST', `/login/cancel/${text(step, 'login_id')}`)).toMatchObject({
    status: 404,
    body: { error: 'Login not found' },
  })
  expect((await world.control('GET', '/state')).body['waiting']).toEqual([])
})

test.each([
  ['', 'FI.MAU.WHATSAPP.PHONE_NUMBER_TOO_SHORT'],
  ['+38050', 'FI.MAU.WHATSAPP.PHONE_NUMBER_TOO_SHORT'],
  ['0501234567', 'FI.MAU.WHATSAPP.PHONE_NUMBER_NOT_INTERNATIONAL'],
])('the number %j is refused with %s', async (number, errcode) => {
  await using world = await startWorld()
  const { body: step } = await world.provision('POST', '/login/start/phone')
  expect(step).toMatchObject({ type: 'user_input', user_input: { fields: [{ id: 'phone_number', type: 'phone_number' }] } })
  const path = `/login/step/${text(step, 'login_id')}/${text(step, 'step_id')}/user_input`
  expect(await world.provision('POST', path, { phone_number: number })).toMatchObject({ status: 400, body: { errcode } })
  expect((await world.provision('POST', path, { phone_number: shop })).status).toBe(404)
})

test('a pairing code has eight characters and works on its own phone only', async () => {
  await using world = await startWorld({ timeScale: 1 })
  const { body: ask } = await world.provision('POST', '/login/start/phone')
  const { body: step } = await world.provision('POST', `/login/step/${text(ask, 'login_id')}/${text(ask, 'step_id')}/user_input`, {
    phone_number: shop,
  })
  expect(step).toMatchObject({ type: 'display_and_wait', step_id: 'fi.mau.whatsapp.login.code', display_and_wait: { type: 'code' } })
  expect(text(step, 'display_and_wait', 'data')).toMatch(/^[1-9A-HJ-NP-Z]{4}-[1-9A-HJ-NP-Z]{4}$/)
  const waiting = wait(world, step)
  const code = text(step, 'display_and_wait', 'data')
  expect((await world.control('POST', '/phones/380501234567/scan', { code })).status).toBe(400)
  expect((await world.control('POST', `/phones/${shop}/scan`, { code })).status).toBe(200)
  expect((await waiting).body).toMatchObject({ complete: { user_login_id: '380671112233' } })
})

test('WhatsApp may refuse, or ask for a passkey', async () => {
  await using world = await startWorld({ timeScale: 1 })
  const { body: bad } = await world.provision('POST', '/login/start/qr')
  const failing = wait(world, bad)
  await world.control('POST', `/phones/${shop}/scan`, { data: text(bad, 'display_and_wait', 'data'), outcome: 'multidevice_not_enabled' })
  expect(await failing).toMatchObject({ status: 400, body: { errcode: 'FI.MAU.WHATSAPP.MULTIDEVICE_NOT_ENABLED' } })

  await world.control('POST', '/faults', { target: 'bridge', leg: 'login', kind: 'fail', errcode: 'FI.MAU.WHATSAPP.CLIENT_OUTDATED' })
  expect(await world.provision('POST', '/login/start/qr')).toMatchObject({
    status: 500,
    body: { errcode: 'FI.MAU.WHATSAPP.CLIENT_OUTDATED' },
  })

  const { body: step } = await world.provision('POST', '/login/start/qr')
  const waiting = wait(world, step)
  await world.control('POST', `/phones/${shop}/scan`, { data: text(step, 'display_and_wait', 'data'), outcome: 'passkey' })
  const { body: passkey } = await waiting
  expect(passkey).toMatchObject({
    type: 'webauthn',
    step_id: 'fi.mau.whatsapp.login.passkey',
    webauthn: { publicKey: { rpId: 'whatsapp.com' } },
  })
  const path = `/login/step/${text(passkey, 'login_id')}/${text(passkey, 'step_id')}/webauthn?txn_id=${text(passkey, 'txn_id')}`
  expect((await world.provision('POST', path, { id: 'key', response: {} })).body).toMatchObject({ type: 'complete' })
})

test('a number linked by somebody else is taken over; logging out frees it', async () => {
  await using world = await startWorld()
  await world.link(shop)
  await world.control('POST', '/phones/380501234567/messages', { to: shop, text: 'Hello' })
  const first = await until(async () => (await world.events()).find((each) => (each['content'] as Json)['body'] === 'Hello'))
  const { homeserverUrl, bridgeUrl, bridgeSecret } = world.sandbox
  const other = `?user_id=${encodeURIComponent('@crm_2:mistok.test')}`
  await request('POST', `${homeserverUrl}/_matrix/client/v3/register`, 'as_crm', {
    type: 'm.login.application_service',
    username: 'crm_2',
    inhibit_login: true,
  })
  const base = `${bridgeUrl}/_matrix/provision/v3`
  const { body: step } = await request('POST', `${base}/login/start/qr${other}`, bridgeSecret)
  const waiting = request(
    'POST',
    `${base}/login/step/${text(step, 'login_id')}/${text(step, 'step_id')}/display_and_wait${other}`,
    bridgeSecret,
  )
  await world.control('POST', `/phones/${shop}/scan`, { data: text(step, 'display_and_wait', 'data') })
  expect((await waiting).body).toMatchObject({ type: 'complete' })
  expect((await world.provision('GET', '/logins')).body).toEqual({ login_ids: [] })
  expect((await request('GET', `${base}/logins${other}`, bridgeSecret)).body).toEqual({ login_ids: ['380671112233'] })
  expect((await world.provision('POST', '/logout/380671112233')).status).toBe(404)
  const members = `${homeserverUrl}/_matrix/client/v3/rooms/${encodeURIComponent(text(first, 'room_id'))}/joined_members${other}`
  const joined = await until(async () => {
    const names = Object.keys(((await request('GET', members, 'as_crm')).body['joined'] ?? {}) as Json)
    return names.includes('@crm_2:mistok.test') && !names.includes(agent) ? names : undefined
  })
  expect(joined).toHaveLength(3)
  expect(await request('POST', `${base}/logout/all${other}`, bridgeSecret)).toMatchObject({ status: 200, body: {} })
  expect((await world.control('GET', '/state')).body['linked']).toEqual([])
})
