import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Login } from '../../../contract/login.ts'
import { externalOf } from '../../../tests/support/fake-provider.ts'
import type { UserActor } from '../people/access.ts'
import { openStage, type Server, type Stage, until } from '../fixtures/linking.ts'
import type { LoginTripwire } from './login-run.ts'

const phone = '+380501234567'
let stage: Stage
let server: Server
let olena: UserActor
let admin: UserActor
beforeEach(async () => {
  stage = await openStage()
  server = await stage.serve()
  olena = await stage.person('Олена')
  admin = await stage.person('Ірина', 'admin')
})
afterEach(() => stage[Symbol.asyncDispose]())

const status = (on: Server, of = olena) => on.logins.get(of, of.id, 0)
const untilStatus = (on: Server, wanted: Login['status'], of = olena) =>
  until(async () => {
    const login = await status(on, of)
    return login.status === wanted && login
  })
const channels = () => stage.db.selectFrom('channels').selectAll().execute()
const events = async () =>
  (await stage.db.selectFrom('events').select(['type', 'object_id', 'user_id']).orderBy('xid').orderBy('id').execute()).map(
    (row) => row.type,
  )

test('QR: the first code is answered, each new one follows, scanning makes a personal channel', async () => {
  const login = await server.logins.connect(olena, olena.id, { name: 'Робочий' })
  expect(login).toMatchObject({ status: 'show_qr', method: 'qr', qr: { number: 1, of: 6 }, user_id: olena.id })
  expect(login.qr?.svg).toMatch(/^<svg/)

  const next = server.logins.get(olena, olena.id, 20)
  stage.network.rotate()
  expect((await next).qr).toMatchObject({ number: 2, data: expect.stringMatching(/-2$/) })

  const last = server.logins.get(olena, olena.id, 20)
  stage.network.scan(phone)
  const done = await last
  expect(done).toMatchObject({ status: 'connected', channel_id: expect.stringMatching(/^chn_/) })
  expect(done).not.toHaveProperty('qr')
  expect(await channels()).toMatchObject([
    {
      id: done.channel_id,
      phone,
      external_id: externalOf(phone),
      name: 'Робочий',
      access: 'personal',
      owner_id: olena.id,
      status: 'connected',
      is_default: false,
    },
  ])
  expect(await stage.db.selectFrom('facts').select(['provider', 'key']).execute()).toEqual([
    { provider: 'matrix', key: `login:${externalOf(phone)}` },
  ])
  expect(await events()).toEqual(['login.updated', 'login.updated', 'login.updated', 'channel.updated', 'login.updated'])
  expect(await server.logins.status(olena, olena.id)).toMatchObject({ channelIds: [done.channel_id], login: { id: done.id } })
})

test('who names what was seen last is answered at once when that has changed since', { timeout: 10_000 }, async () => {
  const seen = await server.logins.connect(olena, olena.id, {})
  stage.now = new Date(stage.now.getTime() + 1_000)
  stage.network.rotate()
  await until(async () => (await status(server)).qr?.number === 2)
  const second = await server.logins.get(olena, olena.id, 25, seen.updated_at)
  expect(second.qr?.number).toBe(2)

  const third = server.logins.get(olena, olena.id, 25, second.updated_at)
  stage.now = new Date(stage.now.getTime() + 1_000)
  stage.network.rotate()
  expect((await third).qr?.number).toBe(3)
})

test('pairing code: shown as it came, gone afterwards', async () => {
  const login = await server.logins.connect(olena, olena.id, { method: 'phone', phone_number: phone })
  expect(login).toMatchObject({ status: 'show_code', code: 'ABCD-1234', expires_at: expect.any(String) })
  stage.network.scan(phone)
  const done = await untilStatus(server, 'connected')
  expect(done).not.toHaveProperty('code')
  expect(done).not.toHaveProperty('expires_at')
})

test('a shared number belongs to an account of its own, and is the default of its road when it is the first', async () => {
  await server.logins.connect(admin, admin.id, { access: 'shared', name: 'Підтримка' })
  stage.network.scan(phone)
  const { channel_id } = await untilStatus(server, 'connected', admin)
  expect(await channels()).toMatchObject([{ id: channel_id, access: 'shared', owner_id: null, is_default: true }])
  expect(await stage.db.selectFrom('audit').select(['action', 'target_id', 'actor_id', 'outcome']).execute()).toEqual([
    { action: 'channel.linked', target_id: channel_id, actor_id: admin.id, outcome: 'done' },
  ])
  expect(await stage.db.selectFrom('accounts').select(['owner_type', 'owner_id']).execute()).toEqual([
    { owner_type: 'channel', owner_id: channel_id },
  ])
})

test('attempts for a shared number that come to nothing leave one account', async () => {
  for (let attempt = 0; attempt < 3; attempt++) {
    await server.logins.connect(admin, admin.id, { access: 'shared' })
    stage.network.fail('code_expired')
    await untilStatus(server, 'expired', admin)
  }
  expect(stage.network.accounts).toHaveLength(1)
})

test('nothing secret stands in any table', async () => {
  const { qr } = await server.logins.connect(olena, olena.id, {})
  const code = await server.logins.connect(admin, admin.id, { method: 'phone', phone_number: phone })
  const { rows } = await sql<{
    text: string
  }>`select (select string_agg(l::text, '') from logins l) || (select string_agg(a::text, '') from accounts a) ||
    (select string_agg(e::text, '') from events e) as text`.execute(stage.db)
  expect(qr?.data).toBeTruthy()
  expect(code.code).toBeTruthy()
  for (const secret of [qr?.data ?? '', code.code ?? '', 'process-1', 'linked_devices', 'password-', 'token-of-'])
    expect(rows[0]?.text).not.toContain(secret)
  stage.network.scan(phone)
  await untilStatus(server, 'connected', admin)
  expect(await stage.db.selectFrom('logins').select('sealed').where('status', '=', 'connected').execute()).toEqual([{ sealed: {} }])
})

test('two tabs and two servers: one attempt, one poller, every tab sees each code', async () => {
  const other = await stage.serve()
  const [one, two] = await Promise.all([server.logins.connect(olena, olena.id, {}), other.logins.connect(olena, olena.id, {})])
  expect(one.id).toBe(two.id)
  for (let code = 2; code <= 6; code++) {
    stage.network.rotate()
    // A code may change before a tab begins to wait for that, so each asks again until it has this one.
    for (const tab of [server, other]) await until(async () => (await tab.logins.get(olena, olena.id, 1)).qr?.number === code)
  }
  stage.network.scan(phone)
  await untilStatus(other, 'connected')
  expect(stage.network.mostWaiters).toBe(1)
  expect(stage.network.started).toBe(1)
  expect(await channels()).toHaveLength(1)
})

test('another kind of attempt cancels the one that is open, at the network too', async () => {
  const first = await server.logins.connect(olena, olena.id, {})
  const second = await server.logins.connect(olena, olena.id, { method: 'phone', phone_number: phone })
  expect(second.id).not.toBe(first.id)
  await until(() => stage.network.processes.length === 1)
  expect(stage.network.processes).toMatchObject([{ method: 'phone' }])
  expect((await server.logins.read([first.id]))[0]).toMatchObject({ status: 'cancelled' })
})

test('cancelling in another process ends the wait here and frees the network; again is harmless', async () => {
  const other = await stage.serve()
  await server.logins.connect(olena, olena.id, {})
  const cancelled = await other.logins.cancel(olena, olena.id)
  expect(cancelled).toMatchObject({ status: 'cancelled' })
  expect(cancelled).not.toHaveProperty('qr')
  await until(() => stage.network.processes.length === 0)
  expect(await server.logins.cancel(olena, olena.id)).toMatchObject({ status: 'cancelled' })
  await until(async () => Object.keys((await stage.db.selectFrom('logins').select('sealed').executeTakeFirstOrThrow()).sealed).length === 0)
  expect((await server.logins.connect(olena, olena.id, {})).status).toBe('show_qr')
})

test('a cancel that the network does not hear is told again later', async () => {
  await server.logins.connect(olena, olena.id, {})
  stage.network.away = true
  await server.logins.cancel(olena, olena.id)
  await server.close()
  const later = await stage.serve()
  expect(stage.network.processes).toHaveLength(1)
  stage.network.away = false
  await until(() => stage.network.processes.length === 0)
  expect(await status(later)).toMatchObject({ status: 'cancelled' })
})

test.each([
  ['code_expired', 'expired'],
  ['passkey_required', 'failed'],
  ['whatsapp_rate_limit', 'failed'],
  ['bridge_update_needed', 'failed'],
  ['login_closed', 'failed'],
] as const)('the network says %s: %s, with the code', async (code, ended) => {
  await server.logins.connect(olena, olena.id, {})
  stage.network.fail(code)
  expect(await untilStatus(server, ended)).toMatchObject({ error: { code } })
  expect((await server.logins.connect(olena, olena.id, {})).status).toBe('show_qr')
})

test('a person whom the bridge does not let link is told so at once', async () => {
  stage.network.forbidden = true
  expect(await server.logins.connect(olena, olena.id, {})).toMatchObject({ status: 'failed', error: { code: 'bridge_forbidden' } })
})

test('a network that is away for long is said, one that comes back is not', async () => {
  await server.logins.connect(olena, olena.id, {})
  await server.close()
  stage.network.away = true
  const second = await stage.serve()
  await new Promise((resolve) => setTimeout(resolve, 300))
  stage.network.away = false
  stage.network.rotate()
  await until(async () => (await status(second)).qr?.number === 2)

  await second.close()
  stage.network.away = true
  stage.now = new Date(stage.now.getTime() + 10 * 60_000)
  const third = await stage.serve()
  expect(await untilStatus(third, 'failed')).toMatchObject({ error: { code: 'bridge_unreachable' } })
})

type Point = Parameters<LoginTripwire>[0]
const tripAt = (point: Point, time = 1): LoginTripwire => {
  let met = 0
  return (step) => {
    if (step === point && ++met >= time) throw new Error(`killed at ${point}`)
  }
}

test.each<[Point, number]>([
  ['account_made', 1],
  ['known_taken', 1],
  ['started', 1],
  ['step_stored', 1],
  ['step_stored', 2],
])('killed at %s (%i): the next server goes on, the phone is attached once', async (point, time) => {
  await server.close()
  const dying = await stage.serve(tripAt(point, time))
  const answer = dying.logins.connect(olena, olena.id, {}).catch(() => undefined)
  await until(() => stage.db.selectFrom('logins').select('id').executeTakeFirst())
  if (time === 2) {
    await untilStatus(dying, 'show_qr')
    stage.network.rotate()
    await until(async () => (await status(dying)).qr?.number === 2)
  }
  await new Promise((resolve) => setTimeout(resolve, 50))
  await dying.close()
  await answer

  const next = await stage.serve()
  await untilStatus(next, 'show_qr')
  stage.network.scan(phone)
  await untilStatus(next, 'connected')
  expect(await channels()).toHaveLength(1)
  expect(stage.network.accounts).toHaveLength(1)
})

test.each<[Point, 'connected' | 'failed']>([
  ['completed', 'connected'],
  ['attached', 'connected'],
  ['taken', 'failed'],
])('killed at %s, after the phone was linked: found again and attached exactly once', async (point, ended) => {
  await server.close()
  if (point === 'taken') await ownedBySomebodyElse()
  const dying = await stage.serve(tripAt(point))
  await dying.logins.connect(olena, olena.id, {})
  stage.network.scan(phone)
  await until(() => stage.network.processes.length === 0)
  await new Promise((resolve) => setTimeout(resolve, 50))
  await dying.close()

  const next = await stage.serve()
  const login = await untilStatus(next, ended)
  expect(await channels()).toMatchObject([{ external_id: externalOf(phone), owner_id: point === 'taken' ? admin.id : olena.id }])
  expect(login.channel_id).toBe(ended === 'connected' ? (await channels())[0]?.id : undefined)
  expect((await events()).filter((type) => type === 'channel.updated')).toHaveLength(1)
  expect((await events()).filter((type) => type === 'transfer.updated')).toHaveLength(point === 'taken' ? 1 : 0)
})

test('the bridge forgets the attempt: said, unless the phone is linked by now', async () => {
  await server.logins.connect(olena, olena.id, {})
  stage.network.restart()
  expect(await untilStatus(server, 'failed')).toMatchObject({ error: { code: 'login_lost' } })

  await server.logins.connect(olena, olena.id, {})
  stage.network.scan(phone, { quietly: true })
  await untilStatus(server, 'connected')
  expect(await channels()).toHaveLength(1)
})

test('a phone that was there before is not taken for the one that was lost', async () => {
  await server.logins.connect(olena, olena.id, {})
  stage.network.scan(phone)
  await untilStatus(server, 'connected')
  await server.logins.connect(olena, olena.id, {})
  stage.network.restart()
  expect(await untilStatus(server, 'failed')).toMatchObject({ error: { code: 'login_lost' } })
})

test('linking a number again continues its channel; a device that was removed is linked anew under its old name', async () => {
  const link = async () => {
    await server.logins.connect(olena, olena.id, {})
    const [process] = stage.network.processes
    stage.network.scan(phone)
    return { again: process?.again, id: (await untilStatus(server, 'connected')).channel_id }
  }
  const first = await link()
  expect(first.again).toBeUndefined()
  stage.network.setPhone(phone, { status: 'logged_out' })
  const second = await link()
  expect(second).toEqual({ again: externalOf(phone), id: first.id })
  expect(await server.logins.disconnect(olena, olena.id)).toBe(first.id)
  expect(await channels()).toMatchObject([{ status: 'logged_out' }])
  await server.channels.remove(olena, first.id ?? ('' as never))
  expect((await channels())[0]?.deleted_at).not.toBeNull()
  expect((await link()).id).toBe(first.id)
  expect(await channels()).toMatchObject([{ deleted_at: null, status: 'connected' }])
})

async function ownedBySomebodyElse(): Promise<void> {
  const row = {
    id: 'chn_theirs' as never,
    provider: 'matrix',
    external_id: externalOf(phone),
    account_id: null,
    phone,
    name: 'Чужий',
    access: 'personal' as const,
  }
  const at = stage.now
  await stage.db
    .insertInto('channels')
    .values({
      ...row,
      owner_id: admin.id,
      status: 'connected',
      status_since: at,
      status_detail: null,
      last_inbound_at: null,
      phone_last_seen_at: null,
      deleted_at: null,
      created_at: at,
    })
    .execute()
}

test('a number of somebody else is refused beforehand where it is known, else an admin has to decide, and it is never shown', async () => {
  await ownedBySomebodyElse()
  await expect(server.logins.connect(olena, olena.id, { method: 'phone', phone_number: phone })).rejects.toMatchObject({
    code: 'number_taken',
  })
  await server.logins.connect(olena, olena.id, {})
  stage.network.scan(phone)
  const login = await untilStatus(server, 'failed')
  expect(login).toMatchObject({ error: { code: 'transfer_pending' } })
  expect(await channels()).toMatchObject([{ owner_id: admin.id, account_id: null }])
  expect(await stage.db.selectFrom('transfers').selectAll().execute()).toMatchObject([
    { id: login.transfer_id, status: 'pending', from_user_id: admin.id, to_user_id: olena.id, login_id: login.id },
  ])
  expect(await stage.db.selectFrom('facts').selectAll().execute()).toEqual([])
})

test('who may: oneself, an admin for anyone, a shared number only an admin', async () => {
  const ihor = await stage.person('Ігор')
  await expect(server.logins.connect(ihor, olena.id, {})).rejects.toMatchObject({ code: 'forbidden' })
  await expect(server.logins.get(ihor, olena.id, 0)).rejects.toMatchObject({ code: 'forbidden' })
  await expect(server.logins.cancel(ihor, olena.id)).rejects.toMatchObject({ code: 'forbidden' })
  await expect(server.logins.connect(olena, olena.id, { access: 'shared' })).rejects.toMatchObject({ code: 'forbidden' })
  await expect(server.logins.get(olena, olena.id, 0)).rejects.toMatchObject({ code: 'not_found' })
  await expect(server.logins.connect(olena, olena.id, { method: 'phone' })).rejects.toMatchObject({
    code: 'invalid_request',
    fields: [{ pointer: '/phone_number' }],
  })
  expect(await server.logins.connect(admin, olena.id, {})).toMatchObject({ status: 'show_qr', user_id: olena.id })
  await stage.db.updateTable('users').set({ active: false }).where('id', '=', ihor.id).execute()
  await expect(server.logins.connect(admin, ihor.id, {})).rejects.toMatchObject({ code: 'not_found' })
})
