import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Login } from '../../contract/login.ts'
import type { Transfer } from '../../contract/transfer.ts'
import { waitFor } from '../e2e/wait.ts'
import type { Person } from '../support/api-client.ts'
import { conversationsOf, finished, inboxOf, linkByQr } from '../support/inbox.ts'
import { makeFirstAdmin } from '../support/newcomer/linking.ts'
import { beginStory, olena, type Story } from '../support/newcomer/story.ts'
import { addAgent } from '../support/newcomer/team.ts'
import { openWorld } from '../support/world.ts'

const phone = '+380931112233'

describe('a number that somebody else scans', { timeout: 120_000 }, () => {
  let story: Story
  let first: Person
  let second: Person
  beforeAll(async () => {
    story = beginStory(await openWorld({ intake: 'push_and_sync', timeScale: 0.05, registered: true }))
    await makeFirstAdmin(story)
    await story.admin.call('saveMatrixSystemConfig', { body: story.world.settings })
    first = await addAgent(story, 'taras@example.org', 'Тарас')
    second = await addAgent(story, 'ivan@example.org', 'Іван')
  })
  afterAll(async () => {
    story?.stream?.close()
    await story?.world[Symbol.asyncDispose]()
  })

  const texts = async (person: Person) => (await inboxOf(person)).map((message) => ('text' in message ? message.text : undefined))
  const write = (text: string, to = phone) => story.world.phones.write(olena, { to, type: 'text', text })
  const sees = (person: Person, text: string) =>
    waitFor(async () => (await texts(person)).includes(text), { what: `"${text}" to be seen`, timeout: 30_000 })
  const scan = async (person: Person, number = phone): Promise<Login> => {
    await linkByQr(story.world, person, number).catch(() => undefined)
    return finished(person)
  }
  const pending = async () => (await story.admin.call('listTransfers', { query: { status: 'pending' } })).items
  let channelId: string
  let asked: Transfer

  test('its code is refused beforehand; by QR an admin is asked, and who scanned sees nothing', async () => {
    channelId = (await linkByQr(story.world, first, phone, { name: 'Продажі' })).channel_id ?? ''
    await write('до передачі')
    await sees(first, 'до передачі')
    const params = { user_id: 'me' }
    expect(await second.refused('connectWhatsapp', { params, body: { method: 'phone', phone_number: phone } })).toMatchObject({
      code: 'number_taken',
    })

    const login = await scan(second)
    expect(login).toMatchObject({ status: 'failed', error: { code: 'transfer_pending' }, transfer_id: expect.any(String) })
    const told = await story.stream.until('transfer.updated', 'the question', ({ status }) => status === 'pending')
    asked = told
    expect(await pending()).toEqual([told])
    expect(told).toMatchObject({
      id: login.transfer_id,
      channel_id: channelId,
      channel_name: 'Продажі',
      phone,
      from_user_id: first.user.id,
      to_user_id: second.user.id,
      access: 'personal',
    })
    expect(await second.refused('listTransfers')).toMatchObject({ code: 'forbidden' })
    expect(await second.refused('acceptTransfer', { params: { transfer_id: told.id } })).toMatchObject({ code: 'forbidden' })
  })

  test('what comes meanwhile is kept for whoever gets the number, and shown to nobody', async () => {
    await write('поки чекають')
    await waitFor(async () => (await story.admin.call('getOperations')).deferred_events > 0, { what: 'it to be put aside' })
    expect(await conversationsOf(second)).toEqual([])
    expect((await second.call('listChannels')).items).toEqual([])
    expect(await texts(first)).toEqual(['до передачі'])
    expect((await first.call('listChannels')).items).toMatchObject([{ id: channelId, status: 'logged_out' }])
  })

  test('accepted: the channel goes over with its history, nothing is missing, the former owner sees it no more', async () => {
    expect(await story.admin.call('acceptTransfer', { params: { transfer_id: asked.id } })).toMatchObject({
      status: 'accepted',
      decided_by: story.admin.user.id,
    })
    expect(await story.admin.refused('refuseTransfer', { params: { transfer_id: asked.id } })).toMatchObject({ code: 'conflict' })
    await sees(second, 'поки чекають')
    await write('після передачі')
    await sees(second, 'після передачі')
    expect(await texts(second)).toEqual(['до передачі', 'поки чекають', 'після передачі'])
    expect(await conversationsOf(second), 'one thread goes on').toHaveLength(1)
    expect((await second.call('listChannels')).items).toMatchObject([{ id: channelId, owner_id: second.user.id, status: 'connected' }])
    expect(await conversationsOf(first)).toEqual([])
    const { login } = await second.call('getWhatsappStatus', { params: { user_id: 'me' } })
    expect(login).toMatchObject({ status: 'connected', channel_id: channelId })
  })

  test('refused: the phone is unlinked again, and what came meanwhile is the owner’s', async () => {
    expect(await scan(first)).toMatchObject({ error: { code: 'transfer_pending' } })
    await write('кому це?')
    await waitFor(async () => (await story.admin.call('getOperations')).deferred_events > 0, { what: 'it to be put aside' })
    const [question] = await pending()
    await story.admin.call('refuseTransfer', { params: { transfer_id: question?.id ?? '' } })
    expect(await story.world.phones.isLinked(phone)).toBe(false)
    await sees(second, 'кому це?')
    expect(await conversationsOf(first)).toEqual([])
  })

  test('linked again by its owner the same thread goes on', async () => {
    const login = await linkByQr(story.world, second, phone)
    expect(login).toMatchObject({ channel_id: channelId })
    expect(login).not.toHaveProperty('instead_of')
    await write('знову тут')
    await sees(second, 'знову тут')
    expect(await conversationsOf(second)).toHaveLength(1)
  })

  test('another phone than the one that was lost is told, and is a number of its own', async () => {
    await story.world.phones.act(phone, 'unlink')
    await waitFor(async () => (await second.call('listChannels')).items[0]?.status === 'logged_out', {
      what: 'the phone to be seen as unlinked',
      timeout: 60_000,
    })
    const other = '+380931119999'
    const login = await linkByQr(story.world, second, other)
    expect(login).toMatchObject({ status: 'connected', instead_of: phone })
    expect(login.channel_id).not.toBe(channelId)
    expect((await second.call('listChannels')).items.map((channel) => [channel.phone, channel.status])).toEqual([
      [phone, 'logged_out'],
      [other, 'connected'],
    ])
  })

  test('a number of the team stays with the team until an admin hands it over', async () => {
    const team = '+380931118888'
    const linked = await linkByQr(story.world, story.admin, team, { access: 'shared' })
    await write('до команди', team)
    await sees(first, 'до команди')
    expect(await scan(second, team)).toMatchObject({ error: { code: 'transfer_pending' } })
    await write('команді й далі', team)
    for (const person of [story.admin, first, second]) await sees(person, 'команді й далі')
    const [question] = await pending()
    expect(question).toMatchObject({ channel_id: linked.channel_id, access: 'personal', to_user_id: second.user.id })
    expect(question).not.toHaveProperty('from_user_id')

    await story.admin.call('acceptTransfer', { params: { transfer_id: question?.id ?? '' } })
    await write('тепер мені', team)
    await sees(second, 'тепер мені')
    expect(await texts(second)).toEqual(expect.arrayContaining(['до команди', 'команді й далі']))
    for (const person of [story.admin, first]) expect(await texts(person)).toEqual([])
  })
})
