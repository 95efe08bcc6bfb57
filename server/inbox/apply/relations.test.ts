import { expect, test } from 'vitest'
import type { ExternalId, UserId } from '../../../contract/ids.ts'
import type { Message } from '../../../contract/message.ts'
import { getMessage } from '../../db/read/messages.ts'
import { listVersions } from '../../db/read/versions.ts'
import type { InboundEvent, Sender } from '../../providers/provider.ts'
import { at, channel, channelId, customer, type Inbound, message, openInbound, room } from '../fixtures/inbound.ts'

const said = { channel, conversation: room }
const byPhone: Sender = { id: '@whatsapp_380670000009:x' as ExternalId, isUs: false, phone: '+380670000009', displayName: 'Петро' }
const byHiddenId: Sender = { id: '@whatsapp_lid-9:x' as ExternalId, isUs: false, hiddenId: '9@lid', displayName: 'Петро' }
const asOne: Sender = { ...byHiddenId, formerly: byPhone.id }
const reaction = (n: number, emoji: string, sender: Sender = customer): InboundEvent => ({
  type: 'reaction',
  ...said,
  at: at(n),
  id: `$r${n}` as ExternalId,
  target: '$1' as ExternalId,
  sender,
  emoji,
})
const taken = (n: number, target: string): InboundEvent => ({
  type: 'delete',
  ...said,
  at: at(n),
  id: `$d${n}` as ExternalId,
  target: target as ExternalId,
  by: customer,
})
const vote = (n: number, sender: Sender, ...options: string[]): InboundEvent => ({
  type: 'vote',
  ...said,
  at: at(n),
  id: `$v${n}` as ExternalId,
  target: '$1' as ExternalId,
  sender,
  options,
})

async function shown({ db }: Inbound): Promise<Message> {
  const { id } = await db
    .selectFrom('messages')
    .select('id')
    .where('external_id', '=', '$1' as ExternalId)
    .executeTakeFirstOrThrow()
  return getMessage(db, { id: 'usr_1' as UserId, isAdmin: true, channels: [channelId] }, id)
}
const emojis = async (inbound: Inbound) => (await shown(inbound)).reactions.map(({ emoji }) => emoji)

const removals: readonly (readonly [when: string, batches: readonly (readonly InboundEvent[])[]])[] = [
  ['in its turn', [[message(1)], [reaction(2, '👍')], [taken(3, '$r2')]]],
  ['with it, before the message', [[reaction(2, '👍'), taken(3, '$r2')], [message(1)]]],
  ['before it', [[message(1)], [taken(3, '$r2')], [reaction(2, '👍')]]],
  ['after it waited, together with the message', [[reaction(2, '👍')], [message(1), taken(3, '$r2')]]],
]

test.each(removals)('a reaction that is taken away %s is away', async (_, batches) => {
  await using inbound = await openInbound()
  for (const items of batches) await inbound.take({ items })
  expect(await emojis(inbound)).toEqual([])
  await inbound.take({ items: [reaction(4, '🔥')] })
  expect(await emojis(inbound)).toEqual(['🔥'])
})

test('a person who turns out to be one has one vote, and a reaction goes whoever it was that gave it', async () => {
  await using inbound = await openInbound()
  const poll = { question: 'Tea?', options: ['yes', 'no'], max_choices: 1 }
  await inbound.take({ items: [message(1, { content: { type: 'poll', poll } }), message(2, { sender: byHiddenId })] })
  await inbound.take({ items: [vote(3, byPhone, 'yes'), reaction(3, '👍', byPhone)] })
  await inbound.take({ items: [vote(4, asOne, 'no'), taken(4, '$r3'), reaction(4, '🔥', asOne)] })
  const { poll: now, reactions } = (await shown(inbound)) as Extract<Message, { type: 'poll' }>
  expect([now.votes?.map(({ options }) => options), reactions.map(({ emoji }) => emoji)]).toEqual([[['no']], ['🔥']])
})

const edited = (n: number, text: string): InboundEvent => ({
  type: 'edit',
  ...said,
  at: at(n),
  id: `$e${n}` as ExternalId,
  target: '$1' as ExternalId,
  sender: customer,
  content: { type: 'text', text },
  silent: false,
})

test('what a contact said before an edit is kept until the message is deleted', async () => {
  await using inbound = await openInbound()
  await inbound.take({ items: [message(1), edited(2, 'other'), edited(3, 'third')] })
  const { id } = await shown(inbound)
  const versions = async () => (await listVersions(inbound.db, id, {})).items
  expect(await versions()).toEqual([
    { text: 'text 1', written_at: at(1) },
    { text: 'other', written_at: at(2) },
  ])
  await inbound.take({ items: [edited(3, 'third')] })
  expect(await versions()).toHaveLength(2)
  await inbound.take({ items: [taken(4, '$1')] })
  expect(await inbound.db.selectFrom('message_versions').selectAll().execute()).toEqual([])
})
