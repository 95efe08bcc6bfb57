import { expect, test } from 'vitest'
import type { ExternalId, UserId } from '../../../contract/ids.ts'
import { getMessage } from '../../db/read/messages.ts'
import type { InboundEvent, Sender } from '../../providers/provider.ts'
import { at, channel, channelId, customer, message, openInbound, room } from '../fixtures/inbound.ts'

test('votes stand with their poll: one choice for each, the latest, and an empty one takes it back', async () => {
  await using inbound = await openInbound()
  const { db } = inbound
  const poll = { question: 'Tea?', options: ['yes', 'no'], max_choices: 1 }
  const vote = (n: number, options: readonly string[], sender: Sender = customer): InboundEvent => ({
    type: 'vote',
    channel,
    conversation: room,
    at: at(n),
    id: `$v${n}` as ExternalId,
    target: '$1' as ExternalId,
    sender,
    options,
  })
  const votes = async () => {
    const id = (await db.selectFrom('messages').select('id').executeTakeFirstOrThrow()).id
    const message = await getMessage(db, { id: 'usr_1' as UserId, isAdmin: true, channels: [channelId] }, id)
    return message.type === 'poll' ? message.poll.votes?.map(({ sender, options }) => [sender.name, ...options]) : message.type
  }
  await inbound.take({ items: [vote(2, ['yes'])] })
  await inbound.take({ items: [message(1, { content: { type: 'poll', poll } }), vote(3, ['no'], { ...customer, isUs: true })] })
  expect(await votes()).toEqual([
    ['Олена', 'yes'],
    ['Sales', 'no'],
  ])
  await inbound.take({ items: [vote(5, ['no']), vote(4, ['yes'])] })
  expect(await votes()).toEqual([
    ['Sales', 'no'],
    ['Олена', 'no'],
  ])
  await inbound.take({ items: [vote(6, [])] })
  expect(await votes()).toEqual([['Sales', 'no']])
})

test('who is named in a text is a contact of ours, or our number', async () => {
  await using inbound = await openInbound()
  const { db } = inbound
  const ihor = { id: '@whatsapp_2:x' as ExternalId, isUs: false, phone: '+380509876543', displayName: 'Ігор' }
  const mentions = [
    { person: ihor, offset: 0, length: 5 },
    { person: { ...customer, isUs: true }, offset: 6, length: 4 },
  ]
  await inbound.take({ items: [message(1, { content: { type: 'text', text: '@Ігор @ми?', mentions } })] })
  const contact = await db.selectFrom('contacts').select('id').where('phone', '=', ihor.phone).executeTakeFirstOrThrow()
  const { content } = await db.selectFrom('messages').select('content').executeTakeFirstOrThrow()
  expect(content).toEqual({
    text: '@Ігор @ми?',
    mentions: [
      { contact_id: contact.id, offset: 0, length: 5 },
      { contact_id: channelId, offset: 6, length: 4 },
    ],
  })
})
