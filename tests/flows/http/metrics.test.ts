import { afterAll, beforeAll, expect, test } from 'vitest'
import { readMetrics } from '../../../server/inbox/metrics.ts'
import { createMetrics } from '../../../server/lib/metrics.ts'
import { addChannel, addChat, openTestHttp, type TestHttp } from '../../support/http.ts'

let closed: TestHttp
let open: TestHttp
const opening = (isOpen: boolean) =>
  openTestHttp((parts) => ({
    openCalls: isOpen ? ['getMetrics'] : [],
    operations: {
      ...parts.operations,
      metrics: () => readMetrics({ db: parts.readDb as TestHttp['db'], metrics: createMetrics(), feedLagSeconds: () => 0, now: Date.now }),
    },
  }))

beforeAll(async () => {
  closed = await opening(false)
  open = await opening(true)
})
afterAll(async () => {
  await closed.close()
  await open.close()
})

test('an admin’s key reads how things stand, and nothing of it tells of a person', async () => {
  await addChat(closed.db, await addChannel(closed.db), { name: 'Olena', texts: ['secret words'] })
  await closed.db
    .insertInto('contact_addresses')
    .values({
      type: 'phone',
      value: '+380501112233',
      contact_id: (await closed.db.selectFrom('contacts').select('id').executeTakeFirstOrThrow()).id,
      created_at: new Date(),
    })
    .execute()
  const now = new Date()
  const batch = { provider: 'matrix', stream: 's', body: '', done_at: null }
  await closed.db
    .insertInto('inbound_batches')
    .values({ ...batch, key: 'k', received_at: new Date(now.getTime() - 60_000) })
    .execute()
  await closed.db
    .insertInto('jobs')
    .values({ kind: 'media', key: '1', payload: '{}', run_at: now, lease_token: null, error: 'x', created_at: now })
    .execute()
  const answer = await closed.app.inject({ url: '/metrics', headers: await closed.keyed(['settings']) })
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  const lines = answer.body.split('\n')
  for (const line of [
    'mistok_inbound_batches_waiting 1',
    'mistok_jobs_waiting{kind="media"} 1',
    'mistok_jobs_failing 1',
    'mistok_channels{provider="matrix",status="connected"} 1',
    'mistok_dead_letters 0',
  ])
    expect(lines).toContain(line)
  expect(Number(lines.find((line) => line.startsWith('mistok_inbound_lag_seconds '))?.split(' ')[1])).toBeGreaterThanOrEqual(60)
  for (const line of lines.filter((one) => one !== '' && !one.startsWith('#'))) expect(line).toMatch(/^[a-z_]+(\{[^}]*\})? -?[\d.e+-]+$/)
  for (const trace of ['Olena', 'secret', '380501112233', 'chn_', 'con_']) expect(answer.body).not.toContain(trace)
})

test('nobody else reads it, unless the operator has opened it', async () => {
  expect((await closed.app.inject({ url: '/metrics' })).statusCode).toBe(401)
  expect((await closed.app.inject({ url: '/metrics', headers: await closed.keyed(['messages:read']) })).statusCode).toBe(403)
  expect((await open.app.inject({ url: '/metrics' })).statusCode).toBe(200)
  expect((await open.app.inject({ url: '/api/v1/operations' })).statusCode).not.toBe(200)
})
