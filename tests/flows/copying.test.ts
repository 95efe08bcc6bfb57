import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Channel } from '../../contract/channel.ts'
import { waitFor } from '../e2e/wait.ts'
import { conversationsOf, inboxOf, linkByQr, settled } from '../support/inbox.ts'
import { makeFirstAdmin } from '../support/newcomer/linking.ts'
import { beginStory, olena, petro, type Story } from '../support/newcomer/story.ts'
import { addAgent } from '../support/newcomer/team.ts'
import { openWorld } from '../support/world.ts'

const phone = '+380931112233'
const other = '+380931119999'

describe('what of a phone is copied', { timeout: 120_000 }, () => {
  let story: Story
  beforeAll(async () => {
    story = beginStory(await openWorld({ intake: 'push_and_sync', timeScale: 0.05, registered: true }))
    await makeFirstAdmin(story)
    await story.admin.call('saveMatrixSystemConfig', { body: story.world.settings })
    const said = (name: string, text: string) => ({ name, messages: [{ sent_at: '2026-11-20T09:00:00Z', text, read: true }] })
    for (const number of [phone, other]) {
      const chats = [
        { with: olena, ...said('Олена Коваль', 'давнє від Олени') },
        { with: petro, ...said('Петро Мельник', 'давнє від Петра') },
      ]
      await story.world.phones.act(number, 'history', { chats })
    }
  })
  afterAll(async () => {
    story?.stream?.close()
    await story?.world[Symbol.asyncDispose]()
  })

  const texts = async () => (await inboxOf(story.admin)).map((message) => ('text' in message ? message.text : undefined))
  const write = (from: string, to: string, text: string) => story.world.phones.write(from, { to, type: 'text', text })
  const sees = (text: string) => waitFor(async () => (await texts()).includes(text), { what: `"${text}" to be seen`, timeout: 30_000 })
  const channelOf = async (number: string) => (await story.admin.call('listChannels')).items.find((one) => one.phone === number) as Channel
  const leftOut = (number: string, count: number) =>
    waitFor(async () => (await channelOf(number)).import.left_out >= count, { what: `${count} to be left out`, timeout: 30_000 })

  test('from now on: what was said before is counted and not stored; a chat appears with its first word', async () => {
    await linkByQr(story.world, story.admin, phone, { copy: 'from_now' })
    await leftOut(phone, 2)
    expect(await conversationsOf(story.admin)).toEqual([])
    await write(olena, phone, 'нове')
    await sees('нове')
    expect(await texts()).toEqual(['нове'])
    expect(await conversationsOf(story.admin)).toMatchObject([{ name: 'Олена Коваль', contact: { phone: olena } }])
    expect(await channelOf(phone)).toMatchObject({ copy: 'from_now', import: { chats: 1, messages: 1, left_out: 2 } })
  })

  test('known contacts: only the chat with somebody who is here already', async () => {
    await linkByQr(story.world, story.admin, other, { copy: 'known_contacts' })
    await sees('давнє від Олени')
    await leftOut(other, 1)
    await write(petro, other, 'незнайомий')
    await leftOut(other, 2)
    await settled(story.admin)
    expect((await texts()).toSorted((a = '', b = '') => a.localeCompare(b))).toEqual(['давнє від Олени', 'нове'])
  })

  test('an excluded chat is erased and counted, for its owner alone to decide, and can be included again', async () => {
    const agent = await addAgent(story, 'taras@example.org', 'Тарас')
    const conversation = (await conversationsOf(story.admin)).find(({ channel_id }) => channel_id !== undefined)
    const channel = (await channelOf(phone)).id
    const chat = (await conversationsOf(story.admin, channel))[0] ?? conversation
    const params = { conversation_id: chat?.id ?? '' }
    expect(await agent.refused('excludeChat', { params })).toMatchObject({ status: 404 })
    await story.admin.call('excludeChat', { params })
    expect(await story.admin.refused('getConversation', { params })).toMatchObject({ status: 404 })
    expect(await story.admin.refused('listMessages', { params })).toMatchObject({ status: 404 })
    await write(olena, phone, 'приватне')
    await leftOut(phone, 3)
    await settled(story.admin)
    expect((await story.admin.call('search', { query: { q: 'нове' } })).items).toEqual([])
    expect((await story.admin.call('listExcludedChats', { params: { channel_id: channel } })).items).toMatchObject([
      { conversation_id: chat?.id, name: 'Олена Коваль', left_out: expect.any(Number) },
    ])
    await story.admin.call('includeChat', { params: { channel_id: channel, conversation_id: chat?.id ?? '' } })
    await write(olena, phone, 'знову можна')
    await sees('знову можна')
    expect(await texts()).not.toContain('приватне')
    expect(await texts()).not.toContain('нове')
    expect((await story.admin.call('getOperations')).dead_letters).toBe(0)
  })
})
