import { expect, test } from 'vitest'
import type { CopyPolicy } from '../../../contract/copying.ts'
import type { ExternalId, UserId } from '../../../contract/ids.ts'
import { presentChannels } from '../../db/read/channels.ts'
import { channelId, type Inbound, message, openInbound } from '../fixtures/inbound.ts'
import { noteSilentImports } from './imports.ts'

const linkedAt = Date.parse('2026-11-22T10:00:00Z')
const minute = 60_000
const viewer = { id: 'usr_1' as UserId, isAdmin: true, channels: [channelId] }

async function linked(change: { readonly copy?: CopyPolicy; readonly status?: 'connected' | 'logged_out' } = {}) {
  const inbound = await openInbound()
  await inbound.db
    .updateTable('channels')
    .set({ linked_at: new Date(linkedAt), ...change })
    .execute()
  return inbound
}
const look = ({ db }: Inbound, minutes: number) => noteSilentImports({ db, clock: () => linkedAt + minutes * minute })
const importOf = async ({ db }: Inbound) => (await presentChannels(db, viewer, [channelId]))[0]?.import
const tellings = async ({ db }: Inbound) =>
  (await db.selectFrom('events').select('id').where('type', '=', 'channel.updated').execute()).length

test('a number of which nothing has come three minutes after linking is told of, once, until a chat appears', async () => {
  await using inbound = await linked()
  await look(inbound, 2.9)
  expect([await importOf(inbound), await tellings(inbound)]).toEqual([expect.not.objectContaining({ hint: expect.anything() }), 0])
  await look(inbound, 3.1)
  await look(inbound, 3.4)
  expect([await importOf(inbound), await tellings(inbound)]).toMatchObject([{ chats: 0, hint: { code: 'backfill_off' } }, 1])
  await inbound.take({ items: [message(1, { history: true })] })
  expect(await importOf(inbound)).toEqual({ chats: 1, messages: 1, left_out: 0, linked_at: new Date(linkedAt).toISOString() })
  expect(await tellings(inbound)).toBe(2)
  await look(inbound, 3.6)
  expect(await tellings(inbound)).toBe(2)
})

test('how far an import has come is told as it goes on, and no live message tells it', async () => {
  await using inbound = await linked()
  await inbound.take({ items: [message(1, { history: true })] })
  await inbound.take({ items: [message(2, { history: true })] })
  expect(await tellings(inbound)).toBe(2)
  await inbound.take({ items: [message(3)] })
  expect(await tellings(inbound)).toBe(2)
  await inbound.take({ items: [message(4, { conversation: '!other' as ExternalId })] })
  expect([await importOf(inbound), await tellings(inbound)]).toMatchObject([{ chats: 2, messages: 4 }, 3])
})

const others: readonly (readonly [why: string, minutes: number, change: Parameters<typeof linked>[0]])[] = [
  ['only what comes from now on is copied', 5, { copy: 'from_now' }],
  ['only known contacts are copied', 5, { copy: 'known_contacts' }],
  ['it is not connected', 5, { status: 'logged_out' }],
  ['it was linked days ago', 2 * 24 * 60, {}],
]

test.each(others)('no hint where %s', async (_, minutes, change) => {
  await using inbound = await linked(change)
  await look(inbound, minutes)
  expect([await importOf(inbound), await tellings(inbound)]).toEqual([expect.not.objectContaining({ hint: expect.anything() }), 0])
})

test('no hint where what came was left out', async () => {
  await using inbound = await linked()
  const row = { channel_id: channelId, external_id: '!left' as ExternalId, description: null, messages: '3', last_at: new Date(linkedAt) }
  await inbound.db.insertInto('left_out_chats').values(row).execute()
  await look(inbound, 5)
  expect(await importOf(inbound)).not.toHaveProperty('hint')
})
