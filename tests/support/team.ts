import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Channel } from '../../contract/channel.ts'
import { waitFor } from '../e2e/wait.ts'
import type { Person } from './api-client.ts'
import { conversationsOf, inboxOf, linkByQr } from './inbox.ts'
import { makeFirstAdmin } from './newcomer/linking.ts'
import { beginStory, type Story, teamNumber } from './newcomer/story.ts'
import { addAgent } from './newcomer/team.ts'
import type { World } from './world.ts'

const agents = [0, 1, 2, 3, 4, 5]
const phoneOf = (agent: number) => `+3806711122${String(agent).padStart(2, '0')}`
const customerOf = (agent: number) => `+3805011122${String(agent).padStart(2, '0')}`
const secretOf = (agent: number) => `лише для ${agent + 1}`

/** Six agents link six phones at once, then share a seventh: each sees exactly what they may, in lists, in search and on the stream. */
export function tellTeam(name: string, open: () => Promise<World>): void {
  describe(`six agents ${name}`, { timeout: 180_000 }, () => {
    let story: Story
    let people: readonly Person[]
    let shared: Channel
    beforeAll(async () => {
      story = beginStory(await open())
      await makeFirstAdmin(story)
      await story.admin.call('saveMatrixSystemConfig', { body: story.world.settings })
      people = await Promise.all(agents.map((agent) => addAgent(story, `agent${agent}@example.org`, `Агент ${agent + 1}`)))
    }, 120_000)
    afterAll(async () => {
      story?.stream?.close()
      await story?.world[Symbol.asyncDispose]()
    })

    test('all of them link their own phones at once', async () => {
      const logins = await Promise.all(people.map((person, agent) => linkByQr(story.world, person, phoneOf(agent))))
      expect(new Set(logins.map(({ channel_id }) => channel_id)).size).toBe(agents.length)
      for (const [agent, person] of people.entries())
        expect((await person.call('listChannels')).items).toMatchObject([{ phone: phoneOf(agent), access: 'personal' }])
    })

    test('each gets what is written to their own phone, and nobody else does, the admin included', async () => {
      const streams = await Promise.all(people.map((person) => person.follow(story.beginning)))
      for (const agent of agents)
        await story.world.phones.write(customerOf(agent), { to: phoneOf(agent), type: 'text', text: secretOf(agent) })
      await Promise.all(
        streams.map((stream, agent) =>
          stream.until('message.created', 'their own message', (message) => says(message, secretOf(agent)), 90_000),
        ),
      )
      for (const [agent, person] of people.entries()) {
        expect((await inboxOf(person)).map(textOf)).toEqual([secretOf(agent)])
        expect((await person.call('search', { query: { q: 'лише' } })).items.map(({ message }) => textOf(message))).toEqual([
          secretOf(agent),
        ])
        const told = JSON.stringify(streams[agent]?.events)
        expect(agents.filter((other) => told.includes(secretOf(other)))).toEqual([agent])
      }
      for (const stream of streams) stream.close()
      expect(await conversationsOf(story.admin)).toEqual([])
      expect((await story.admin.call('listChannels')).items.map(({ phone }) => phone).toSorted()).toEqual(agents.map(phoneOf))
    })

    test('what comes to the number of the team is there for all six, and each can answer', async () => {
      const login = await linkByQr(story.world, story.admin, teamNumber, { access: 'shared', name: 'Крамниця' })
      await story.world.phones.write(customerOf(0), { to: teamNumber, type: 'text', text: 'Чи є хтось?' })
      const chats = await Promise.all(people.map((person) => conversationWhen(person, login.channel_id, 1)))
      expect(new Set(chats.map(({ id }) => id)).size).toBe(1)
      for (const [agent, person] of people.entries())
        await person.call('sendMessage', { params: { conversation_id: chats[0]!.id }, body: { text: `Є ${agent + 1}` } })
      const seen = async () => {
        const received = (await story.world.phones.received(customerOf(0))).filter(({ from }) => from === teamNumber)
        return received.length === agents.length && received.map(({ text }) => text)
      }
      expect(await waitFor(seen, { what: 'six answers', timeout: 90_000 })).toEqual(agents.map((agent) => `Є ${agent + 1}`))
      shared = (await story.admin.call('listChannels')).items.find(({ phone }) => phone === teamNumber)!
    })

    test('once three of them are named its members, the other three see nothing of it any more', async () => {
      const members = people.slice(0, 3).map(({ user }) => user.id)
      await story.admin.call('updateChannel', { params: { channel_id: shared.id }, body: { member_ids: members } })
      const [chat] = await conversationsOf(people[0]!, shared.id)
      for (const [agent, person] of people.entries()) {
        const isMember = agent < 3
        expect((await conversationsOf(person)).length, `agent ${agent}`).toBe(isMember ? 2 : 1)
        const found = (await person.call('search', { query: { q: 'хтось' } })).items
        expect(found.length, `agent ${agent}`).toBe(isMember ? 1 : 0)
        if (isMember) continue
        expect(await person.refused('getConversation', { params: { conversation_id: chat!.id } })).toMatchObject({ status: 404 })
      }
    })
  })
}

function conversationWhen(person: Person, channelId: string | undefined, count: number) {
  const look = async () => {
    const found = await conversationsOf(person, channelId)
    return found.length === count && found[0]
  }
  return waitFor(look, { what: 'the chat to be in the list', timeout: 90_000 })
}

const textOf = (message: object) => ('text' in message ? message.text : undefined)
const says = (message: object, text: string) => textOf(message) === text
