import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ExternalId } from '../../../contract/ids.ts'
import { silentLog } from '../../lib/log.ts'
import type { AccountLink } from '../../providers/provider.ts'
import type { UserActor } from '../people/access.ts'
import { type ChannelHealth, startChannelHealth } from './health.ts'
import { openStage, type Server, type Stage, until } from '../fixtures/linking.ts'

const phone = '+380501234567'
let stage: Stage
let server: Server
let health: ChannelHealth
let olena: UserActor
beforeEach(async () => {
  stage = await openStage()
  server = await stage.serve()
  olena = await stage.person('Олена')
  await server.logins.connect(olena, olena.id, {})
  stage.network.scan(phone)
  await until(async () => (await server.logins.get(olena, olena.id, 0)).status === 'connected')
  health = watch(server)
})
afterEach(async () => {
  await health.stop()
  await stage[Symbol.asyncDispose]()
})

function watch(on: Server): ChannelHealth {
  const { accounts, channels, provider, locks } = on
  const clock = () => stage.now.getTime()
  return startChannelHealth({ db: stage.db, clock, log: silentLog, locks, accounts, channels, providers: () => [provider], everyMs: 30 })
}
const states = () => stage.db.selectFrom('channels').select(['phone', 'status', 'status_detail', 'owner_id']).orderBy('phone').execute()
const untilStatus = (status: string) => until(async () => (await states())[0]?.status === status)

test('what the bridge says becomes the status, and a phone that is gone is logged out', async () => {
  stage.network.setPhone(phone, { status: 'phone_offline_soon', detail: 'not seen for 12 days' })
  await untilStatus('phone_offline_soon')
  expect(await states()).toMatchObject([{ status_detail: 'not seen for 12 days' }])
  stage.network.setPhone(phone, { status: 'connected', detail: undefined as never })
  await untilStatus('connected')
  stage.network.setPhone(phone, null)
  await untilStatus('logged_out')
})

test('a bridge that does not answer three times makes its numbers degraded, until it answers again', async () => {
  stage.network.away = true
  await untilStatus('degraded')
  expect((await states())[0]?.status_detail).toBe('Nobody answers')
  stage.network.away = false
  await untilStatus('connected')
  expect((await states())[0]?.status_detail).toBeNull()
})

test('a bridge that is not ready three times is away for all its numbers, and nobody is asked for one by one', async () => {
  const { numbers } = server.provider
  let isReady = false
  let asked = 0
  const { list } = numbers
  Object.assign(numbers, { isReady: async () => isReady, list: (account: AccountLink) => ((asked += 1), list(account)) })
  await untilStatus('degraded')
  const before = asked
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(asked).toBe(before)
  isReady = true
  await untilStatus('connected')
})

test('a phone that was linked from elsewhere gets its channel; one of somebody else waits for an admin, who is asked once', async () => {
  const [account] = await server.accounts.list('matrix')
  if (account === undefined) throw new Error('no account')
  stage.network.linkOutside(account.link.external, '+380507777777')
  await until(async () => (await states()).length === 2)
  expect((await states())[1]).toMatchObject({ phone: '+380507777777', owner_id: olena.id })

  const ihor = await stage.person('Ігор')
  await server.logins.connect(ihor, ihor.id, {})
  await server.logins.cancel(ihor, ihor.id)
  const theirs = (await server.accounts.list('matrix')).find((other) => other.id !== account.id)
  if (theirs === undefined) throw new Error('no account')
  stage.network.linkOutside(theirs.link.external, phone)
  const asked = () => stage.db.selectFrom('transfers').select(['account_id', 'to_user_id', 'login_id']).execute()
  await until(async () => (await asked()).length > 0)
  expect((await states()).filter((row) => row.phone === phone)).toMatchObject([{ owner_id: olena.id }])
  await untilStatus('logged_out')
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(await asked()).toEqual([{ account_id: theirs.id, to_user_id: ihor.id, login_id: null }])
})

test('a phone that is met once and then no more stays without a channel: its answer was late', async () => {
  const { numbers } = server.provider
  let rounds = 0
  const { list } = numbers
  const late = { external: '380507777777' as ExternalId, phone: '+380507777777', name: 'late', status: 'connected' as const }
  Object.assign(numbers, { list: async (account: AccountLink) => [...(await list(account)), ...((rounds += 1) % 2 === 0 ? [late] : [])] })
  await until(() => rounds >= 7)
  expect(await states()).toMatchObject([{ phone }])
})

test('one of two processes looks, and the other goes on when it dies', async () => {
  const other = await stage.serve()
  const second = watch(other)
  try {
    let asked = 0
    const { list } = other.provider.numbers
    Object.assign(other.provider.numbers, {
      list: (...args: Parameters<typeof list>) => ((asked += 1), list(...args)),
    })
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(asked).toBe(0)
    await server.close()
    stage.network.setPhone(phone, { status: 'banned' })
    await untilStatus('banned')
    expect(asked).toBeGreaterThan(0)
  } finally {
    await second.stop()
  }
})
