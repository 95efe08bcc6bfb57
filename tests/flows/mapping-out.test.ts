import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Call } from '../../contract/api.ts'
import type { Conversation } from '../../contract/conversation.ts'
import type { Message } from '../../contract/message.ts'
import { sampleOf } from '../../sandbox/control/samples.ts'
import { waitFor } from '../e2e/wait.ts'
import { type Person, signIn } from '../support/api-client.ts'
import { openFfmpeg } from '../support/ffmpeg.ts'
import { commandPrefix, isOnSynapse, openHere } from '../support/here.ts'
import { conversationsOf, findMessage, linkByQr, messagesOf, sendAndDeliver, settled } from '../support/inbox.ts'
import { type PhoneMessage, sha256 } from '../support/phones.ts'
import type { World } from '../support/world.ts'

const ours = '+380501110001'
const second = '+380501110002'
const olena = '+380671234567'
const petro = '+380671234568'
const synapseTakes = 100 * 1024 * 1024
const note = sampleOf('voice').bytes
const webm = new Uint8Array([0x1a, 0x45, 0xdf, 0xa3, 1, 2, 3])

type Input = Call<'sendMessage'>['body']

/** From the inbox to WhatsApp: each row of protocol/bridge.md 5.2 over the running product, and the numbers of its section 13. */
describe('inbox to WhatsApp', { timeout: isOnSynapse ? 180_000 : 60_000 }, () => {
  const ffmpeg = openFfmpeg(note)
  let world: World
  let admin: Person
  let chat: Conversation
  let theirs: Message

  beforeAll(async () => {
    world = await openHere({ registered: true, intake: 'push_and_sync', ffmpeg: ffmpeg.program })
    const account = { email: 'admin@example.org', name: 'Admin', password: 'a password of the first admin' }
    admin = await signIn(world.product.url, { ...account, setup_token: await world.product.setupToken() })
    await admin.call('saveMatrixSystemConfig', { body: world.settings })
    const days = (count: number) => new Date(Date.now() - count * 86_400_000).toISOString()
    const messages = [
      { sent_at: days(3), text: 'три дні тому', from_me: true },
      { sent_at: days(1), text: 'вчора', from_me: true },
    ]
    await world.phones.act(ours, 'history', { chats: [{ with: olena, name: 'Олена', messages }] })
    const login = await linkByQr(world, admin, ours)
    await admin.call('updateChannel', { params: { channel_id: login.channel_id ?? '' }, body: { pace: { messages_per_minute: 600 } } })
    await world.phones.write(olena, { to: ours, type: 'text', text: 'Добрий день' })
    chat = await waitFor(async () => (await conversationsOf(admin)).find((one) => one.unread_count === 1), { what: 'the chat' })
    await waitFor(async () => (await messagesOf(admin, chat)).length === 3, { what: 'the history' })
    theirs = (await messagesOf(admin, chat)).at(-1)!
  }, 180_000)
  afterAll(async () => {
    ffmpeg[Symbol.dispose]()
    await world?.[Symbol.asyncDispose]()
  })

  /** Sends, waits for the other side, and gives what WhatsApp has of it. */
  async function delivered(body: Input): Promise<PhoneMessage & Record<string, unknown>> {
    const message = await sendAndDeliver(admin, chat, body)
    return entryOf(message)
  }
  async function entryOf({ external_id }: Message): Promise<PhoneMessage & Record<string, unknown>> {
    const found = (await world.phones.ledger()).filter((entry) => entry.event_id === external_id)
    expect(found, 'a message is on WhatsApp once').toHaveLength(1)
    return found[0] as PhoneMessage & Record<string, unknown>
  }
  /** A message as the contact's phone shows it. */
  async function onPhone(
    text: string,
  ): Promise<(PhoneMessage & { edited?: boolean; reactions?: unknown[]; revoked?: boolean }) | undefined> {
    return (await world.phones.received(olena)).find((message) => message.text === text)
  }
  const upload = async (bytes: Uint8Array, mimeType: string, name: string) =>
    (await admin.upload(new Uint8Array(bytes), mimeType, name)).id as NonNullable<Input['attachments']>[number]['media_id']
  const withFile = async (type: Input['type'], bytes: Uint8Array, mimeType: string, name: string, more: object = {}) =>
    ({ type, attachments: [{ media_id: await upload(bytes, mimeType, name), ...more }] }) as Input
  const refusedSend = (body: Input) => admin.refused('sendMessage', { params: { conversation_id: chat.id }, body })
  const now = async (message: Pick<Message, 'id' | 'conversation_id'>) => (await findMessage(admin, message))!
  const confirmed = (message: Message, what: string) =>
    waitFor(async () => !('change' in (await now(message))), { what: `${what} to be confirmed`, timeout: 30_000 })

  test('13.18 a text, with its marks as they were typed', async () => {
    expect(await delivered({ text: '*жирний* _курсив_ <b>не тег</b> & решта' })).toMatchObject({
      type: 'text',
      text: '*жирний* _курсив_ <b>не тег</b> & решта',
    })
  })

  test.each<[where: string, body: () => Promise<Input>, arrived: object]>([
    ['a text', async () => ({ text: `${commandPrefix} logout` }), { type: 'text', text: `${commandPrefix} logout` }],
    [
      'a word that begins like one',
      async () => ({ text: `${commandPrefix}iting for you` }),
      { type: 'text', text: `${commandPrefix}iting for you` },
    ],
    [
      'a reply that quotes by hand',
      async () => ({ text: `> <a>\n${commandPrefix} logout`, reply_to_id: theirs.id }),
      { type: 'text', text: `> <a>\n${commandPrefix} logout` },
    ],
    [
      'a caption',
      async () => ({ ...(await withFile('image', sampleOf('image').bytes, 'image/jpeg', 'a.jpg')), text: `${commandPrefix} logout` }),
      { type: 'image', text: `${commandPrefix} logout` },
    ],
    [
      'the name of a file',
      () => withFile('document', new Uint8Array([1]), 'application/pdf', `${commandPrefix}.pdf`),
      { type: 'document' },
    ],
    [
      'the name of a place',
      async () => ({ type: 'location', location: { latitude: 50.45, longitude: 30.52, name: `${commandPrefix} logout` } }),
      { type: 'location' },
    ],
    [
      'a question',
      async () => ({ type: 'poll', poll: { question: `${commandPrefix} logout`, options: [commandPrefix, 'ні'], max_choices: 1 } }),
      { type: 'poll', question: `${commandPrefix} logout`, options: [commandPrefix, 'ні'] },
    ],
  ])('13.18 what looks like a command runs nothing and arrives: %s', async (_, body, arrived) => {
    expect(await delivered(await body())).toMatchObject(arrived)
    expect(await world.phones.isLinked(ours)).toBe(true)
  })

  test('13.18 people are named so that their phones tell them', async () => {
    const contactId = chat.contact!.id
    const text = 'Дякую, @Олена <3!'
    const sent = await sendAndDeliver(admin, chat, { text, mentions: [{ contact_id: contactId, offset: 7, length: 6 }] })
    expect(sent).toMatchObject({ text, mentions: [{ contact_id: contactId, offset: 7, length: 6 }] })
    expect(await entryOf(sent)).toMatchObject({ text: `Дякую, @${olena.slice(1)} <3!`, mentions: [olena] })
    const outside = { contact_id: contactId, offset: 30, length: 1 }
    expect(await refusedSend({ text: 'Привіт', mentions: [outside] })).toMatchObject({ status: 400, errors: [{ pointer: '/mentions/0' }] })
    const stranger = { contact_id: 'con_0' as typeof contactId, offset: 0, length: 1 }
    expect(await refusedSend({ text: 'Привіт', mentions: [stranger] })).toMatchObject({
      status: 400,
      errors: [{ pointer: '/mentions/0/contact_id' }],
    })
  })

  test('13.18 a reply stands under what it answers', async () => {
    const asked = (await world.phones.ledger()).find((entry) => entry.text === 'Добрий день')
    expect(await delivered({ text: 'Вітаю', reply_to_id: theirs.id })).toMatchObject({ text: 'Вітаю', reply_to: asked?.id })
  })

  test('13.17 a text of ours is edited; what is too old or the contact’s is not', async () => {
    const message = await sendAndDeliver(admin, chat, { text: 'Ціна 100' })
    const params = { message_id: message.id }
    const edited = await admin.call('editMessage', { params, body: { text: `Ціна 120 ${commandPrefix}` } })
    expect(edited).toMatchObject({
      text: `Ціна 120 ${commandPrefix}`,
      edited_at: expect.any(String),
      change: { kind: 'edit', status: 'pending' },
    })
    await confirmed(message, 'the edit')
    expect(await onPhone(`Ціна 120 ${commandPrefix}`)).toMatchObject({ edited: true })
    await admin.call('editMessage', { params, body: { text: `${commandPrefix} logout` } })
    await confirmed(message, 'an edit that looks like a command')
    expect(await onPhone(`${commandPrefix} logout`)).toBeDefined()
    const yesterday = (await messagesOf(admin, chat)).find((one) => 'text' in one && one.text === 'вчора')!
    expect(await admin.refused('editMessage', { params: { message_id: yesterday.id }, body: { text: 'x' } })).toMatchObject({
      status: 422,
      code: 'unsupported',
      detail: expect.stringContaining('15 minutes'),
    })
    expect(await admin.refused('editMessage', { params: { message_id: theirs.id }, body: { text: 'x' } })).toMatchObject({ status: 422 })
  })

  test('13.17 a message of ours is taken back; what is too old or the contact’s is not', async () => {
    const message = await sendAndDeliver(admin, chat, { text: 'зайве' })
    const { id } = await entryOf(message)
    expect(await admin.call('deleteMessage', { params: { message_id: message.id } })).toMatchObject({ type: 'deleted' })
    await confirmed(message, 'the deletion')
    expect((await world.phones.received(olena)).find((one) => one.id === id)).toMatchObject({ revoked: true })
    const old = (await messagesOf(admin, chat)).find((one) => 'text' in one && one.text === 'три дні тому')!
    const refused = await admin.refused('deleteMessage', { params: { message_id: old.id } })
    expect(refused).toMatchObject({ status: 422, detail: expect.stringContaining('2 days') })
    expect(await admin.refused('deleteMessage', { params: { message_id: theirs.id } })).toMatchObject({ status: 422 })
    const yesterday = (await messagesOf(admin, chat)).find((one) => 'text' in one && one.text === 'вчора')!
    await admin.call('deleteMessage', { params: { message_id: yesterday.id } })
    await confirmed(yesterday, 'the deletion of what was written on the phone')
  })

  test('13.17 a reaction, another in its place, the first again, and none', async () => {
    const params = { message_id: theirs.id }
    const reactions = async () => {
      const entry = (await world.phones.ledger()).filter((one) => one.type === 'reaction')
      return entry.map((one) => (one as { emoji?: string }).emoji)
    }
    for (const emoji of ['👍', '❤️', '👍']) {
      expect(await admin.call('setReaction', { params, body: { emoji } })).toMatchObject({ reactions: [{ emoji }] })
      await confirmed(theirs, emoji)
    }
    await admin.call('setReaction', { params, body: { emoji: '👍' } })
    expect(await admin.call('removeReaction', { params })).toMatchObject({ reactions: [] })
    await confirmed(theirs, 'taking it back')
    expect(await reactions()).toEqual(['👍', '❤', '👍', ''])
    expect((await now(theirs)).reactions).toEqual([])
  })

  test('13.17 what the bridge refuses is put back, and says why', async () => {
    const message = await sendAndDeliver(admin, chat, { text: 'стоїть' })
    for (const deed of ['edit', 'delete', 'reaction'] as const) {
      await world.phones.fault({ target: 'bridge', leg: 'message', kind: 'refuse' })
      const params = { message_id: message.id }
      if (deed === 'edit') await admin.call('editMessage', { params, body: { text: 'інше' } })
      if (deed === 'delete') await admin.call('deleteMessage', { params })
      if (deed === 'reaction') await admin.call('setReaction', { params, body: { emoji: '👎' } })
      const failed = async () => (await now(message)).change?.status === 'failed'
      await waitFor(failed, { what: `the ${deed} to be refused`, timeout: 30_000 })
      expect(await now(message)).toMatchObject({
        text: 'стоїть',
        reactions: [],
        change: { kind: deed, error: { code: 'unsupported', detail: 'WhatsApp refuses this kind of message' } },
      })
    }
    expect(await onPhone('стоїть')).not.toHaveProperty('reactions')
  })

  test.each<[what: string, type: Input['type'], bytes: Uint8Array, mimeType: string, arrives: string]>([
    ['a JPEG', 'image', sampleOf('image').bytes, 'image/jpeg', 'image'],
    ['a PNG', 'image', new Uint8Array([0x89, 0x50]), 'image/png', 'image'],
    ['a WebP', 'image', new Uint8Array([1, 2]), 'image/webp', 'image'],
    ['an MP4', 'video', sampleOf('video').bytes, 'video/mp4', 'video'],
    ['a 3GP', 'video', new Uint8Array([3]), 'video/3gpp', 'video'],
    ['an MP3', 'audio', sampleOf('audio').bytes, 'audio/mpeg', 'audio'],
    ['an AAC', 'audio', new Uint8Array([4]), 'audio/aac', 'audio'],
    ['an M4A', 'audio', new Uint8Array([5]), 'audio/mp4', 'audio'],
    ['an Ogg that is no voice note', 'audio', note, 'audio/ogg', 'audio'],
    ['a document of any kind', 'document', new Uint8Array([6]), 'application/x-anything', 'document'],
    ['a gif as a document', 'document', new Uint8Array([7]), 'image/gif', 'document'],
    ['a sticker', 'sticker', sampleOf('sticker').bytes, 'image/webp', 'sticker'],
  ])('13.18 %s', async (_, type, bytes, mimeType, arrives) => {
    expect(await delivered(await withFile(type, bytes, mimeType, 'file'))).toMatchObject({
      type: arrives,
      media: { sha256: sha256(bytes) },
    })
  })

  test('13.18 a video can play as a gif, and nothing else can', async () => {
    const bytes = sampleOf('video').bytes
    const sent = await sendAndDeliver(admin, chat, await withFile('video', bytes, 'video/mp4', 'a.mp4', { gif: true }))
    expect(sent).toMatchObject({ attachments: [{ gif: true }] })
    expect(await entryOf(sent)).toMatchObject({ type: 'video', gif: true })
    expect(await refusedSend(await withFile('image', sampleOf('image').bytes, 'image/jpeg', 'a.jpg', { gif: true }))).toMatchObject({
      status: 400,
      errors: [{ pointer: '/attachments/0/gif' }],
    })
  })

  test('13.18 a caption stands under its file, even one that says no more than the file’s name', async () => {
    const picture = sampleOf('image').bytes
    const body = await withFile('image', picture, 'image/jpeg', 'a.jpg')
    expect(await delivered({ ...body, text: 'Ось *така*' })).toMatchObject({ type: 'image', text: 'Ось *така*' })
    expect(await delivered({ ...(await withFile('image', picture, 'image/jpeg', 'a.jpg')), text: 'a.jpg' })).toMatchObject({
      text: 'a.jpg',
    })
  })

  test('13.18 a recording of a browser becomes a voice note, and one that is one stays as it is', async () => {
    const recorded = await withFile('audio', webm, 'audio/webm;codecs=opus', 'recording.webm', { voice: true })
    const message = await sendAndDeliver(admin, chat, recorded)
    expect(await entryOf(message)).toMatchObject({ type: 'voice', media: { sha256: sha256(note) }, duration_ms: 3_000 })
    expect(message).toMatchObject({ type: 'audio', attachments: [{ mime_type: 'audio/ogg', voice: true, size_bytes: note.length }] })
    const calls = readFileSync(ffmpeg.calls, 'utf8').trim().split('\n')
    expect(calls).toEqual([expect.stringContaining('libopus')])
    const own = await withFile('audio', note, 'application/octet-stream', 'v', { voice: true })
    expect(await delivered(own)).toMatchObject({ type: 'voice', media: { sha256: sha256(note) } })
    expect(readFileSync(ffmpeg.calls, 'utf8').trim().split('\n')).toHaveLength(1)
  })

  test('13.18 a recording that ffmpeg cannot read fails in words, and the next message goes', async () => {
    const broken = await withFile('audio', new Uint8Array([1, 2, 3, 4]), 'audio/webm', 'broken.webm', { voice: true })
    const message = await admin.call('sendMessage', { params: { conversation_id: chat.id }, body: broken })
    await waitFor(async () => (await now(message)).status === 'failed', { what: 'the failure', timeout: 30_000 })
    expect((await now(message)).error).toMatchObject({ code: 'unsupported', detail: expect.stringContaining('Send it as a document') })
    expect(await delivered({ text: 'далі' })).toMatchObject({ text: 'далі' })
  })

  test('13.18 a place and a poll', async () => {
    const location = { latitude: 50.4501, longitude: 30.5234, name: 'Офіс', address: 'Хрещатик, 1' }
    expect(await delivered({ type: 'location', location })).toMatchObject({
      type: 'location',
      location: { latitude: 50.4501, longitude: 30.5234, name: 'Офіс\nХрещатик, 1' },
    })
    const options = Array.from({ length: 12 }, (_, index) => `варіант ${index}`)
    expect(await delivered({ type: 'poll', poll: { question: 'Коли?', options, max_choices: 2 } })).toMatchObject({
      type: 'poll',
      question: 'Коли?',
      options,
      selectable: 2,
    })
  })

  test.each<[what: string, body: () => Promise<Input>, status: number, words: RegExp]>([
    ['a gif as a picture', () => withFile('image', webm, 'image/gif', 'a.gif'), 422, /does not take image\/gif.*document/],
    ['a video of a browser', () => withFile('video', webm, 'video/webm', 'a.webm'), 422, /does not take video\/webm.*document/],
    ['a sound of a browser', () => withFile('audio', webm, 'audio/webm', 'a.webm'), 422, /does not take audio\/webm.*document/],
    [
      'words under a sound',
      async () => ({ ...(await withFile('audio', note, 'audio/ogg', 'a')), text: 'x' }),
      422,
      /Nothing can be written/,
    ],
    ['a contact card', async () => ({ type: 'contacts', contacts: [{ name: 'Ігор', phones: ['+380501112233'] }] }), 422, /Contact cards/],
    ['more than an event holds', async () => ({ text: 'ї'.repeat(31_000) }), 422, /too long.*in parts/],
    [
      'a poll of 13',
      async () => ({ type: 'poll', poll: { question: '?', options: Array.from({ length: 13 }, String), max_choices: 1 } }),
      400,
      /./,
    ],
    ['a poll of twins', async () => ({ type: 'poll', poll: { question: '?', options: ['a', 'a'], max_choices: 1 } }), 400, /./],
    ['a long option', async () => ({ type: 'poll', poll: { question: '?', options: ['a', 'x'.repeat(101)], max_choices: 1 } }), 400, /./],
    ['more choices than options', async () => ({ type: 'poll', poll: { question: '?', options: ['a', 'b'], max_choices: 3 } }), 400, /./],
  ])('13.18 %s is refused in words, and nothing is stored', async (_, body, status, words) => {
    const before = (await messagesOf(admin, chat)).length
    const problem = await refusedSend(await body())
    expect(problem).toMatchObject({ status, detail: expect.stringMatching(words) })
    expect((await messagesOf(admin, chat)).length).toBe(before)
  })

  test('13.18 what can be done here is told by the room, the homeserver and this machine', async () => {
    const told = await admin.call('getCapabilities', { params: { conversation_id: chat.id } })
    expect(told).toMatchObject({
      reply: true,
      reaction: true,
      edit: { max_age_seconds: 900 },
      delete_for_everyone: { max_age_seconds: 172_800 },
      typing: true,
      read_receipts: true,
      other: ['location', 'poll'],
      voice: ['audio/ogg', 'audio/*'],
    })
    expect(told.files.document?.max_bytes, 'no more than the homeserver takes').toBe(isOnSynapse ? synapseTakes : 52_428_800)
  })

  test('13.18 typing is seen on the other side', async () => {
    await linkByQr(world, admin, second)
    await world.phones.write(second, { to: ours, type: 'text', text: 'з другого номера' })
    const find = async () => {
      const all = await conversationsOf(admin)
      const [mine, other] = [ours, second].map((phone) => all.find((one) => one.contact?.phone === phone))
      return mine !== undefined && other !== undefined && { mine, other }
    }
    const { mine, other } = await waitFor(find, { what: 'the chat from both sides', timeout: 30_000 })
    const stream = await admin.follow()
    for (const on of [true, false]) {
      await admin.call('setTyping', { params: { conversation_id: other.id }, body: { on } })
      const told = () => stream.typing.some((one) => one.conversation_id === mine.id && one.on === on)
      await waitFor(told, { what: `typing ${on} to be told`, timeout: 30_000 })
    }
    expect(stream.typing.at(-1)).toMatchObject({ conversation_id: mine.id, on: false })
    stream.close()
  })

  test('13.18 in a group, whoever has written can be named, and each message stays one', async () => {
    const group = await world.phones.group('Ремонт', [ours, olena, petro])
    await world.phones.write(petro, { group, type: 'text', text: 'Хто завтра?' })
    const find = async () => (await conversationsOf(admin)).find((one) => one.name === 'Ремонт')
    const room = await waitFor(find, { what: 'the group', timeout: 30_000 })
    const asked = await waitFor(async () => (await messagesOf(admin, room)).at(-1), { what: 'the question', timeout: 30_000 })
    const mentions = [{ contact_id: asked.sender.id as NonNullable<Input['mentions']>[number]['contact_id'], offset: 0, length: 6 }]
    const answer = await sendAndDeliver(admin, room, { text: '@Петро, я', mentions, reply_to_id: asked.id })
    expect(await entryOf(answer)).toMatchObject({ text: `@${petro.slice(1)}, я`, mentions: [petro], group })
    await admin.call('setReaction', { params: { message_id: asked.id }, body: { emoji: '🙏' } })
    await confirmed(asked, 'the reaction')
  })

  test('at the end nothing waits, and nothing could not be read', async () => {
    await settled(admin)
    expect(await admin.call('getOperations')).toMatchObject({ dead_letters: 0, outbox_waiting: 0, jobs_waiting: 0 })
  })
})
