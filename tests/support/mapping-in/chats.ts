import { expect } from 'vitest'
import type { Conversation } from '../../../contract/conversation.ts'
import { waitFor } from '../../e2e/wait.ts'
import { messagesOf, sendAndDeliver, settled } from '../inbox.ts'
import { olena, ours, petro, type Scene } from './scene.ts'

type Step = (scene: Scene) => Promise<void>

const act = ({ world }: Scene, phone: string, deed: string, body: object) => world.phones.act(phone, deed, body)

/** What happens to chats and the people in them, by the rows of protocol/bridge.md 4.5, 4.7, 5.1 and 8.1. */
export const chats: readonly (readonly [row: string, run: Step])[] = [
  ['13.15 mention in a group: of a contact and of us', mention],
  ['group: name, picture, joins and leaves', group],
  ['group: we are removed', removed],
  ['contact: name and picture', contact],
  ['chat deleted on the phone, and written in again', deletedChat],
  ['13.23 hidden ids: a room is re-keyed', rekeyed],
  ['13.23 hidden ids: two rooms of one person are merged', merged],
  ['13.24 status, channel posts, communities and the management room are kept out', keptOut],
]

async function showsConversation(scene: Scene, id: string, what: string, isIt: (now: Conversation) => boolean): Promise<Conversation> {
  let last: Conversation | undefined
  const look = async () => {
    last = await scene.conversation(id)
    return isIt(last) && last
  }
  return waitFor(look, { what }).catch((error: unknown) => {
    throw new Error(`${String(error)}; it is ${JSON.stringify(last)}`)
  })
}

async function mention(scene: Scene): Promise<void> {
  const id = await scene.world.phones.group('Команда', [ours, olena, petro])
  await scene.arrives(petro, { group: id, text: 'я тут' })
  const text = `Привіт 👋 @${olena.slice(1)} і @${ours.slice(1)}, @${petro.slice(1)} прийде`
  const { message } = await scene.arrives(olena, { group: id, text, mentions: [ours, petro] })
  const [channel] = (await scene.admin.call('listChannels')).items
  const said = 'text' in message ? (message.text ?? '') : ''
  const mentions = 'mentions' in message ? (message.mentions ?? []) : []
  expect(mentions).toHaveLength(2)
  expect(said).toContain(`@${olena.slice(1)} і @`)
  const [us, him] = mentions
  expect(us?.contact_id).toBe(channel?.id)
  expect(said.slice(him?.offset, (him?.offset ?? 0) + (him?.length ?? 0))).toBe('@Петро Мельник')
  const members = await scene.admin.call('listMembers', { params: { conversation_id: message.conversation_id } })
  expect(him?.contact_id).toBe(members.items.find(({ phone }) => phone === petro)?.contact_id)
}

async function group(scene: Scene): Promise<void> {
  const { phones } = scene.world
  const id = await phones.group('Ремонт', [ours, olena])
  const { message } = await scene.arrives(olena, { group: id, text: 'починаємо' })
  const { conversation_id: conversation } = message
  const people = async () => {
    const { items } = await scene.admin.call('listMembers', { params: { conversation_id: conversation } })
    return new Set(items.map(({ phone }) => phone))
  }
  await showsConversation(scene, conversation, 'one other member', ({ member_count }) => member_count === 1)
  expect(await people()).toEqual(new Set([olena]))
  const count = (await messagesOf(scene.admin, { id: message.conversation_id })).length
  await phones.change(id, { name: 'Ремонт на Подолі', avatar: true, members: [ours, olena, petro] })
  const changed = await showsConversation(
    scene,
    conversation,
    'the new name, picture and member',
    ({ name, avatar_url, member_count }) => name === 'Ремонт на Подолі' && avatar_url !== undefined && member_count === 2,
  )
  expect((await scene.admin.download(changed.avatar_url?.split('/').at(-1) ?? '')).byteLength).toBeGreaterThan(100)
  expect(await people()).toEqual(new Set([olena, petro]))
  await phones.change(id, { members: [ours, petro] })
  await showsConversation(scene, conversation, 'one member again', ({ member_count }) => member_count === 1)
  expect(await people()).toEqual(new Set([petro]))
  expect((await messagesOf(scene.admin, { id: message.conversation_id })).length).toBe(count)
}

async function removed(scene: Scene): Promise<void> {
  const id = await scene.world.phones.group('Чужі', [olena, ours, petro])
  const { message } = await scene.arrives(olena, { group: id, text: 'бувайте' })
  await scene.world.phones.change(id, { members: [olena, petro] })
  const gone = await showsConversation(scene, message.conversation_id, 'being out of the group', (now) => now.gone !== undefined)
  expect(gone.gone).toMatchObject({ why: 'left', at: expect.any(String) })
  expect(gone.last_message?.preview).toBe('бувайте')
}

async function contact(scene: Scene): Promise<void> {
  const phone = '+380991112233'
  await act(scene, phone, '', { name: 'Ганна' })
  const { message } = await scene.arrives(phone, { text: 'добрий день' })
  expect(message.sender).toMatchObject({ name: 'Ганна', phone })
  await act(scene, phone, '', { name: 'Ганна Сова', avatar: true })
  const now = await showsConversation(
    scene,
    message.conversation_id,
    'the new name and face',
    (one) => one.contact?.name === 'Ганна Сова' && one.avatar_url !== undefined,
  )
  expect(now.contact).toMatchObject({ avatar_url: now.avatar_url })
  expect((await scene.admin.download(now.avatar_url?.split('/').at(-1) ?? '')).byteLength).toBeGreaterThan(100)
  await act(scene, phone, '', { avatar: null })
  await showsConversation(scene, message.conversation_id, 'no face', (one) => one.avatar_url === undefined)
}

async function deletedChat(scene: Scene): Promise<void> {
  const phone = '+380992223344'
  const { message } = await scene.arrives(phone, { text: 'перше' })
  await act(scene, ours, 'delete_chat', { with: phone })
  const gone = await showsConversation(scene, message.conversation_id, 'the chat to be gone', (now) => now.gone !== undefined)
  expect(gone.gone).toMatchObject({ why: 'deleted_on_phone' })
  expect((await messagesOf(scene.admin, gone)).map((one) => ('text' in one ? one.text : ''))).toEqual(['перше'])
  const again = await scene.arrives(phone, { text: 'друге' })
  expect(again.message.conversation_id).toBe(message.conversation_id)
  await showsConversation(scene, message.conversation_id, 'the chat to be here again', (now) => now.gone === undefined)
}

async function rekeyed(scene: Scene): Promise<void> {
  const phone = '+380993334455'
  await act(scene, phone, '', { name: 'Марко', by_number: true })
  const before = await scene.arrives(phone, { text: 'за номером' })
  await act(scene, phone, 'readdress', {})
  const after = await scene.arrives(phone, { text: 'за прихованим іменем' })
  expect(after.message.conversation_id).toBe(before.message.conversation_id)
  expect(after.message.sender).toMatchObject({ id: before.message.sender.id, phone })
  await reaches(scene, after.message.conversation_id, phone)
}

/** What we send into a conversation arrives at this phone, wherever its room is now. */
async function reaches({ admin, world }: Scene, conversation: string, phone: string): Promise<void> {
  const text = `для ${phone}`
  await sendAndDeliver(admin, { id: conversation as Conversation['id'], type: 'direct' }, { text })
  expect((await world.phones.received(phone)).filter((message) => message.text === text)).toHaveLength(1)
}

async function merged(scene: Scene): Promise<void> {
  const phone = '+380994445566'
  await act(scene, phone, '', { name: 'Яна', by_number: true })
  const byNumber = await scene.arrives(phone, { text: 'раз' })
  await act(scene, phone, '', { by_number: false, phone_hidden: true })
  const hidden = await scene.arrives(phone, { text: 'два' })
  expect(hidden.message.conversation_id).not.toBe(byNumber.message.conversation_id)
  await act(scene, phone, 'readdress', {})
  const last = await scene.arrives(phone, { text: 'три' })
  await waitFor(
    async () => {
      const one = await scene.conversation(byNumber.message.conversation_id)
      const other = await scene.conversation(hidden.message.conversation_id)
      return one.id === other.id && one.contact?.phone === phone
    },
    { what: 'the two to be one' },
  )
  const one = await scene.conversation(byNumber.message.conversation_id)
  expect((await messagesOf(scene.admin, one)).map((message) => ('text' in message ? message.text : ''))).toEqual(['раз', 'два', 'три'])
  expect(one).toMatchObject({ contact: { phone }, name: 'Яна' })
  expect((await scene.shows(last.sent)).conversation_id).toBe(one.id)
  await reaches(scene, one.id, phone)
}

async function keptOut(scene: Scene): Promise<void> {
  const before = (await scene.conversations()).length
  for (const chat of ['status', 'newsletter', 'community'])
    await act(scene, olena, 'broadcast', { to: ours, chat, text: `для всіх: ${chat}` })
  await scene.arrives(olena, { text: 'лише вам' })
  await settled(scene.admin)
  const now = await scene.conversations()
  expect(now).toHaveLength(before)
  const { items } = await scene.admin.call('search', { query: { q: 'для всіх' } })
  expect(items).toEqual([])
  expect(now.some(({ name }) => /bridge bot|Status|News|Community/.test(name))).toBe(false)
}
