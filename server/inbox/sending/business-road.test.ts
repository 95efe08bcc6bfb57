import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ConversationId, ExternalId, MessageId } from '../../../contract/ids.ts'
import type { Message, MessageInput } from '../../../contract/message.ts'
import { plainLimits } from '../../../tests/support/fake-provider.ts'
import { addChannel } from '../../../tests/support/http.ts'
import { getMessage } from '../../db/read/messages.ts'
import { replaceTemplates } from '../../db/templates.ts'
import { SendError } from '../../lib/errors.ts'
import type { Sent } from '../../providers/provider.ts'
import { idOf, openOutgoing, type Outgoing } from '../fixtures/outgoing.ts'
import { viewerOf } from '../people/access.ts'
import { capabilitiesOf } from './capabilities.ts'
import { enqueue } from './send.ts'

// What a road does that takes a message without a word of its own to find it by: Meta's (protocol/meta.md 3.6, 7.2).
let out: Outgoing
let conversation: ConversationId

beforeEach(async () => {
  out = await openOutgoing('cloud', { repeatable: false, sendKey: (id) => `chat:${id}` })
  out.limits = { ...plainLimits, windowed: true, other: ['template'] }
  out.answer = async (said) => accepted(said)
  conversation = (await out.chat()).id
  await hearText('first', { windowUntil: later(day) })
})
afterEach(() => out[Symbol.asyncDispose]())

const day = 86_400_000
const later = (ms: number) => new Date(out.now + ms).toISOString()
const accepted = (said: { readonly attempt: string }): Sent => ({ id: idOf(said), state: 'sending', proofMs: null })
const shown = async (id: MessageId): Promise<Message> => getMessage(out.db, await viewerOf(out.db, out.agent), id)
const say = (input: MessageInput | string, where = conversation) =>
  enqueue(out.deps, out.agent, where, typeof input === 'string' ? { text: input } : input)
const sender = { id: 'US.1', isUs: false, businessIds: [{ id: 'US.1', scope: 'waba' }], displayName: 'Olena' }
const hearText = (text: string, more: Record<string, unknown> = {}) => {
  const content = { type: 'text', text }
  return out.hear(conversation, { type: 'message', id: `wamid.${text}`, sender, content, forwarded: false, history: false, ...more })
}
const receipt = (target: string, more: Record<string, unknown>) => out.hear(conversation, { type: 'receipt', target, upTo: false, ...more })
const lost = () => new SendError('outcome_unknown', 'the answer was lost', { certain: false, retryAfterMs: null })
const lines = async () => (await out.db.selectFrom('outbox').select('seq').execute()).length
const inDoubt = (id: MessageId) => out.until('doubt', async () => (await shown(id)).unconfirmed_since !== undefined)

/** Another chat whose window is open. */
async function otherChat(): Promise<ConversationId> {
  const { id } = await out.chat()
  await out.hear(id, { type: 'conversation', kind: 'direct', windowUntil: later(day) })
  return id
}

test('what was accepted holds up nothing, and stands as sending until there is a word', async () => {
  const [first, second] = [await say('one'), await say('two')]
  out.start()
  await out.until('both', () => out.sent.length === 2)
  await out.until('the id', async () => (await shown(second)).external_id !== undefined)
  expect(await shown(first)).toMatchObject({ status: 'sending', external_id: idOf(out.sent[0]) })
  expect(await shown(first)).not.toHaveProperty('unconfirmed_since')
  await receipt(idOf(out.sent[0]), { state: 'delivered' })
  expect((await shown(first)).status).toBe('delivered')
})

test('an answer that was lost is doubt, said once and never sent again; the status that names the attempt ends it', async () => {
  out.answer = () => Promise.reject(lost())
  const id = await say('hello')
  out.start()
  await inDoubt(id)
  await sleep(100)
  expect(out.sent).toHaveLength(1)
  await receipt('wamid.real', { state: 'sent', attempt: out.sent[0]?.attempt })
  expect(await shown(id)).toMatchObject({ status: 'sent', external_id: 'wamid.real' })
  expect(await shown(id)).not.toHaveProperty('unconfirmed_since')
  await receipt('wamid.real', { state: 'read' })
  expect((await shown(id)).status).toBe('read')
})

test('what a dead process had in hand may have gone out: it is in doubt, and not sent again', async () => {
  const hung = Promise.withResolvers<Sent>()
  out.answer = () => hung.promise
  const id = await say('hello')
  out.start()
  await out.until('the first', () => out.sent.length === 1)
  out.answer = async (said) => accepted(said)
  out.now += 60_000
  out.start()
  await inDoubt(id)
  expect(out.sent).toHaveLength(1)
  hung.reject(lost())
})

test('a status that comes before the answer is not taken back by it', async () => {
  const answer = Promise.withResolvers<Sent>()
  out.answer = () => answer.promise
  const id = await say('hello')
  out.start()
  await out.until('the request', () => out.sent.length === 1)
  await receipt('wamid.quick', { state: 'delivered', attempt: out.sent[0]?.attempt })
  answer.resolve({ id: 'wamid.quick' as ExternalId, state: 'sending', proofMs: null })
  await out.until('an empty lane', async () => (await lines()) === 0)
  expect(await shown(id)).toMatchObject({ status: 'delivered', external_id: 'wamid.quick' })
})

test('a status that names an attempt of another number proves nothing', async () => {
  out.answer = () => Promise.reject(lost())
  const id = await say('hello')
  out.start()
  await inDoubt(id)
  const elsewhere = await addChannel(out.db, { provider: 'cloud' })
  await receipt('wamid.x', { channel: elsewhere, state: 'sent', attempt: out.sent[0]?.attempt })
  await receipt('wamid.y', { state: 'sent', attempt: 'no attempt' })
  expect((await shown(id)).unconfirmed_since).toBeDefined()
})

test('while something has to be set right all of a number waits, says why, and goes once each afterwards', async () => {
  const hold = { reason: 'to_be_set_right', whole: true } as const
  let isDead = true
  out.answer = async (said) => {
    if (isDead) throw new SendError('not_configured', 'The access token has ended.', { certain: true, retryAfterMs: 30_000, hold })
    return accepted(said)
  }
  const ids = [await say('one'), await say('two'), await say('three', await otherChat())]
  const held = async () => (await Promise.all(ids.map(shown))).map((message) => message.held)
  out.start()
  await out.until('the hold', async () => (await held()).every((one) => one !== undefined))
  for (const one of await held()) expect(one).toMatchObject({ reason: 'to_be_set_right', detail: 'The access token has ended.' })
  isDead = false
  const before = out.sent.length
  out.now += 31_000
  await out.until('all of them', async () => (await lines()) === 0)
  const texts = out.sent.slice(before).flatMap((said) => ('text' in said ? [said.text] : []))
  expect(texts.toSorted()).toEqual(['one', 'three', 'two'])
  expect(texts.indexOf('one')).toBeLessThan(texts.indexOf('two'))
  expect(await held()).toEqual([undefined, undefined, undefined])
})

test('one contact’s limit holds up nobody else', async () => {
  const hold = { reason: 'contact_limit', whole: false } as const
  out.answer = async (said) => {
    if ('text' in said && said.text === 'slow') throw new SendError('rate_limited', 'wait', { certain: true, retryAfterMs: 60_000, hold })
    return accepted(said)
  }
  const slow = await say('slow')
  out.start()
  await out.until('the hold', async () => (await shown(slow)).held?.reason === 'contact_limit')
  const quick = await say('quick', await otherChat())
  await out.until('the other', async () => (await shown(quick)).external_id !== undefined)
  expect((await shown(slow)).status).toBe('sending')
})

test('the fact of the chat goes with the message', async () => {
  const key = `chat:!${conversation}`
  await out.db.insertInto('facts').values({ provider: 'cloud', key, value: '{"phone":"+380501112233"}' }).execute()
  await say('hello')
  out.start()
  await out.until('the message', () => out.sent.length === 1)
  expect(out.sent[0]).toMatchObject({ known: { phone: '+380501112233' } })
})

test('outside the window only a template goes; it opens when the contact writes, and WhatsApp’s word closes it', async () => {
  const account = { provider: 'cloud', account: '@a:x.org' as ExternalId }
  const body = { part: 'body', format: 'text', text: 'Hello {{1}}', variables: ['1'] } as const
  const hello = { id: '1', name: 'hello', language: 'uk', category: 'utility', status: 'approved', components: [body] } as const
  const templates = [hello, { ...hello, id: '2', name: 'old', status: 'paused' }] as never
  await out.db.transaction().execute((tx) => replaceTemplates(tx, account, templates))
  const capabilities = () => capabilitiesOf(out.deps, out.agent, conversation)
  const use = (name: string, values?: string[]) => ({
    template: { name, language: 'uk', ...(values === undefined ? {} : { body: values }) },
  })
  expect((await capabilities()).text.max_length).toBeGreaterThan(0)

  out.now += day + 1
  await expect(say('hello')).rejects.toMatchObject({ code: 'window_closed' })
  expect(await capabilities()).toMatchObject({ text: { max_length: 0 }, other: ['template'], window_closes_at: expect.any(String) })
  await expect(say(use('old', ['x']))).rejects.toMatchObject({ code: 'invalid_request', fields: [{ code: 'paused' }] })
  await expect(say(use('hello'))).rejects.toMatchObject({ fields: [{ pointer: '/template/body' }] })
  const id = await say(use('hello', ['Olena']))
  expect(await shown(id)).toMatchObject({ type: 'template', text: 'Hello Olena', template: { name: 'hello', components: [body] } })

  await hearText('yes', { windowUntil: later(day) })
  out.start()
  await say('thanks')
  await out.until('both', async () => out.sent.length === 2 && (await lines()) === 0)
  const error = { code: 'window_closed', detail: 'closed', retryable: false, certain: true }
  await receipt(idOf(out.sent[1]), { state: 'failed', error })
  await expect(say('again')).rejects.toMatchObject({ code: 'window_closed' })
})

test('a reaction that was taken back does not come back by an earlier one that is late', async () => {
  const react = (emoji: string, seconds: number) =>
    out.hear(conversation, { type: 'reaction', id: `wamid.r${seconds}`, target: 'wamid.first', sender, emoji, at: later(seconds * 1000) })
  const rows = out.db
    .selectFrom('messages')
    .select('id')
    .where('external_id', '=', 'wamid.first' as ExternalId)
  const { id } = await rows.executeTakeFirstOrThrow()
  await react('👍', 1)
  expect((await shown(id)).reactions).toMatchObject([{ emoji: '👍' }])
  await react('', 3)
  await react('❤️', 2)
  expect((await shown(id)).reactions).toEqual([])
})
