import { expect, test } from 'vitest'
import type { ExternalId } from '../../../contract/ids.ts'
import type { InboundMessage, Parsed, RawBatch } from '../../providers/provider.ts'
import { at, channel, customer, message, openInbound, room } from '../fixtures/inbound.ts'
import { redriveDeadLetters } from '../operations.ts'

const unsupported = { type: 'unsupported' as const, unsupported: { original_type: 'hologram' } }

test('what was not understood becomes what an update knows it as, in its place; what still is not stays', async () => {
  await using inbound = await openInbound()
  const { db } = inbound
  const strange = (n: number, more: Partial<InboundMessage> = {}) =>
    message(n, { content: unsupported, raw: message(n, more) as never, ...more })
  await inbound.take({ items: [message(1), strange(2), strange(3), message(4)] })
  await inbound.take({ items: [{ type: 'unknown', networkType: 'org.new', id: '$5' as ExternalId, raw: message(5) as never }] })
  const rows = () => db.selectFrom('messages').select(['id', 'external_id', 'type', 'text', 'sent_at']).orderBy('sent_at').execute()
  const before = await rows()
  expect(before.map((row) => row.type)).toEqual(['text', 'unsupported', 'unsupported', 'text'])
  const told = async () => (await db.selectFrom('events').select('type').execute()).length
  const toldBefore = await told()

  // The update: raws are read as the messages that they hold, but for the third one.
  const updated = ({ body }: RawBatch): Partial<Parsed> => ({
    items: (JSON.parse(body) as InboundMessage[]).map((one) => (one.id === '$3' ? strange(3) : one)),
  })
  const redriven = await redriveDeadLetters(inbound.deps)
  expect(redriven).toEqual({ redriven: 0, left: 0, reread: 3 })
  await inbound.drainAll(updated)
  const after = await rows()
  expect(after.map((row) => [row.external_id, row.type, row.text])).toEqual([
    ['$1', 'text', 'text 1'],
    ['$2', 'text', 'text 2'],
    ['$3', 'unsupported', ''],
    ['$4', 'text', 'text 4'],
    ['$5', 'text', 'text 5'],
  ])
  expect(after.slice(0, 4).map((row) => row.id)).toEqual(before.map((row) => row.id))
  expect(await db.selectFrom('not_understood').select('external_id').execute()).toEqual([{ external_id: '$3' }])
  const news = await db.selectFrom('events').select(['type', 'object_id']).orderBy('xid').orderBy('id').offset(toldBefore).execute()
  expect(news.filter((event) => event.type === 'message.updated').map((event) => event.object_id)).toEqual([before[1]?.id])

  expect(await redriveDeadLetters(inbound.deps)).toEqual({ redriven: 0, left: 0, reread: 1 })
  const toldAfter = await told()
  await inbound.drainAll(updated)
  expect([await rows(), await told()]).toEqual([after, toldAfter])
})

test('what was edited or taken back since is not read again', async () => {
  await using inbound = await openInbound()
  const { db } = inbound
  const base = { channel, conversation: room, target: '$1' as ExternalId }
  await inbound.take({
    items: [message(1, { content: unsupported, raw: message(1) as never }), message(2, { content: unsupported, raw: message(2) as never })],
  })
  const late = { ...base, type: 'edit' as const, id: '$e' as ExternalId, at: at(1), sender: customer, silent: true }
  await inbound.take({
    items: [
      { ...late, content: { type: 'text', text: 'came late' } },
      { ...base, type: 'delete', id: '$gone' as ExternalId, target: '$2' as ExternalId, at: at(3), by: customer },
    ],
  })
  expect(await db.selectFrom('not_understood').selectAll().execute()).toEqual([])
  expect(await db.selectFrom('messages').select('text').orderBy('sent_at').execute()).toEqual([{ text: 'came late' }, { text: '' }])
})
