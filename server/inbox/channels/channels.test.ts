import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ChannelId, ExternalId, UserId } from '../../../contract/ids.ts'
import { externalOf } from '../../../tests/support/fake-provider.ts'
import type { UserActor } from '../people/access.ts'
import { openStage, type Server, type Stage } from '../fixtures/linking.ts'

const phone = '+380501234567'
let stage: Stage
let server: Server
let owner: UserActor
let agent: UserActor
let admin: UserActor
beforeEach(async () => {
  stage = await openStage()
  server = await stage.serve()
  owner = await stage.person('Олена')
  agent = await stage.person('Ігор')
  admin = await stage.person('Ірина', 'admin')
})
afterEach(() => stage[Symbol.asyncDispose]())

/** A number that is linked: of a person, or of the team when `of` is left out. */
async function link(number: string, of?: UserActor): Promise<ChannelId> {
  const accountId = await stage.db
    .transaction()
    .execute((tx) =>
      of === undefined ? server.accounts.reserveShared(tx, 'matrix') : server.accounts.reserve(tx, 'matrix', { type: 'user', id: of.id }),
    )
  const account = await server.accounts.ensure(server.provider, accountId, 'x', AbortSignal.timeout(5_000))
  stage.network.linkOutside(account.external, number)
  const [linked] = (await server.provider.numbers.list(account)).filter((found) => found.phone === number)
  const known = await server.accounts.findByExternal('matrix', account.external)
  if (linked === undefined || known === undefined) throw new Error('not linked')
  const result = await stage.db
    .transaction()
    .execute((tx) => server.channels.attach(tx, { provider: server.provider, account: known, phone: linked }))
  if (result.type !== 'attached') throw new Error('taken')
  return result.channelId
}
const read = (id: ChannelId) => stage.db.selectFrom('channels').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const members = async (id: ChannelId) =>
  (await stage.db.selectFrom('channel_members').select('user_id').where('channel_id', '=', id).execute()).map((row) => row.user_id)

test('the owner renames, shares and takes back; an admin hands over; the rest are refused or see nothing', async () => {
  const id = await link(phone, owner)
  const patch = server.channels.patch
  await patch(owner, id, { name: 'Магазин' })
  await expect(patch(agent, id, { name: 'Моє' })).rejects.toMatchObject({ code: 'not_found' })
  await expect(patch(admin, id, { access: 'shared' })).rejects.toMatchObject({ code: 'forbidden' })
  await expect(patch(owner, id, { owner_id: agent.id })).rejects.toMatchObject({ code: 'forbidden' })
  await expect(patch(owner, id, { member_ids: [agent.id] })).rejects.toMatchObject({
    code: 'invalid_request',
    fields: [{ pointer: '/member_ids' }],
  })
  await expect(patch(admin, id, { is_default: true })).rejects.toMatchObject({
    code: 'invalid_request',
    fields: [{ pointer: '/is_default' }],
  })
  await expect(patch(admin, id, { owner_id: null })).rejects.toMatchObject({ code: 'invalid_request', fields: [{ pointer: '/owner_id' }] })
  await expect(patch(admin, id, { owner_id: 'usr_nobody' as UserId })).rejects.toMatchObject({ code: 'invalid_request' })
  expect(await read(id)).toMatchObject({ name: 'Магазин', access: 'personal', owner_id: owner.id })

  await patch(owner, id, { access: 'shared', member_ids: [agent.id] })
  expect(await members(id)).toEqual([agent.id])
  await expect(patch(agent, id, { name: 'Моє' })).rejects.toMatchObject({ code: 'forbidden' })
  await patch(owner, id, { access: 'personal' })
  expect(await members(id)).toEqual([])

  await patch(admin, id, { owner_id: agent.id })
  expect(await read(id)).toMatchObject({ access: 'personal', owner_id: agent.id })
  await expect(patch(owner, id, { name: 'Моє' })).rejects.toMatchObject({ code: 'not_found' })
})

test('an admin changes how fast a number writes, its owner does not', async () => {
  const id = await link(phone, owner)
  expect(await read(id)).toMatchObject({ messages_per_minute: 20, new_chats_per_day: 30 })
  await expect(server.channels.patch(owner, id, { pace: { messages_per_minute: 600 } })).rejects.toMatchObject({ code: 'forbidden' })
  await server.channels.patch(admin, id, { pace: { messages_per_minute: 5 } })
  expect(await read(id)).toMatchObject({ messages_per_minute: 5, new_chats_per_day: 30 })
})

test('one number of the road is the default, even when two are made so at once', async () => {
  const first = await link('+380501111111')
  const second = await link('+380502222222')
  const third = await link('+380503333333')
  expect((await read(first)).is_default).toBe(true)
  await server.channels.patch(admin, second, { is_default: true })
  expect(await Promise.all([first, second].map(async (id) => (await read(id)).is_default))).toEqual([false, true])
  await Promise.all([first, third].map((id) => server.channels.patch(admin, id, { is_default: true })))
  const defaults = await stage.db.selectFrom('channels').select('id').where('is_default', '=', true).execute()
  expect(defaults).toHaveLength(1)
  const told = await stage.db.selectFrom('events').select('object_id').where('type', '=', 'channel.updated').execute()
  expect(new Set(told.map((row) => row.object_id))).toEqual(new Set([first, second, third]))
})

test('deleting unlinks the phone first and keeps the row; a network that is away changes nothing', async () => {
  const id = await link(phone, owner)
  stage.network.away = true
  await expect(server.channels.remove(owner, id)).rejects.toMatchObject({ code: 'provider_unavailable' })
  expect(await read(id)).toMatchObject({ deleted_at: null, status: 'connected' })
  stage.network.away = false
  await expect(server.channels.remove(agent, id)).rejects.toMatchObject({ code: 'not_found' })
  await server.channels.remove(owner, id)
  expect(await read(id)).toMatchObject({ deleted_at: stage.now, status: 'logged_out' })
  const [account] = await server.accounts.list('matrix')
  expect(account && (await server.provider.numbers.list(account.link))).toEqual([])
  await expect(server.channels.remove(owner, id)).rejects.toMatchObject({ code: 'not_found' })
})

test('two processes that attach one number make one channel', async () => {
  const account = { id: '', owner: { type: 'user' as const, id: owner.id }, link: { external: '@x' as ExternalId, secrets: {} } }
  const other = await stage.serve()
  const id = await stage.db.transaction().execute((tx) => server.accounts.reserve(tx, 'matrix', { type: 'user', id: owner.id }))
  const linked = { external: externalOf(phone), phone, name: phone, status: 'connected' as const }
  const results = await Promise.all(
    [server, other, server, other].map((on) =>
      stage.db.transaction().execute((tx) => on.channels.attach(tx, { provider: on.provider, account: { ...account, id }, phone: linked })),
    ),
  )
  expect(new Set(results.map((result) => result.type === 'attached' && result.channelId)).size).toBe(1)
  expect(await stage.db.selectFrom('channels').select('phone').execute()).toEqual([{ phone }])
})

test('the network’s word on a number: newer counts, older does not, the same is not told again', async () => {
  const id = await link(phone, owner)
  const before = await stage.db.selectFrom('events').select('id').execute()
  const say = (at: string, status: 'connected' | 'degraded' | 'banned', detail?: string, phoneSeenAt?: string) =>
    stage.db.transaction().execute((tx) =>
      server.channels.applyStatus(
        tx,
        'matrix',
        {
          type: 'channel',
          channel: externalOf(phone),
          at,
          status,
          ...(detail === undefined ? {} : { detail }),
          ...(phoneSeenAt === undefined ? {} : { phoneSeenAt }),
        },
        stage.now,
      ),
    )
  await say('2026-11-22T12:05:00.000Z', 'degraded', 'Чекаємо')
  expect(await read(id)).toMatchObject({ status: 'degraded', status_detail: 'Чекаємо', status_since: new Date('2026-11-22T12:05:00Z') })
  await say('2026-11-22T12:01:00.000Z', 'banned')
  await say('2026-11-22T12:06:00.000Z', 'degraded', 'Чекаємо', '2026-11-22T12:06:00.000Z')
  expect(await read(id)).toMatchObject({
    status: 'degraded',
    status_since: new Date('2026-11-22T12:05:00Z'),
    phone_last_seen_at: new Date('2026-11-22T12:06:00Z'),
  })
  await say('2026-11-22T12:07:00.000Z', 'connected')
  expect(await read(id)).toMatchObject({ status: 'connected', status_detail: null })
  expect(await stage.db.selectFrom('events').select('id').execute()).toHaveLength(before.length + 2)
})
