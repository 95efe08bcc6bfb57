import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Person } from './api-client.ts'
import { conversationsOf, linkByQr, sendAndDeliver, settled } from './inbox.ts'
import { makeFirstAdmin } from './newcomer/linking.ts'
import { beginStory, channelWhen, olena, ours, petro, type Story } from './newcomer/story.ts'
import { addAgent, disconnect, linkTeamNumber } from './newcomer/team.ts'
import type { World } from './world.ts'

const agentNumber = '+380931112233'
/** More than what a homeserver lets one person send at once by itself. */
const burst = 15

/**
 * An operator who enters what the seed names and no more: homeserver, its name, admin, password, and the bridge's token where its
 * secret belongs. Two people connect by it, in the chat with the bridge's bot.
 */
export function tellFirstSettings(name: string, open: () => Promise<World>): void {
  describe(`the seed's five settings ${name}`, { timeout: 180_000 }, () => {
    let story: Story
    beforeAll(async () => {
      story = beginStory(await open())
      await makeFirstAdmin(story)
    })
    afterAll(async () => {
      story?.stream?.close()
      await story?.world[Symbol.asyncDispose]()
    })

    test('they are kept, and the checks say what stands where it should not and how phones are linked', async () => {
      const saved = await story.admin.call('saveMatrixSystemConfig', { body: fiveOf(story.world) })
      expect(saved).toMatchObject({ has_bridge_as_token: true, has_bridge_admin_secret: false, intake: 'sync' })
      expect(saved.checks.filter(({ status }) => status !== 'ok')).toMatchObject([
        { id: 'appservice', status: 'warning' },
        { id: 'bridge_secret_kind', status: 'warning', fix: expect.stringContaining('provisioning.shared_secret') },
        { id: 'bridge_durable_mode', status: 'skipped' },
      ])
      expect(saved.checks).toContainEqual({
        id: 'bridge_bot_chat',
        status: 'ok',
        detail: `Phones are linked in the chat with ${saved.bridge_bot_user_id}, which answers: mautrix-whatsapp v26.08.`,
      })
    })

    test('two people connect by QR, and each has a whole conversation', async () => {
      story.agent = await addAgent(story, 'taras@example.org', 'Тарас')
      await Promise.all([talk(story.world, story.admin, ours, olena), talk(story.world, story.agent, agentNumber, petro)])
      const [strange] = await conversationsOf(story.agent)
      expect(await story.admin.refused('getConversation', { params: { conversation_id: strange?.id ?? '' } })).toMatchObject({
        status: 404,
      })
    })

    // oxlint-disable-next-line vitest/expect-expect -- the step does
    test('the number of the team is linked by a pairing code', () => linkTeamNumber(story))

    // oxlint-disable-next-line vitest/expect-expect -- the step does
    test('a phone is unlinked, and its history stays', async () => {
      story.channel = await channelWhen(story, ours, 'connected')
      const [chat] = await conversationsOf(story.admin, story.channel.id)
      story.olena = chat!
      await disconnect(story)
    })

    test('the chats with the bot are nobody’s conversations, and nothing could not be read', async () => {
      await settled(story.admin)
      const names = [...(await conversationsOf(story.admin)), ...(await conversationsOf(story.agent))].map(({ name: shown }) => shown)
      expect(names.toSorted()).toEqual([olena, petro].toSorted())
      expect(await story.admin.call('getOperations')).toMatchObject({ dead_letters: 0, outbox_waiting: 0, jobs_waiting: 0 })
    })
  })
}

/** What the seed's page has fields for. */
function fiveOf({ settings }: World) {
  const { homeserver_url, server_name, admin_login, admin_password, bridge_as_token = '' } = settings
  return {
    homeserver_url,
    server_name,
    admin_login,
    ...(admin_password === undefined ? {} : { admin_password }),
    bridge_admin_secret: bridge_as_token,
  }
}

async function talk(world: World, person: Person, phone: string, customer: string): Promise<void> {
  await linkByQr(world, person, phone)
  const stream = await person.follow()
  await world.phones.write(customer, { to: phone, type: 'text', text: `Вітаю, ${phone}` })
  const asked = await stream.until('message.created', 'the first message', (message) => message.direction === 'inbound', 60_000)
  const conversation = await person.call('getConversation', { params: { conversation_id: asked.conversation_id } })
  const texts = Array.from({ length: burst }, (_, index) => `Відповідь ${index + 1}`)
  await Promise.all(
    texts.slice(0, -1).map((text) => person.call('sendMessage', { params: { conversation_id: conversation.id }, body: { text } })),
  )
  await sendAndDeliver(person, conversation, { text: texts.at(-1) ?? '' })
  const received = (await world.phones.received(customer)).map(({ text }) => text ?? '')
  expect(received.toSorted()).toEqual(texts.toSorted())
  stream.close()
}
