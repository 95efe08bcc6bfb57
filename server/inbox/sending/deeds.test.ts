import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ConversationId, ExternalId, MessageId, UserId } from '../../../contract/ids.ts'
import type { Message } from '../../../contract/message.ts'
import { getMessage } from '../../db/read/messages.ts'
import { listVersions } from '../../db/read/versions.ts'
import { SendError } from '../../lib/errors.ts'
import type { OutboundDeed, OutboundMessage, Sent } from '../../providers/provider.ts'
import { type UserActor, viewerOf } from '../people/access.ts'
import { edit, react, takeBack } from './deeds.ts'
import { idOf, openOutgoing, type Outgoing } from '../fixtures/outgoing.ts'
import { enqueue, retry } from './send.ts'

let out: Outgoing
let conversation: ConversationId
let theirs: MessageId

beforeEach(async () => {
  out = await openOutgoing()
  const chat = await out.chat()
  conversation = chat.id
  theirs = chat.messages[0]!
})
afterEach(() => out[Symbol.asyncDispose]())

const shown = async (id: MessageId): Promise<Message> => getMessage(out.db, await viewerOf(out.db, out.agent), id)
const deeds = () => out.sent.filter((said): said is OutboundDeed => !('content' in said))
/** The network's word may come before the answer to the request has been written down, and takes effect then. */
const confirmed = (id: MessageId) => out.until('its confirmation', async () => (await shown(id)).change === undefined)
const lane = () => out.db.selectFrom('outbox').select('seq').execute()

/** A message of ours that WhatsApp has. */
async function sentText(text: string): Promise<MessageId> {
  const id = await enqueue(out.deps, out.agent, conversation, { text })
  await out.until('the text to be sent', async () => (await shown(id)).status === 'sent')
  return id
}

describe('what is done to a message is shown at once, and settled by the network', () => {
  beforeEach(() => {
    out.answer = async (said) => ({ id: idOf(said), state: 'content' in said ? 'sent' : 'sending', proofMs: 90_000 })
    out.start()
  })

  test('a reaction, another in its place, and none', async () => {
    await react(out.deps, out.agent, theirs, '👍')
    expect(await shown(theirs)).toMatchObject({
      reactions: [{ emoji: '👍', sender: { id: out.agent.id, is_me: true } }],
      change: { kind: 'reaction', status: 'pending' },
    })
    await out.until('the reaction', () => deeds().length === 1)
    await out.hear(conversation, { type: 'receipt', target: idOf(deeds()[0]), upTo: false, state: 'sent' })
    await confirmed(theirs)

    await react(out.deps, out.agent, theirs, '❤️')
    await out.until('the second', () => deeds().length === 2)
    await out.hear(conversation, { type: 'receipt', target: idOf(deeds()[1]), upTo: false, state: 'sent' })
    // The bridge takes the first one away on its side; that says nothing of the second.
    await out.hear(conversation, { type: 'delete', id: '$r', target: idOf(deeds()[0]), by: { id: '@us', isUs: true } })
    expect((await shown(theirs)).reactions).toMatchObject([{ emoji: '❤️' }])

    await react(out.deps, out.agent, theirs, null)
    expect((await shown(theirs)).reactions).toEqual([])
    await out.until('taking it back', () => deeds().length === 3)
    expect(deeds()).toMatchObject([
      { type: 'react', emoji: '👍', target: `$${theirs}` },
      { type: 'react', emoji: '❤️' },
      { type: 'unreact', reaction: idOf(deeds()[1]) },
    ])
    expect(await out.db.selectFrom('pending_relations').selectAll().execute()).toEqual([])
  })

  test('one number has one reaction, whichever of us gave it; what stands already is not said again', async () => {
    const other: UserActor = { ...out.agent, id: 'usr_other' as UserId, name: 'Тарас' }
    await out.db
      .insertInto('users')
      .values({
        id: other.id,
        email: 'b@b.c',
        name: other.name,
        role: 'agent',
        external_id: null,
        password_hash: '',
        created_at: new Date(),
      })
      .execute()
    await react(out.deps, out.agent, theirs, '👍')
    await react(out.deps, other, theirs, '👍')
    await react(out.deps, out.agent, theirs, null)
    await react(out.deps, other, theirs, '🎉')
    await react(out.deps, other, theirs, '🎉')
    expect((await shown(theirs)).reactions).toMatchObject([{ emoji: '🎉', sender: { id: other.id } }])
    for (let done = 1; done <= 3; done += 1) {
      await out.until(`deed ${done}`, () => deeds().length === done)
      await out.hear(conversation, { type: 'receipt', target: idOf(deeds().at(-1)), upTo: false, state: 'sent' })
    }
    await out.until('the lane to be empty', async () => (await lane()).length === 0)
    expect(deeds().map((deed) => deed.type)).toEqual(['react', 'unreact', 'react'])
  })

  test('an edit, and the message taken back', async () => {
    const id = await sentText('Ціна 100')
    await edit(out.deps, out.agent, id, { text: 'Ціна 120' })
    expect(await shown(id)).toMatchObject({ text: 'Ціна 120', edited_at: expect.any(String), change: { kind: 'edit', status: 'pending' } })
    await edit(out.deps, out.agent, id, { text: 'Ціна 120' })
    await takeBack(out.deps, out.agent, id)
    await takeBack(out.deps, out.agent, id)
    expect(await shown(id)).toMatchObject({
      type: 'deleted',
      deleted_at: expect.any(String),
      change: { kind: 'delete', status: 'pending' },
    })
    await out.until('the edit', () => deeds().length === 1)
    await out.hear(conversation, { type: 'receipt', target: idOf(deeds()[0]), upTo: false, state: 'sent' })
    await out.until('the deletion', () => deeds().length === 2)
    await out.hear(conversation, { type: 'receipt', target: idOf(deeds()[1]), upTo: false, state: 'sent' })
    const target = idOf(out.sent[0])
    expect(deeds()).toMatchObject([
      { type: 'edit', text: 'Ціна 120', target },
      { type: 'delete', target },
    ])
    await confirmed(id)
    expect(await lane()).toEqual([])
    expect(JSON.stringify(await out.db.selectFrom('deeds').selectAll().execute())).not.toContain('Ціна')
    expect(await out.db.selectFrom('message_versions').selectAll().execute()).toEqual([])
  })

  test('what it said before each edit is kept, with its time', async () => {
    const id = await sentText('Ціна 100')
    const { sent_at } = await shown(id)
    for (const text of ['Ціна 120', 'Ціна 110']) {
      out.now += 1_000
      await edit(out.deps, out.agent, id, { text })
    }
    const { items } = await listVersions(out.db, id, {})
    expect(items).toEqual([
      { text: 'Ціна 100', written_at: sent_at },
      { text: 'Ціна 120', written_at: new Date(out.now - 1_000).toISOString() },
    ])
    await takeBack(out.deps, out.agent, id)
    expect((await listVersions(out.db, id, {})).items).toEqual([])
  })

  test('a deed keeps its place among the messages of its conversation', async () => {
    const id = await sentText('one')
    out.answer = async (said) => ({ id: idOf(said), state: 'sending', proofMs: 90_000 })
    await enqueue(out.deps, out.agent, conversation, { text: 'two' })
    await react(out.deps, out.agent, id, '👍')
    await enqueue(out.deps, out.agent, conversation, { text: 'three' })
    const other = await out.chat()
    await enqueue(out.deps, out.agent, other.id, { text: 'elsewhere' })
    for (const place of [2, 3, 4]) {
      await out.until(`line ${place}`, () => out.sent.filter((said) => !('text' in said) || said.text !== 'elsewhere').length >= place)
      const last = out.sent.findLast((said) => !('text' in said) || said.text !== 'elsewhere')
      await out.hear(conversation, { type: 'receipt', target: idOf(last), upTo: false, state: 'sent' })
    }
    const order = out.sent.map((said) => ('text' in said ? said.text : said.type)).filter((what) => what !== 'elsewhere')
    expect(order).toEqual(['one', 'two', 'react', 'three'])
    expect(out.sent).toHaveLength(5)
  })
})

test('the echo tells the id when the answer was lost, and the word on it is found then', async () => {
  const id = await (async () => {
    out.start()
    return sentText('hello')
  })()
  const lost = Promise.withResolvers<Sent>()
  out.answer = () => lost.promise
  await edit(out.deps, out.agent, id, { text: 'bye' })
  await out.until('the edit', () => deeds().length === 1)
  const [deed] = deeds()
  const sender = { id: '@us' as ExternalId, isUs: true }
  await out.hear(conversation, { type: 'receipt', target: '$edit', upTo: false, state: 'sent' })
  await out.hear(conversation, {
    type: 'edit',
    id: '$edit',
    target: idOf(out.sent[0]),
    sender,
    content: { type: 'text', text: 'bye' },
    silent: false,
    attempt: deed?.attempt,
  })
  expect(await shown(id)).not.toHaveProperty('change')
  expect(await lane()).toEqual([])
  lost.resolve({ id: '$edit' as ExternalId, state: 'sending', proofMs: 90_000 })
  expect(await shown(id)).toMatchObject({ text: 'bye' })
})

describe('what is refused for certain is put back, and says why', () => {
  const refuse = async (said: OutboundMessage | OutboundDeed): Promise<Sent> => {
    if ('content' in said) return { id: idOf(said), state: 'sent', proofMs: 0 }
    throw new SendError('unsupported', 'the message is too old to be edited', { certain: true, retryAfterMs: null })
  }
  beforeEach(() => {
    out.answer = refuse
    out.start()
  })
  const failed = (kind: string) => ({
    kind,
    status: 'failed',
    error: { code: 'unsupported', detail: 'the message is too old to be edited' },
  })

  test.each(['edit', 'delete', 'react', 'unreact'] as const)('%s', async (what) => {
    const id = await sentText('as it was')
    if (what === 'unreact') {
      out.answer = async (said) => ({ id: idOf(said), state: 'sent', proofMs: 0 })
      await react(out.deps, out.agent, id, '👍')
      await out.until('the reaction', async () => !('change' in (await shown(id))))
      out.answer = refuse
    }
    const before = await shown(id)
    if (what === 'edit') await edit(out.deps, out.agent, id, { text: 'other' })
    if (what === 'delete') await takeBack(out.deps, out.agent, id)
    if (what === 'react') await react(out.deps, out.agent, id, '👎')
    if (what === 'unreact') await react(out.deps, out.agent, id, null)
    await out.until('the refusal', async () => (await shown(id)).change?.status === 'failed')
    const { change, ...now } = await shown(id)
    expect(now).toEqual(before)
    expect((await listVersions(out.db, id, {})).items).toEqual([])
    expect(change).toMatchObject(failed(what === 'react' || what === 'unreact' ? 'reaction' : what))
    expect(await lane()).toEqual([])
  })

  test.each(['which tells whose it is', 'which tells nothing'])(
    'by the bridge, later; the homeserver shows its own redaction, %s',
    async (which) => {
      const id = await sentText('as it was')
      out.answer = async (said) => ({ id: idOf(said), state: 'sending', proofMs: 90_000 })
      await takeBack(out.deps, out.agent, id)
      await out.until('the deletion', () => deeds().length === 1)
      const by = { id: '@us' as ExternalId, isUs: true }
      // The homeserver has redacted it by then, and shows us so, again and again.
      const attempt = which === 'which tells nothing' ? {} : { attempt: deeds()[0]?.attempt }
      const echo = { type: 'delete', id: idOf(deeds()[0]), target: idOf(out.sent[0]), by, ...attempt }
      await out.hear(conversation, echo)
      const error = { code: 'unsupported', detail: 'the message is too old to be deleted', retryable: true, certain: true }
      await out.hear(conversation, { type: 'receipt', target: idOf(deeds()[0]), upTo: false, state: 'failed', error })
      await out.hear(conversation, echo)
      expect(await shown(id)).toMatchObject({
        text: 'as it was',
        change: { kind: 'delete', status: 'failed', error: { detail: 'the message is too old to be deleted' } },
      })
      expect(await shown(id)).not.toHaveProperty('deleted_at')
    },
  )

  test('the first of two, while the second is under way: what stood before both comes back', async () => {
    const id = await sentText('first')
    const waiting = Promise.withResolvers<void>()
    out.answer = async (said) => {
      await waiting.promise
      return refuse(said)
    }
    await edit(out.deps, out.agent, id, { text: 'second' })
    await edit(out.deps, out.agent, id, { text: 'third' })
    expect(await shown(id)).toMatchObject({ text: 'third' })
    waiting.resolve()
    await out.until('both refusals', async () => (await lane()).length === 0)
    expect(await shown(id)).toMatchObject({ text: 'first' })
    expect(await shown(id)).not.toHaveProperty('edited_at')
  })
})

test('doubt is said, never repeated, and the lane goes on', async () => {
  out.start()
  const id = await sentText('hello')
  out.answer = async (said) => ({ id: idOf(said), state: 'sending', proofMs: 1_000 })
  await react(out.deps, out.agent, id, '👍')
  await out.until('the reaction', () => deeds().length === 1)
  await out.until('its id', async () => (await out.db.selectFrom('deeds').select('external_id').executeTakeFirst())?.external_id !== null)
  out.now += 2_000
  await out.until('doubt', async () => (await shown(id)).change?.status === 'unconfirmed')
  expect(await lane()).toEqual([])
  expect(deeds()).toHaveLength(1)
  await out.hear(conversation, { type: 'receipt', target: idOf(deeds()[0]), upTo: false, state: 'sent' })
  expect(await shown(id)).not.toHaveProperty('change')
})

test('a deed that waited until it was too old is not tried any more', async () => {
  const worker = out.start()
  const id = await sentText('hello')
  await worker.stop()
  await takeBack(out.deps, out.agent, id)
  out.now += 3 * 86_400_000
  out.start()
  await out.until('the refusal', async () => (await shown(id)).change?.status === 'failed')
  expect(deeds()).toEqual([])
  expect(await shown(id)).toMatchObject({ text: 'hello' })
})

test('what a dead process had in hand is done again by the next, as the same deed', async () => {
  const worker = out.start()
  const id = await sentText('hello')
  await worker.stop()
  const hung = Promise.withResolvers<Sent>()
  out.answer = () => hung.promise
  await react(out.deps, out.agent, id, '👍')
  out.start()
  await out.until('the reaction', () => deeds().length === 1)
  out.answer = async (said) => ({ id: idOf(said), state: 'sent', proofMs: 0 })
  out.now += 30_000
  await out.until('the next try', async () => !('change' in (await shown(id))))
  expect(deeds()).toHaveLength(2)
  expect(new Set(deeds().map((deed) => deed.attempt)).size).toBe(1)
  hung.resolve({ id: '$late' as ExternalId, state: 'sent', proofMs: 0 })
})

describe('what cannot be done is refused in words, and nothing is stored', () => {
  const minute = 60_000
  test.each<[what: string, words: RegExp, prepare: () => Promise<MessageId>, act: (id: MessageId) => Promise<unknown>]>([
    ['an edit after 15 minutes', /for 15 minutes only/, () => aged(16 * minute), (id) => edit(out.deps, out.agent, id, { text: 'x' })],
    ['a deletion after 2 days', /for 2 days only/, () => aged(49 * 60 * minute), (id) => takeBack(out.deps, out.agent, id)],
    [
      "the contact's message edited",
      /Only what was sent from this number/,
      async () => theirs,
      (id) => edit(out.deps, out.agent, id, { text: 'x' }),
    ],
    ["the contact's message deleted", /Only what was sent from this number/, async () => theirs, (id) => takeBack(out.deps, out.agent, id)],
    ['what is still queued', /not reached WhatsApp yet/, () => queued(), (id) => edit(out.deps, out.agent, id, { text: 'x' })],
    ['what failed', /never sent/, () => failedText(), (id) => react(out.deps, out.agent, id, '👍')],
    ['what is deleted', /deleted already/, () => deletedText(), (id) => react(out.deps, out.agent, id, '👍')],
    ['where nobody can react', /react/, () => limited({ reaction: false }), (id) => react(out.deps, out.agent, id, '👍')],
    ['where nothing is edited', /cannot be changed/, () => limited({ edit: false }), (id) => edit(out.deps, out.agent, id, { text: 'x' })],
    [
      'where nothing is deleted',
      /cannot be deleted for everyone/,
      () => limited({ delete_for_everyone: false }),
      (id) => takeBack(out.deps, out.agent, id),
    ],
  ])('%s', async (_, words, prepare, act) => {
    const id = await prepare()
    const before = await shown(id)
    const known = await out.db.selectFrom('deeds').select('id').execute()
    await expect(act(id)).rejects.toMatchObject({ code: 'unsupported', message: expect.stringMatching(words) })
    expect(await shown(id)).toEqual(before)
    expect(await out.db.selectFrom('deeds').select('id').execute()).toEqual(known)
  })

  test('a reaction is one emoji', async () => {
    for (const emoji of ['x', 'ok', '👍👍', '1', ' 👍', '<b>']) {
      await expect(react(out.deps, out.agent, theirs, emoji)).rejects.toMatchObject({
        code: 'invalid_request',
        fields: [{ pointer: '/emoji' }],
      })
    }
    for (const emoji of ['👍', '❤️', '❤', '👩‍💻', '🇺🇦', '1️⃣', '👍🏽']) await react(out.deps, out.agent, theirs, emoji)
    expect((await shown(theirs)).reactions).toMatchObject([{ emoji: '👍🏽' }])
  })

  async function aged(ms: number): Promise<MessageId> {
    out.start()
    const id = await sentText('old')
    out.now += ms
    return id
  }
  const queued = () => enqueue(out.deps, out.agent, conversation, { text: 'queued' })
  async function failedText(): Promise<MessageId> {
    out.answer = async () => {
      throw new SendError('provider_rejected', 'no', { certain: true, retryAfterMs: null })
    }
    out.start()
    const id = await queued()
    await out.until('the failure', async () => (await shown(id)).status === 'failed')
    return id
  }
  async function deletedText(): Promise<MessageId> {
    out.start()
    const id = await sentText('gone')
    await takeBack(out.deps, out.agent, id)
    await out.until('the deletion', async () => !('change' in (await shown(id))))
    return id
  }
  async function limited(change: Partial<Outgoing['limits']>): Promise<MessageId> {
    out.start()
    out.limits = { ...out.limits, ...change }
    return sentText('hello')
  }
})

test('a deed leaves the retry of its message alone', async () => {
  out.answer = async () => {
    throw new SendError('provider_rejected', 'no', { certain: true, retryAfterMs: null })
  }
  out.start()
  const id = await enqueue(out.deps, out.agent, conversation, { text: 'again' })
  await out.until('the failure', async () => (await shown(id)).status === 'failed')
  out.answer = async (said) => ({ id: idOf(said), state: 'sent', proofMs: 0 })
  await retry(out.deps, out.agent, id)
  await out.until('the retry', async () => (await shown(id)).status === 'sent')
  await edit(out.deps, out.agent, id, { text: 'at last' })
  await out.until('the edit', async () => !('change' in (await shown(id))))
  expect(await shown(id)).toMatchObject({ text: 'at last', status: 'sent', attempt: 2 })
})
