import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ExternalId } from '../../contract/ids.ts'
import { channel, openInbound } from '../../server/inbox/fixtures/inbound.ts'
import { drain } from '../../server/inbox/ingest.ts'
import { createKeep } from '../../server/inbox/intake.ts'
import { systemClock } from '../../server/lib/clock.ts'
import { createHttpClient } from '../../server/lib/http-client.ts'
import { silentLog } from '../../server/lib/log.ts'
import { createCloudProvider } from '../../server/providers/cloud/index.ts'
import { number, road, waba } from '../../server/providers/cloud/testing.ts'
import { anyDelivery } from '../support/any-delivery.ts'

/** More with MISTOK_FUZZ_BATCHES. */
const batches = Number(process.env['MISTOK_FUZZ_BATCHES'] ?? 200)

test('broken deliveries are stored, put aside or passed over; what stands beside them is always there', { timeout: 600_000 }, async () => {
  await using inbound = await openInbound()
  const { db, deps } = inbound
  await db
    .updateTable('channels')
    .set({ provider: 'cloud', external_id: number as ExternalId })
    .where('external_id', '=', channel)
    .execute()
  await db
    .updateTable('accounts')
    .set({ provider: 'cloud', external_id: waba as ExternalId })
    .execute()
  await db
    .insertInto('facts')
    .values({ provider: 'cloud', key: `number:${number}`, value: JSON.stringify({ account: waba }) })
    .execute()
  await using http = Object.assign(createHttpClient({ purpose: 'nobody', allowPrivate: false }), {
    async [Symbol.asyncDispose]() {
      await http.close()
    },
  })
  const provider = createCloudProvider({ config: road, http, clock: systemClock, log: silentLog })
  const keep = createKeep({ db, clock: deps.clock, wake: () => {} })
  const whole: string[] = []
  for (const [index, broken] of fc.sample(anyDelivery, batches).entries()) {
    const text = (id: string) => ({ from: '380670001122', id, timestamp: '1764000000', type: 'text', text: { body: id } })
    const [before, behind] = [`before${index}`, `after${index}`]
    whole.push(before, behind)
    const beside = (id: string) => ({
      id: waba,
      changes: [{ field: 'messages', value: { metadata: { phone_number_id: number }, messages: [text(id)] } }],
    })
    const { entry = [] } = broken as { entry?: unknown }
    const body = JSON.stringify({ entry: [beside(before), ...(Array.isArray(entry) ? (entry as unknown[]) : [entry]), beside(behind)] })
    await keep('cloud', { stream: 'webhook', key: `b${index}`, body })
    while (await drain(deps, provider));
  }
  const stored = await db
    .selectFrom('messages')
    .select('external_id')
    .where('external_id', 'in', whole as ExternalId[])
    .execute()
  expect(stored).toHaveLength(whole.length)
  expect(await db.selectFrom('inbound_batches').select('id').where('done_at', 'is', null).execute()).toEqual([])
})
