import { expect } from 'vitest'
import type { Typing } from '../../../contract/event.ts'
import type { Message } from '../../../contract/message.ts'
import { waitFor } from '../../e2e/wait.ts'
import { isReady, olena, ours, petro, type Scene } from './scene.ts'

type Step = (scene: Scene) => Promise<void>

const inOrder = (a: string, b: string) => a.localeCompare(b)
const byName = (a: readonly string[], b: readonly string[]) => inOrder(a[0] ?? '', b[0] ?? '')
const textOf = (message: Message) => ('text' in message ? message.text : undefined)
const act = ({ world }: Scene, phone: string, deed: string, body: object) => world.phones.act(phone, deed, body)

/** What happens to messages after they came, and what refers to others, by the rows of protocol/bridge.md 5.1. */
export const changes: readonly (readonly [row: string, run: Step])[] = [
  ['13.15 reply to a message that is known', reply],
  ['13.15 reply to a message that is not known', replyToUnknown],
  ['13.15 comment in an announcement group', comment],
  ['13.15 poll votes: given, changed, withdrawn, and ours from the phone', votes],
  ['13.17 edit of a text and of a caption', edits],
  ['13.17 revoke; delete for me', deletions],
  ['13.17 message disappeared', disappearance],
  ['13.17 reactions: given, changed, removed, and ours from the phone', reactions],
  ['13.16 undecryptable, then the late content', lateContent],
  ['13.16 media that is not on the server, then found', lateMedia],
  ['13.16 media that is not on the server, and never found', lostMedia],
  ['13.16 HD replacement of an image', replacement],
  ['13.15 an album: the notice, then its media', album],
  ['13.15 disappearing timer changed', timer],
  ['13.12, 13.13 own messages from the phone', fromPhone],
  ['typing', typing],
]

async function reply(scene: Scene): Promise<void> {
  const question = await scene.arrives(olena, { text: 'Скільки?' })
  const { message } = await scene.arrives(olena, { text: 'Я про фарбу', reply_to: question.sent.id })
  expect(message.reply_to).toMatchObject({ id: question.message.id, preview: 'Скільки?', sender_name: 'Олена Коваль' })
}

async function replyToUnknown(scene: Scene): Promise<void> {
  const { message } = await scene.arrives(olena, { text: 'Так, це', reply_to: 'UNKNOWN' })
  expect(message).not.toHaveProperty('reply_to')
}

async function comment(scene: Scene): Promise<void> {
  const group = await scene.world.phones.group('Оголошення', [ours, olena, petro])
  const post = await scene.arrives(olena, { group, text: 'Знижки' })
  const { message } = await scene.arrives(petro, { group, text: 'Чудово', reply_to: post.sent.id, comment: true })
  expect(message).toMatchObject({ text: 'Чудово', reply_to: { id: post.message.id, preview: 'Знижки' } })
}

async function votes(scene: Scene): Promise<void> {
  const group = await scene.world.phones.group('Опитування', [ours, olena, petro])
  const { sent, message } = await scene.arrives(olena, { group, type: 'poll', question: 'Чай?', options: ['так', 'ні'], selectable: 2 })
  const showsVotes = async (expected: readonly (readonly string[])[]) => {
    const look = async () => {
      const now = await scene.shows(sent)
      const said = now.type === 'poll' ? (now.poll.votes ?? []).map(({ sender, options }) => [sender.name, ...options]) : []
      return JSON.stringify(said.toSorted(byName)) === JSON.stringify(expected.toSorted(byName)) && said
    }
    await waitFor(look, { what: `the votes ${JSON.stringify(expected)}` })
  }
  const vote = (phone: string, options: readonly string[]) => act(scene, phone, 'vote', { message_id: sent.id, options })
  expect(message).toMatchObject({ poll: { votes: [], max_choices: 2 } })
  await vote(petro, ['так', 'ні'])
  await showsVotes([['Петро Мельник', 'так', 'ні']])
  await vote(petro, ['ні'])
  await vote(ours, ['так'])
  const us = (await scene.admin.call('listChannels')).items[0]?.name ?? ''
  await showsVotes([
    [us, 'так'],
    ['Петро Мельник', 'ні'],
  ])
  await vote(petro, [])
  await showsVotes([[us, 'так']])
}

async function edits(scene: Scene): Promise<void> {
  const text = await scene.arrives(olena, { text: 'п’ять' })
  await act(scene, olena, 'edit', { message_id: text.sent.id, text: 'шість' })
  const edited = await scene.shows(text.sent, (message) => textOf(message) === 'шість')
  expect(edited).toMatchObject({ id: text.message.id, edited_at: expect.any(String), sent_at: text.message.sent_at })
  const image = await scene.arrives(olena, { type: 'image', text: 'стара' })
  await act(scene, olena, 'edit', { message_id: image.sent.id, text: 'нова' })
  const caption = await scene.shows(image.sent, (message) => textOf(message) === 'нова' && isReady(message))
  expect(caption).toMatchObject({ type: 'image', edited_at: expect.any(String) })
}

async function deletions(scene: Scene): Promise<void> {
  for (const deed of ['revoke', 'delete_for_me'] as const) {
    const { sent } = await scene.arrives(olena, { text: 'помилка' })
    // WhatsApp does not tell the one from the other (protocol/bridge.md 5.1).
    await act(scene, deed === 'revoke' ? olena : ours, deed, { message_id: sent.id })
    const gone = await scene.shows(sent, (message) => message.type === 'deleted')
    expect(gone).toMatchObject({ deleted_at: expect.any(String) })
    expect(gone).not.toHaveProperty('deleted')
    expect(gone).not.toHaveProperty('text')
  }
}

async function disappearance(scene: Scene): Promise<void> {
  const { sent } = await scene.arrives(olena, { text: 'секрет' })
  await act(scene, olena, 'disappear', { message_id: sent.id })
  const gone = await scene.shows(sent, (message) => message.type === 'deleted')
  expect(gone).toMatchObject({ deleted: { reason: 'disappeared' } })
}

async function reactions(scene: Scene): Promise<void> {
  const { sent } = await scene.arrives(olena, { text: 'готово' })
  const showsReactions = (expected: readonly string[]) =>
    scene.shows(sent, ({ reactions: all }) => JSON.stringify(all.map(({ emoji }) => emoji).toSorted(inOrder)) === JSON.stringify(expected))
  const react = (phone: string, emoji: string) => act(scene, phone, 'react', { message_id: sent.id, emoji })
  await react(olena, '👍')
  expect((await showsReactions(['👍'])).reactions[0]?.sender).toMatchObject({ name: 'Олена Коваль', is_me: false })
  await react(olena, '🔥')
  await showsReactions(['🔥'])
  await react(ours, '❤️')
  await showsReactions(['❤️', '🔥'].toSorted(inOrder))
  await react(olena, '')
  expect((await showsReactions(['❤️'])).reactions[0]?.sender).toMatchObject({ is_me: true })
}

async function lateContent(scene: Scene): Promise<void> {
  const { sent, message } = await scene.arrives(olena, { type: 'undecryptable' })
  expect(message).toMatchObject({ type: 'unsupported', unsupported: { original_type: 'undecryptable', fallback: expect.any(String) } })
  await act(scene, olena, 'resolve', { message_id: sent.id, text: 'ось воно' })
  const found = await scene.shows(sent, (now) => now.type === 'text')
  expect(found).toMatchObject({ id: message.id, text: 'ось воно', sent_at: message.sent_at })
  expect(found).not.toHaveProperty('edited_at')
}

async function lateMedia(scene: Scene): Promise<void> {
  for (const [type, becomes] of [
    ['image', 'image'],
    ['sticker', 'image'],
    ['document', 'document'],
  ] as const) {
    const { sent, message } = await scene.arrives(olena, { type: 'missing_media', media_type: type })
    expect(message).toMatchObject({ type: 'unsupported', unsupported: { original_type: type } })
    await act(scene, olena, 'resolve', { message_id: sent.id, type })
    const found = await scene.shows(sent, (now) => now.type === becomes && isReady(now))
    expect(found).toMatchObject({ id: message.id, attachments: [{ status: 'ready' }] })
    expect(found).not.toHaveProperty('edited_at')
  }
}

async function lostMedia(scene: Scene): Promise<void> {
  const { sent } = await scene.arrives(olena, { type: 'missing_media', media_type: 'video' })
  await act(scene, olena, 'resolve', { message_id: sent.id, type: 'notice', about: 'media_failed' })
  const lost = await scene.shows(sent, (now) => now.type === 'system')
  expect(textOf(lost)).toMatch(/./)
}

async function replacement(scene: Scene): Promise<void> {
  const { sent, message } = await scene.arrives(olena, { type: 'image', width: 10, height: 10 })
  const before = 'attachments' in message ? message.attachments[0]?.id : undefined
  await act(scene, olena, 'resolve', { message_id: sent.id, type: 'image', width: 100, height: 100 })
  const better = await scene.shows(sent, (now) => 'attachments' in now && now.attachments[0]?.width === 100 && isReady(now))
  expect('attachments' in better ? better.attachments.map((file) => file.id) : []).not.toEqual([before])
  expect(better).not.toHaveProperty('edited_at')
}

async function album(scene: Scene): Promise<void> {
  const { message } = await scene.arrives(olena, { type: 'album', images: 2 })
  const images = [await scene.arrives(olena, { type: 'image' }), await scene.arrives(olena, { type: 'image' })]
  expect(message.type).toBe('system')
  expect(images.map((one) => one.message.type)).toEqual(['image', 'image'])
}

async function timer(scene: Scene): Promise<void> {
  const day = 86_400
  const seconds = async (conversation: string, expected: number | undefined) =>
    waitFor(async () => (await scene.conversation(conversation)).disappearing_seconds === expected, { what: `the timer ${expected}` })
  const on = await scene.arrives(olena, { type: 'timer', ms: day * 1_000 })
  expect(on.message).toMatchObject({ type: 'system', system: { event: 'disappearing_timer', seconds: day } })
  await seconds(on.message.conversation_id, day)
  const off = await scene.arrives(olena, { type: 'timer', ms: 0 })
  expect(off.message).toMatchObject({ system: { event: 'disappearing_timer', seconds: 0 } })
  await seconds(on.message.conversation_id, undefined)
}

async function fromPhone(scene: Scene): Promise<void> {
  const asked = await scene.arrives(olena, { text: 'Ви тут?' })
  const before = await scene.conversation(asked.message.conversation_id)
  expect(before.unread_count).toBeGreaterThan(0)
  const answer = await scene.arrives(ours, { text: 'Так' })
  expect(answer.message).toMatchObject({ direction: 'outbound', origin: 'phone', text: 'Так', sender: { is_me: true } })
  expect(answer.message.conversation_id).toBe(asked.message.conversation_id)
  const image = await scene.arrives(ours, { type: 'image', text: 'ось' })
  expect(image.message).toMatchObject({ direction: 'outbound', type: 'image', text: 'ось' })
  expect((await scene.conversation(asked.message.conversation_id)).unread_count).toBe(0)
}

async function typing(scene: Scene): Promise<void> {
  const { message } = await scene.arrives(olena, { text: 'зараз напишу' })
  const stream = await scene.admin.follow()
  await act(scene, olena, 'typing', { to: ours, on: true })
  const isHers = (said: Typing) => said.conversation_id === message.conversation_id && said.on && said.sender.name === 'Олена Коваль'
  await waitFor(() => stream.typing.some(isHers), { what: 'typing' })
  stream.close()
}
