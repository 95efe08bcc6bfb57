import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ConversationId, ExternalId } from '../../../contract/ids.ts'
import { openOutgoing, type Outgoing } from '../fixtures/outgoing.ts'
import { enqueue } from '../sending/send.ts'

let out: Outgoing
let conversation: ConversationId

beforeEach(async () => {
  out = await openOutgoing()
  conversation = (await out.chat({ silent: true })).id
})
afterEach(() => out[Symbol.asyncDispose]())

const second = Date.parse('2026-11-22T10:00:05Z')

async function say(text: string, ms: number): Promise<void> {
  out.now = second + ms
  await enqueue(out.deps, out.agent, conversation, { text })
}

/** The network tells whole seconds. */
async function hear(text: string, more: { isUs?: boolean; next?: string; history?: boolean } = {}): Promise<void> {
  const { isUs = false, next, history = false } = more
  const sender = { id: isUs ? '@me:x.org' : '@whatsapp_380670000001:x.org', isUs, displayName: 'Olena' }
  const content = { type: 'text', text } as const
  const follower = next === undefined ? {} : { next: `$${next}` as ExternalId }
  const at = new Date(second).toISOString()
  await out.hear(conversation, { type: 'message', id: `$${text}`, sender, content, at, forwarded: false, history, ...follower })
}

async function order(): Promise<string> {
  const rows = await out.db.selectFrom('messages').select('text').orderBy('sent_at').orderBy('id').execute()
  return rows.map(({ text }) => text).join(' ')
}

test('what is answered, or typed on the phone, in the second of our message stands after it', async () => {
  await hear('question')
  await say('reply', 400)
  await hear('thanks')
  await hear('typed', { isUs: true })
  await say('bye', 700)
  await hear('ok')
  expect(await order()).toBe('question reply thanks typed bye ok')
  const { last_message_id } = await out.db.selectFrom('conversations').select('last_message_id').executeTakeFirstOrThrow()
  const last = await out.db.selectFrom('messages').select('text').where('id', '=', last_message_id).executeTakeFirstOrThrow()
  expect(last.text).toBe('ok')
})

test('what comes a moment late stands where its second ends, although we have spoken in the next one', async () => {
  await say('reply', 400)
  await hear('thanks')
  await say('bye', 1_100)
  await hear('ok')
  expect(await order()).toBe('reply thanks ok bye')
})

test('what was missed in that second stands before the one that follows it, and history before all', async () => {
  await say('reply', 400)
  await hear('thanks')
  await hear('missed', { next: 'thanks' })
  await hear('old', { history: true })
  expect(await order()).toBe('old reply missed thanks')
})
