import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ExternalId } from '../../contract/ids.ts'
import { applyEvents } from '../../server/inbox/apply/apply.ts'
import { channel, openInbound } from '../../server/inbox/fixtures/inbound.ts'
import { drain } from '../../server/inbox/ingest.ts'
import { createKeep } from '../../server/inbox/intake.ts'
import { systemClock } from '../../server/lib/clock.ts'
import { createHttpClient } from '../../server/lib/http-client.ts'
import { silentLog } from '../../server/lib/log.ts'
import { createCloudProvider } from '../../server/providers/cloud/index.ts'
import type { InboundEvent, RawBatch } from '../../server/providers/provider.ts'
import { delivery, metadata, number, olena, road, value, waba, when } from '../../server/providers/cloud/testing.ts'
import { anyDelivery } from '../support/any-delivery.ts'

/** More with MISTOK_FUZZ_BATCHES. */
const batches = Number(process.env['MISTOK_FUZZ_BATCHES'] ?? 200)

/** A database whose one number is of the business road. */
async function openCloudInbound() {
  const inbound = await openInbound()
  const { db, deps } = inbound
  await db
    .updateTable('channels')
    .set({ provider: 'cloud', external_id: number as ExternalId })
    .where('external_id', '=', channel)
    .execute()
  await db
    .insertInto('facts')
    .values({ provider: 'cloud', key: `number:${number}`, value: JSON.stringify({ account: waba }) })
    .execute()
  const http = createHttpClient({ purpose: 'nobody', allowPrivate: false })
  const provider = createCloudProvider({ config: road, http, clock: systemClock, log: silentLog })
  const keep = createKeep({ db, clock: deps.clock, wake: () => {} })
  let count = 0
  return {
    db,
    async take({ stream, body }: Omit<RawBatch, 'key'>) {
      await keep('cloud', { stream, key: `b${(count += 1)}`, body })
      while (await drain(deps, provider));
    },
    /** Something that the inbox was told otherwise than by a delivery. */
    async tell(event: InboundEvent) {
      await db.transaction().execute((tx) => applyEvents(deps, tx, 'cloud', [event], new Date(deps.clock())))
    },
    async [Symbol.asyncDispose]() {
      await http.close()
      await inbound[Symbol.asyncDispose]()
    },
  }
}

test('broken deliveries are stored, put aside or passed over; what stands beside them is always there', { timeout: 600_000 }, async () => {
  await using inbound = await openCloudInbound()
  const { db } = inbound
  const whole: string[] = []
  for (const [index, broken] of fc.sample(anyDelivery, batches).entries()) {
    const text = (id: string) => ({ from: '380670001122', id, timestamp: when, type: 'text', text: { body: id } })
    const [before, behind] = [`before${index}`, `after${index}`]
    whole.push(before, behind)
    const beside = (id: string) => ({
      id: waba,
      changes: [{ field: 'messages', value: { metadata: { phone_number_id: number }, messages: [text(id)] } }],
    })
    const { entry = [] } = broken as { entry?: unknown }
    const between: readonly unknown[] = Array.isArray(entry) ? entry : [entry]
    await inbound.take({ stream: 'webhook', body: JSON.stringify({ entry: [beside(before), ...between, beside(behind)] }) })
  }
  const stored = await db
    .selectFrom('messages')
    .select('external_id')
    .where('external_id', 'in', whole as ExternalId[])
    .execute()
  expect(stored).toHaveLength(whole.length)
  expect(await db.selectFrom('inbound_batches').select('id').where('done_at', 'is', null).execute()).toEqual([])
})

test('the file of a history comes after its place, or before it, and takes it once', async () => {
  await using inbound = await openCloudInbound()
  const place = (id: string) => ({ id, timestamp: when, from: olena.wa_id, type: 'media_placeholder', history_context: { status: 'READ' } })
  const told = (...ids: readonly string[]) =>
    delivery({ field: 'history', value: value({ history: [{ threads: [{ id: olena.wa_id, messages: ids.map(place) }] }] }) })
  const file = (id: string) => {
    const image = { id: `media ${id}`, mime_type: 'image/png', caption: id }
    return delivery({ field: 'history', value: { metadata, messages: [{ id, from: olena.wa_id, timestamp: when, type: 'image', image }] } })
  }
  for (const batch of [told('wamid.1'), file('wamid.1'), file('wamid.2'), told('wamid.1', 'wamid.2'), file('wamid.1')])
    await inbound.take(batch)
  const rows = await inbound.db
    .selectFrom('messages')
    .innerJoin('media', 'media.message_id', 'messages.id')
    .select(['messages.external_id', 'messages.type', 'messages.text', 'messages.origin', 'media.status'])
    .orderBy('messages.external_id')
    .execute()
  const shown = (id: string) => ({ external_id: id, type: 'image', text: id, origin: 'history', status: 'pending' })
  expect(rows).toEqual([shown('wamid.1'), shown('wamid.2')])
})

test('one person, told by phone, by id and by both, on either side and in any order, is one contact with one chat', async () => {
  const texts = [
    { from: olena.wa_id },
    { from: '', from_user_id: olena.user_id },
    { from: olena.wa_id, from_user_id: olena.user_id },
    { from_user_id: olena.user_id },
    { from: olena.wa_id },
  ].map((named, n) => ({ ...named, id: `wamid.${n}`, timestamp: String(Number(when) + n), type: 'text', text: { body: `${n}` } }))
  for (const order of [texts, texts.toReversed(), [...texts.slice(1), texts[0]]]) {
    await using inbound = await openCloudInbound()
    for (const message of order) await inbound.take(delivery({ value: value({ messages: [message] }) }))
    const { db } = inbound
    const chats = await db.selectFrom('conversations').select(['external_id', 'contact_id']).execute()
    expect(chats.map(({ external_id }) => external_id)).toEqual([olena.user_id])
    const contacts = await db.selectFrom('contacts').select(['id', 'phone']).where('merged_into', 'is', null).execute()
    expect(contacts).toEqual([{ id: chats[0]?.contact_id, phone: `+${olena.wa_id}` }])
    expect(await db.selectFrom('messages').select('id').execute()).toHaveLength(texts.length)
  }
})

test('a chat that was begun by the other of two numbers is the one in which the answer comes', async () => {
  await using inbound = await openCloudInbound()
  const { db } = inbound
  const dialled = '5511988887777'
  const begun = { id: dialled as ExternalId, isUs: false, phone: `+${dialled}` }
  await inbound.tell({
    type: 'conversation',
    kind: 'direct',
    channel: number as ExternalId,
    conversation: begun.id,
    at: new Date().toISOString(),
    contact: begun,
  })
  const message = { from: '551188887777', from_user_id: 'BR.1', id: 'wamid.1', timestamp: when, type: 'text', text: { body: 'x' } }
  await inbound.take(delivery({ value: value({ messages: [message] }) }))
  const chats = await db.selectFrom('conversations').select(['external_id', 'contact_id']).execute()
  expect(chats.map(({ external_id }) => external_id)).toEqual(['BR.1'])
  expect(await db.selectFrom('contacts').select('id').execute()).toEqual([{ id: chats[0]?.contact_id }])
})
