import { expect } from 'vitest'
import { waitFor } from '../../e2e/wait.ts'
import { type Person, signIn } from '../api-client.ts'
import { conversationsOf, finished, inboxOf, ledgerOf, messagesOf, sendAndDeliver, settled } from '../inbox.ts'
import { channelWhen, olena, ours, petro, type Story, teamNumber } from './story.ts'

/** Adds a person to the team, who signs in. */
export async function addAgent({ admin, world }: Story, email: string, name: string): Promise<Person> {
  const password = 'a password of an agent'
  await admin.call('createUser', { body: { email, name, password, role: 'agent' } })
  return signIn(world.product.url, { email, password })
}

/** What is personal is for nobody else as if it were not there: each call answers as for something that does not exist. */
export async function hidePersonal(story: Story): Promise<void> {
  const { admin, channel, olena: chat } = story
  story.agent = await addAgent(story, 'taras@example.org', 'Тарас')
  const { agent } = story
  const messages = await messagesOf(admin, chat)
  const withFile = messages.find((message) => 'attachments' in message)
  const file = withFile !== undefined && 'attachments' in withFile ? withFile.attachments[0] : undefined
  const conversation = { conversation_id: chat.id }
  const user = { user_id: admin.user.id }
  const refusals = {
    getConversation: agent.refused('getConversation', { params: conversation }),
    listMessages: agent.refused('listMessages', { params: conversation }),
    getCapabilities: agent.refused('getCapabilities', { params: conversation }),
    sendMessage: agent.refused('sendMessage', { params: conversation, body: { text: 'не від мене' } }),
    markRead: agent.refused('markRead', { params: conversation, body: {} }),
    updateConversation: agent.refused('updateConversation', { params: conversation, body: { status: 'closed' } }),
    retryMessage: agent.refused('retryMessage', { params: { message_id: messages[0]?.id ?? '' } }),
    getMedia: agent.refused('getMedia', { params: { media_id: file?.id ?? '' } }),
    updateChannel: agent.refused('updateChannel', { params: { channel_id: channel.id }, body: { name: 'мій' } }),
    deleteChannel: agent.refused('deleteChannel', { params: { channel_id: channel.id } }),
    getWhatsappLogin: agent.refused('getWhatsappLogin', { params: user }),
    getWhatsappStatus: agent.refused('getWhatsappStatus', { params: user }),
  }
  for (const [name, refusal] of Object.entries(refusals)) expect(await refusal, name).toMatchObject({ status: 404, code: 'not_found' })
  expect((await agent.call('listChannels')).items).toEqual([])
  expect(await conversationsOf(agent)).toEqual([])
  expect((await agent.call('search', { query: { q: 'hello' } })).items).toEqual([])
  expect((await admin.call('search', { query: { q: 'hello' } })).items).toHaveLength(1)
}

/** A number of the whole team, linked by a pairing code. */
export async function linkTeamNumber(story: Story): Promise<void> {
  const { admin, world } = story
  const params = { user_id: 'me' }
  let login = await admin.call('connectWhatsapp', {
    params,
    body: { method: 'phone', phone_number: teamNumber, access: 'shared', name: 'Крамниця' },
  })
  if (login.status === 'starting') login = await admin.call('getWhatsappLogin', { params, query: { wait: 25 } })
  expect(login).toMatchObject({ status: 'show_code', code: expect.stringMatching(/^[1-9A-Z]{4}-[1-9A-Z]{4}$/) })
  await world.phones.act(teamNumber, 'scan', { code: login.code })
  expect(await finished(admin)).toMatchObject({ status: 'connected' })
  const channel = await channelWhen(story, teamNumber, 'connected')
  expect(channel).toMatchObject({ access: 'shared', name: 'Крамниця', is_default: true })
  expect(channel).not.toHaveProperty('owner_id')
}

/** The agent sees what comes to the team's number, at once, and answers; of the personal one nothing ever came by. */
export async function shareTeamNumber(story: Story): Promise<void> {
  const { world, agent, admin } = story
  const stream = await agent.follow(story.beginning)
  await world.phones.write(petro, { to: teamNumber, type: 'text', text: 'Це крамниця?' })
  const asked = await stream.until(
    'message.created',
    'what a customer asks the team',
    (message) => 'text' in message && message.text === 'Це крамниця?',
  )
  const [conversation, ...others] = await conversationsOf(agent)
  expect(others).toEqual([])
  expect(conversation).toMatchObject({ id: asked.conversation_id, name: 'Петро Мельник', unread_count: 1 })
  const answer = await sendAndDeliver(agent, conversation!, { text: 'Так, слухаємо' })
  expect(answer.sender).toMatchObject({ id: agent.user.id, is_me: true })
  expect((await world.phones.received(petro)).filter((message) => message.text === 'Так, слухаємо')).toMatchObject([{ from: teamNumber }])
  expect((await agent.call('listChannels')).items).toMatchObject([{ phone: teamNumber }])

  await world.phones.write(olena, { to: ours, type: 'text', text: 'лише для адміністраторки' })
  await story.stream.until(
    'message.created',
    'a message',
    (message) => 'text' in message && message.text === 'лише для адміністраторки',
    60_000,
  )
  await world.phones.write(petro, { to: teamNumber, type: 'text', text: 'Дякую' })
  await stream.until('message.created', 'the thanks', (message) => 'text' in message && message.text === 'Дякую', 60_000)
  const channels = new Set(stream.of('message.created').map(({ channel_id }) => channel_id))
  expect([...channels], 'the stream tells of one number').toEqual([asked.channel_id])
  expect(JSON.stringify(stream.events)).not.toContain('лише для')
  stream.close()
  expect((await conversationsOf(admin, asked.channel_id)).map(({ id }) => id)).toEqual([asked.conversation_id])
}

export async function disconnect(story: Story): Promise<void> {
  const { admin, world, channel } = story
  expect(await world.phones.isLinked(ours)).toBe(true)
  const gone = await admin.call('disconnectWhatsapp', { params: { user_id: 'me' }, body: { channel_id: channel.id } })
  expect(gone).toMatchObject({ id: channel.id, status: 'logged_out' })
  await waitFor(async () => !(await world.phones.isLinked(ours)), { what: 'the phone to be unlinked' })
  await channelWhen(story, ours, 'logged_out')
  expect((await messagesOf(admin, story.olena)).length, 'the history stays').toBeGreaterThan(3)
  const refused = await admin.refused('sendMessage', { params: { conversation_id: story.olena.id }, body: { text: 'Чи дійде?' } })
  expect(refused).toMatchObject({ status: 409, code: 'channel_not_connected' })
}

/** WhatsApp's ledger and the inbox agree: nothing is missing, nothing is there twice, nothing could not be read. */
export async function agreeWithLedger(story: Story): Promise<void> {
  const { admin, world } = story
  await settled(admin)
  for (const number of [ours, teamNumber]) {
    const channel = (await admin.call('listChannels')).items.find(({ phone }) => phone === number)
    const stored = (await inboxOf(admin, channel?.id)).map(({ external_id }) => external_id ?? '').toSorted(byText)
    expect(stored, number).toEqual([...(await ledgerOf(world.phones, number)).keys()].toSorted(byText))
  }
  expect(await admin.call('getOperations')).toMatchObject({ dead_letters: 0, outbox_waiting: 0, jobs_waiting: 0 })
  const created = story.stream.of('message.created').map(({ id }) => id)
  expect(created.length, 'the stream tells of each message once').toBe(new Set(created).size)
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
