import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../e2e/wait.ts'
import type { Person } from '../support/api-client.ts'
import { type Element, openElement } from '../support/element.ts'
import { conversationsOf, inboxOf, messagesOf, sendAndDeliver } from '../support/inbox.ts'
import { makeFirstAdmin } from '../support/newcomer/linking.ts'
import { beginStory, olena, petro, type Story } from '../support/newcomer/story.ts'
import { addAgent } from '../support/newcomer/team.ts'
import { noAudit, openWorld } from '../support/world.ts'

const phone = '+380931112233'

describe('an account that is entered by its token, with no settings at all', { timeout: 120_000 }, () => {
  let story: Story
  let person: Person
  let agent: Person
  let other: Person
  let element: Element
  let token: string
  beforeAll(async () => {
    // A token that was taken back shows when the account is asked for the next time.
    const pullTimes = { auditEveryMs: 2_000, livePollMs: 2_000 }
    story = beginStory(await openWorld({ intake: 'sync', timeScale: 0.05, registered: false, pullTimes }))
    await makeFirstAdmin(story)
    person = story.admin
    agent = await addAgent(story, 'taras@example.org', 'Тарас')
    element = await openElement(story.world, 'olha')
    token = await element.signIn()
    const chats = [{ with: olena, name: 'Олена Коваль', messages: [{ sent_at: '2026-11-20T09:00:00Z', text: 'давнє', read: true }] }]
    await story.world.phones.act(phone, 'history', { chats })
    await element.link(phone)
  })
  afterAll(async () => {
    story?.stream?.close()
    await story?.world[Symbol.asyncDispose]()
  })

  const save = (change: object = {}) => ({ body: { homeserver_url: story.world.settings.homeserver_url, access_token: token, ...change } })
  const texts = async () => (await inboxOf(person)).map((message) => ('text' in message ? message.text : undefined))
  const sees = (text: string) => waitFor(async () => (await texts()).includes(text), { what: `"${text}" to be seen`, timeout: 30_000 })
  const write = (text: string) => story.world.phones.write(olena, { to: phone, type: 'text', text })

  test('what is wrong is said at its field, and an agent may not send this server into its own network', async () => {
    expect(await person.refused('getMatrixAccount')).toMatchObject({ code: 'not_found' })
    const wrong: readonly (readonly [object, string])[] = [
      [{ access_token: 'syt_wrong' }, '/access_token'],
      [{ homeserver_url: 'http://127.0.0.1:9' }, '/homeserver_url'],
      [{ homeserver_url: story.world.product.url }, '/homeserver_url'],
      [{ user_id: '@somebody:else.test' }, '/user_id'],
      [{ device_id: 'OTHER' }, '/device_id'],
    ]
    for (const [change, pointer] of wrong) {
      const problem = await person.refused('saveMatrixAccount', save(change))
      expect([change, problem.code, problem.errors?.map((error) => error.pointer)]).toEqual([change, 'invalid_request', [pointer]])
    }
    const inside = await agent.refused('saveMatrixAccount', save())
    expect(inside.errors).toMatchObject([{ pointer: '/homeserver_url', detail: expect.stringContaining('not one that may be reached') }])
  })

  test('the token makes a live channel: its portals are conversations, what was said before is history', async () => {
    const saved = await person.call('saveMatrixAccount', save())
    expect(saved).toMatchObject({ user_id: element.userId, device_id: expect.any(String), has_access_token: true, status: 'working' })
    expect(JSON.stringify(saved)).not.toContain(token)
    await sees('давнє')
    const [conversation] = await conversationsOf(person)
    expect(conversation).toMatchObject({ name: 'Олена Коваль', unread_count: 0, contact: { phone: olena } })
    expect((await messagesOf(person, conversation!)).map(({ origin }) => origin)).toEqual(['history'])
    const [channel] = (await person.call('listChannels')).items
    expect(channel).toMatchObject({ phone, access: 'personal', owner_id: person.user.id, status: 'connected' })
    expect((await person.call('getMatrixAccount')).channel_ids).toEqual([channel?.id])
    expect((await agent.call('listChannels')).items).toEqual([])
  })

  test('both ways, live; and what is written in the other client is ours too', async () => {
    await write('привіт')
    await sees('привіт')
    const [conversation] = await conversationsOf(person)
    expect(conversation).toMatchObject({ unread_count: 1 })
    await sendAndDeliver(person, conversation!, { text: 'вітаю' })
    expect((await story.world.phones.received(olena)).map(({ text }) => text)).toContain('вітаю')
    const group = await story.world.phones.group('Сусіди', [phone, petro, olena])
    await story.world.phones.write(petro, { group, type: 'text', text: 'усім' })
    await sees('усім')
    expect((await conversationsOf(person)).map(({ type, name }) => [type, name])).toContainEqual(['group', 'Сусіди'])
  })

  test('rooms by their ids, in the shape of the inbox, for nobody else', async () => {
    const { items } = await person.call('listMatrixRooms')
    const conversations = await conversationsOf(person)
    expect(items.map((room) => [room.room_id, room.conversation_id, room.name])).toEqual(
      conversations.map((conversation) => [conversation.external_id, conversation.id, conversation.name]),
    )
    const direct = conversations.find(({ type }) => type === 'direct')
    const params = { room_id: direct?.external_id ?? '' }
    const page = await person.call('listMatrixRoomMessages', { params })
    expect(page.items.toReversed()).toEqual(await messagesOf(person, direct!))
    expect((await agent.call('listMatrixRooms')).items).toEqual([])
    expect(await agent.refused('listMatrixRoomMessages', { params })).toMatchObject({ status: 404, code: 'not_found' })
    expect(await person.refused('listMatrixRoomMessages', { params: { room_id: '!none:mistok.test' } })).toMatchObject({ status: 404 })
  })

  test('a token that is taken back is said, and a new one goes on where it stood', async () => {
    await element.signOut(token)
    const refused = await waitFor(
      async () => {
        const account = await person.call('getMatrixAccount')
        return account.status === 'refused' && account
      },
      { what: 'the refusal to be noticed', timeout: 60_000 },
    )
    expect(refused.status_detail).toContain('enter a new one')
    expect((await person.call('listChannels')).items).toMatchObject([{ status: 'logged_out', status_detail: refused.status_detail }])
    await write('поки без ключа')
    await expect(person.call('saveMatrixAccount', save())).rejects.toThrow('400')
    token = await element.signIn()
    expect(await person.call('saveMatrixAccount', save())).toMatchObject({ status: 'working' })
    await sees('поки без ключа')
    expect((await person.call('listChannels')).items).toMatchObject([{ status: 'connected' }])
    expect(await conversationsOf(person)).toHaveLength(2)
  })

  test('the number that it has is its own: an admin decides before anybody else gets it', async () => {
    const own = await openElement(story.world, 'ihor')
    await own.link(phone)
    const body = { homeserver_url: story.world.settings.homeserver_url, access_token: await own.signIn() }
    other = await addAgent(story, 'iryna@example.org', 'Ірина')
    await other.refused('saveMatrixAccount', { body })
    await story.admin.call('updateUser', { params: { user_id: other.user.id }, body: { role: 'admin' } })
    await other.call('saveMatrixAccount', { body })
    const told = await story.stream.until('transfer.updated', 'the question', ({ status }) => status === 'pending', 60_000)
    expect(told).toMatchObject({ phone, from_user_id: person.user.id, to_user_id: other.user.id })
    expect(await conversationsOf(other)).toEqual([])
    await story.admin.call('acceptTransfer', { params: { transfer_id: told.id } })
    await write('уже іншій')
    await waitFor(async () => (await inboxOf(other)).some((message) => 'text' in message && message.text === 'уже іншій'), {
      what: 'the new owner to have it',
      timeout: 30_000,
    })
    expect(await conversationsOf(person)).toEqual([])
  })

  test('disconnecting forgets the token and keeps the history', async () => {
    const gone = await other.call('disconnectWhatsapp', { params: { user_id: 'me' }, body: {} })
    expect(gone).toMatchObject({ phone, status: 'logged_out', status_detail: expect.stringContaining('send its bot') })
    expect(await other.refused('getMatrixAccount')).toMatchObject({ code: 'not_found' })
    await write('уже нікому')
    expect(await story.world.phones.isLinked(phone), 'that is between its owner and the bridge').toBe(true)
    expect((await inboxOf(other)).length).toBeGreaterThan(0)
    expect(await person.call('getMatrixAccount')).toMatchObject({ channel_ids: [], status: 'working' })
    expect((await person.call('getOperations')).dead_letters).toBe(0)
  })
})

describe('bringing up to date now', { timeout: 120_000 }, () => {
  test('says what this call has brought, gaps and all', async () => {
    await using world = await openWorld({ intake: 'push_and_sync', timeScale: 0.05, registered: true, ...noAudit })
    const story = beginStory(world)
    await makeFirstAdmin(story)
    const { admin, stream } = story
    await admin.call('saveMatrixSystemConfig', { body: world.settings })
    const element = await openElement(world, 'olha')
    await element.link(phone)
    await admin.call('saveMatrixAccount', { body: { homeserver_url: world.settings.homeserver_url, access_token: await element.signIn() } })
    await world.phones.write(olena, { to: phone, type: 'text', text: 'перше' })
    await stream.until('message.created', 'the first', () => true, 60_000)
    await world.product.stop()
    for (let n = 1; n <= 120; n++) await world.phones.write(olena, { to: phone, type: 'text', text: `пропущене ${n}` })
    await world.phones.write(petro, { to: phone, type: 'text', text: 'нова розмова' })
    await waitFor(async () => (await world.phones.ledger()).filter((message) => (message.bridged ?? []).length > 0).length >= 122, {
      what: 'the bridge to have brought it all',
      timeout: 60_000,
    })
    stream.close()
    await world.product.start()
    const outcome = await admin.call('syncMatrix')
    expect(outcome.complete).toBe(true)
    expect(await admin.call('syncMatrix')).toEqual({ rooms: 0, messages: 0, receipts: 0, gaps_filled: 0, complete: true })
    expect((await inboxOf(admin)).length).toBe(122)
    expect(outcome.messages).toBeLessThanOrEqual(121)
  })
})
