import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { matrixHttp } from '../e2e/matrix-http.ts'
import { waitFor } from '../e2e/wait.ts'
import type { Person } from './api-client.ts'
import { conversationsOf, inboxOf, linkByQr, messagesOf } from './inbox.ts'
import { makeFirstAdmin } from './newcomer/linking.ts'
import { beginStory, type Story, teamNumber } from './newcomer/story.ts'
import { addAgent } from './newcomer/team.ts'
import type { World } from './world.ts'

const agents = [0, 1, 2, 3, 4, 5]
const phoneOf = (agent: number) => `+3806711122${String(agent).padStart(2, '0')}`
const customerOf = (agent: number) => `+3805011122${String(agent).padStart(2, '0')}`
const secretOf = (agent: number) => `лише для ${agent + 1}`

interface Team {
  readonly story: Story
  readonly people: readonly Person[]
}

const steps: readonly (readonly [deed: string, run: (team: Team) => Promise<void>])[] = [
  ['all of them link their own phones at once', linkAtOnce],
  ['each gets what is written to their own phone, and nobody else does, the admin included', hearTheirOwn],
  ['what an agent writes in another Matrix client stands in the inbox as typed on the phone, with its ticks', writeElsewhere],
  ['what comes to the number of the team is there for all six, and each can answer', shareNumber],
  ['once three of them are named its members, the other three see nothing of it any more', nameMembers],
]

/** Six agents link six phones at once, then share a seventh: each sees exactly what they may, in lists, in search and on the stream. */
export function tellTeam(name: string, open: () => Promise<World>): void {
  describe(`six agents ${name}`, { timeout: 180_000 }, () => {
    let team: Team
    beforeAll(async () => {
      const story = beginStory(await open())
      await makeFirstAdmin(story)
      await story.admin.call('saveMatrixSystemConfig', { body: story.world.settings })
      const people = await Promise.all(agents.map((agent) => addAgent(story, `agent${agent}@example.org`, `Агент ${agent + 1}`)))
      team = { story, people }
    }, 120_000)
    afterAll(async () => {
      team?.story.stream.close()
      await team?.story.world[Symbol.asyncDispose]()
    })
    // oxlint-disable-next-line vitest/expect-expect -- each step does
    for (const [deed, run] of steps) test(deed, () => run(team))
  })
}

async function linkAtOnce({ story, people }: Team): Promise<void> {
  const logins = await Promise.all(people.map((person, agent) => linkByQr(story.world, person, phoneOf(agent))))
  expect(new Set(logins.map(({ channel_id }) => channel_id)).size).toBe(agents.length)
  for (const [agent, person] of people.entries())
    expect((await person.call('listChannels')).items).toMatchObject([{ phone: phoneOf(agent), access: 'personal' }])
}

async function hearTheirOwn({ story, people }: Team): Promise<void> {
  const streams = await Promise.all(people.map((person) => person.follow(story.beginning)))
  for (const agent of agents) await story.world.phones.write(customerOf(agent), { to: phoneOf(agent), type: 'text', text: secretOf(agent) })
  await Promise.all(
    streams.map((stream, agent) =>
      stream.until('message.created', 'their own message', (message) => says(message, secretOf(agent)), 90_000),
    ),
  )
  for (const [agent, person] of people.entries()) {
    expect((await inboxOf(person)).map(textOf)).toEqual([secretOf(agent)])
    expect((await person.call('search', { query: { q: 'лише' } })).items.map(({ message }) => textOf(message))).toEqual([secretOf(agent)])
    const told = JSON.stringify(streams[agent]?.events)
    expect(agents.filter((other) => told.includes(secretOf(other)))).toEqual([agent])
  }
  for (const stream of streams) stream.close()
  expect(await conversationsOf(story.admin)).toEqual([])
  expect((await story.admin.call('listChannels')).items.map(({ phone }) => phone).toSorted()).toEqual(agents.map(phoneOf))
}

async function writeElsewhere({ story, people }: Team): Promise<void> {
  const [person] = people
  const [chat] = await conversationsOf(person!)
  await writeInAnotherClient(story.world, chat?.external_id ?? '', 'З Element')
  const look = async () => {
    const found = (await messagesOf(person!, chat!)).filter((message) => says(message, 'З Element'))
    return ['delivered', 'read'].includes(found[0]?.status ?? '') && found
  }
  expect(await waitFor(look, { what: 'the message to be delivered', timeout: 90_000 })).toMatchObject([
    { direction: 'outbound', origin: 'phone' },
  ])
  const received = await story.world.phones.received(customerOf(0))
  expect(received.filter(({ text }) => text === 'З Element')).toMatchObject([{ from: phoneOf(0) }])
}

async function shareNumber({ story, people }: Team): Promise<void> {
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
}

async function nameMembers({ story, people }: Team): Promise<void> {
  const shared = (await story.admin.call('listChannels')).items.find(({ phone }) => phone === teamNumber)!
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
}

/** As Element does: signed in as the account that is in the room, with a device of its own. */
async function writeInAnotherClient({ settings, adminToken }: World, room: string, text: string): Promise<void> {
  const bot = settings.bridge_bot_user_id ?? `@whatsappbot:${settings.server_name}`
  const bridge = matrixHttp(settings.homeserver_url, { token: settings.bridge_as_token ?? '', userId: bot })
  const { body } = await bridge.get(`/_matrix/client/v3/rooms/${encodeURIComponent(room)}/joined_members`)
  const members = Object.keys((body as { joined: object }).joined)
  const account = members.find((member) => member !== bot && !member.startsWith('@whatsapp_'))
  const nobody = matrixHttp(settings.homeserver_url)
  const admin = nobody.as({ token: adminToken ?? (await signInAsAdmin(settings)) })
  const became = await admin.post(`/_synapse/admin/v1/users/${encodeURIComponent(account ?? '')}/login`, {})
  const sent = await nobody
    .as({ token: tokenOf(became.body) })
    .put(`/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/element1`, { msgtype: 'm.text', body: text })
  expect(sent.status, JSON.stringify(became.body)).toBe(200)
}

async function signInAsAdmin({ homeserver_url, admin_login: user, admin_password: password }: World['settings']): Promise<string> {
  const request = { type: 'm.login.password', identifier: { type: 'm.id.user', user }, password }
  return tokenOf((await matrixHttp(homeserver_url).post('/_matrix/client/v3/login', request)).body)
}

const tokenOf = (body: unknown) => (body as { access_token: string }).access_token

function conversationWhen(person: Person, channelId: string | undefined, count: number) {
  const look = async () => {
    const found = await conversationsOf(person, channelId)
    return found.length === count && found[0]
  }
  return waitFor(look, { what: 'the chat to be in the list', timeout: 90_000 })
}

const textOf = (message: object) => ('text' in message ? message.text : undefined)
const says = (message: object, text: string) => textOf(message) === text
