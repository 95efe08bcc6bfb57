import { expect, test } from 'vitest'
import { client, ghost, logIn, registration, serverName, startTestServer } from './testing.ts'

const v3 = '/_matrix/client/v3'
const login = { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'admin' }, password: 'secret' }
const register = { type: 'm.login.application_service', username: 'crm_2' }

test.each(['strict', 'compat'] as const)('behind an authentication service (%s) it answers as Synapse does', async (authentication) => {
  await using server = await startTestServer({ registrations: [registration('crm', null)], authentication })
  const nobody = client(server, 'nonsense')
  expect((await nobody('GET', '/_matrix/client/v1/auth_metadata')).body).toMatchObject({ issuer: expect.any(String) })
  const service = client(server, 'as_crm')
  const whole = await service('POST', `${v3}/register`, register)
  expect([whole.status, whole.body.errcode]).toEqual([400, 'IO.ELEMENT.MSC4190.M_APPSERVICE_LOGIN_UNSUPPORTED'])
  const made = await service('POST', `${v3}/register`, { ...register, inhibit_login: true })
  expect([made.status, made.body]).toEqual([200, { user_id: `@crm_2:${serverName}` }])
  const agent = await ghost(server, 'as_crm', 'crm_1')
  expect((await agent('PUT', `${v3}/devices/CRM`, { display_name: 'CRM' })).status).toBe(201)
  expect((await agent('POST', `${v3}/createRoom`, {})).status).toBe(200)
})

test('what the service signs in has no right to the admin API; without its compatibility nobody signs in here', async () => {
  await using strict = await startTestServer({ authentication: 'strict' })
  const refused = await client(strict, 'nonsense')('POST', `${v3}/login`, login)
  expect([refused.status, refused.body.errcode]).toEqual([404, 'M_UNRECOGNIZED'])
  await using server = await startTestServer({ registrations: [registration('crm', null)], authentication: 'compat' })
  const admin = await logIn(server, 'admin', 'secret')
  expect((await admin('GET', `${v3}/account/whoami`)).body.user_id).toBe(`@admin:${serverName}`)
  const users = `/_synapse/admin/v2/users/@admin:${serverName}`
  expect([(await admin('GET', users)).body.errcode, (await admin('PUT', users, {})).body.errcode]).toEqual(['M_FORBIDDEN', 'M_FORBIDDEN'])
  const as = await admin('POST', `/_synapse/admin/v1/users/@crm_1:${serverName}/login`, {})
  expect([as.status, as.body.errcode]).toEqual([404, 'M_UNRECOGNIZED'])
})

test('revoked tokens are unknown tokens, those that an admin made for others among them', async () => {
  await using server = await startTestServer({ registrations: [registration('crm', null)] })
  const admin = await logIn(server, 'admin', 'secret')
  await ghost(server, 'as_crm', 'crm_1')
  const { body } = await admin('POST', `/_synapse/admin/v1/users/@crm_1:${serverName}/login`, {})
  const agent = client(server, String(body.access_token))
  expect((await agent('GET', `${v3}/account/whoami`)).status).toBe(200)
  expect(server.revokeTokens(`@admin:${serverName}`)).toBe(2)
  for (const caller of [admin, agent]) {
    const refused = await caller('GET', `${v3}/account/whoami`)
    expect([refused.status, refused.body.errcode]).toEqual([401, 'M_UNKNOWN_TOKEN'])
  }
})
