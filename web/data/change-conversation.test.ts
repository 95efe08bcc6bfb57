import { expect, test } from 'vitest'
import type { ConversationPatch } from '../../contract/conversation.ts'
import type { ConversationId, UserId } from '../../contract/ids.ts'
import { createChangeConversation, inverse, patched } from './change-conversation.ts'
import type { Client } from './client.ts'
import { createReading } from './reading.ts'
import { createStore } from './store.ts'
import { handSchedule, sampleConversation, sampleEvent } from './testing/samples.ts'

const me = 'usr_me' as UserId
const before = sampleConversation('a', 1, { assignee_id: me, labels: ['VIP'] })

test.each<[ConversationPatch, object, ConversationPatch]>([
  [{ assignee_id: null }, { status: 'open' }, { assignee_id: me }],
  [{ status: 'closed' }, { status: 'closed' }, { status: 'open' }],
  [{ labels: [] }, { labels: [] }, { labels: ['VIP'] }],
  [{ status: 'snoozed', snoozed_until: '2026-11-24T09:00:00Z' }, { status: 'snoozed' }, { status: 'open', snoozed_until: null }],
])('the change %j and what takes it back', (patch, changed, back) => {
  const after = patched(before, patch)
  expect(after).toMatchObject(changed)
  expect('assignee_id' in after).toBe(patch.assignee_id !== null)
  expect(inverse(before, patch)).toEqual(back)
  expect(patched(after, inverse(before, patch))).toEqual(before)
})

function opened(answer: () => Promise<unknown>) {
  const store = createStore(handSchedule())
  store.applyEvent(sampleEvent('conversation.created', before))
  const change = createChangeConversation(answer as Client['call'], store, createReading(store))
  return { store, change: (patch: ConversationPatch) => change(id, patch), status: () => store.conversation(id)?.status }
}
const id = before.id as ConversationId

test('a change shows at once, and is put back when the server refuses it', async () => {
  const { change, status } = opened(() => Promise.reject(new Error('refused')))
  const changing = change({ status: 'closed' })
  expect(status()).toBe('closed')
  await expect(changing).rejects.toThrow('refused')
  expect(status()).toBe('open')
})

test('what an event told meanwhile stands, whether the change is refused or not', async () => {
  for (const answer of [
    () => Promise.reject(new Error('refused')),
    () => Promise.resolve(sampleConversation('a', 1, { status: 'closed' })),
  ]) {
    const { store, change, status } = opened(answer)
    const changing = change({ status: 'closed' })
    store.applyEvent(sampleEvent('conversation.updated', sampleConversation('a', 1, { status: 'snoozed' })))
    await changing.catch(() => undefined)
    expect(status()).toBe('snoozed')
  }
})
