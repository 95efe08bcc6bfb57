import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ConversationId, MessageId } from '../../../contract/ids.ts'
import { openOutgoing, type Outgoing } from '../fixtures/outgoing.ts'
import { enqueue } from '../sending/send.ts'

let out: Outgoing
let conversation: ConversationId

beforeEach(async () => {
  out = await openOutgoing()
  conversation = (await out.chat()).id
  out.start()
})
afterEach(() => out[Symbol.asyncDispose]())

const second = Date.parse('2026-11-22T10:00:05Z')
const time = (ms: number) => new Date(second + ms).toISOString()

async function statusOf(id: MessageId): Promise<string | null> {
  return (await out.db.selectFrom('messages').select('status').where('id', '=', id).executeTakeFirstOrThrow()).status
}

async function say(text: string, ms: number): Promise<MessageId> {
  out.now = second + ms
  const id = await enqueue(out.deps, out.agent, conversation, { text })
  await out.until(text, async () => (await statusOf(id)) === 'sent')
  return id
}

test('who reads what somebody wrote after us, in the same second, has read ours; not what we say after that', async () => {
  const ours = await say('before', 600)
  const sender = { id: '@whatsapp_380670000001:x.org', isUs: false, displayName: 'Olena' }
  const content = { type: 'text', text: 'after' }
  await out.hear(conversation, { type: 'message', id: '$after', sender, content, at: time(0), forwarded: false, history: false })
  const later = await say('later', 950)
  await out.hear(conversation, { type: 'receipt', target: '$after', upTo: true, state: 'read', from: sender, at: time(900) })
  expect([await statusOf(ours), await statusOf(later)]).toEqual(['read', 'sent'])
})
