import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Person } from './api-client.ts'
import { conversationsOf, linkByQr, sendAndDeliver } from './inbox.ts'
import { makeFirstAdmin } from './newcomer/linking.ts'
import { beginStory, olena, ours, petro, type Story } from './newcomer/story.ts'
import { addAgent } from './newcomer/team.ts'
import type { World } from './world.ts'

const agentNumber = '+380931112233'
/** More than what a homeserver lets one person send at once by itself. */
const burst = 15

/**
 * An operator who enters what the seed names and no more: homeserver, its name, admin, password, and the bridge's token where its
 * secret belongs. What is missing is said; once the bridge's address is added, two people connect.
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

    test('they are kept, and the checks say what stands where it should not and what is missing', async () => {
      const saved = await story.admin.call('saveMatrixSystemConfig', { body: fiveOf(story.world) })
      expect(saved).toMatchObject({ has_bridge_as_token: true, has_bridge_admin_secret: false, intake: 'sync' })
      expect(saved.checks.filter(({ status }) => status !== 'ok')).toMatchObject([
        { id: 'appservice', status: 'warning' },
        { id: 'bridge_secret_kind', status: 'warning', fix: expect.stringContaining('provisioning.shared_secret') },
        { id: 'bridge', status: 'error', detail: 'No address of the bridge is set, so no phone can be linked.' },
      ])
    })

    test('linking is refused in words that say who has to do what', async () => {
      const refused = await story.admin.refused('connectWhatsapp', { params: { user_id: 'me' }, body: {} })
      expect(refused).toMatchObject({
        status: 409,
        code: 'not_configured',
        detail: 'Phones cannot be linked yet: an admin has to enter the address of the bridge in the settings.',
      })
    })

    test('with the address of the bridge added two people connect, and each has a whole conversation', async () => {
      const { bridge_url } = story.world.settings
      const saved = await story.admin.call('saveMatrixSystemConfig', {
        body: { ...fiveOf(story.world), ...(bridge_url === undefined ? {} : { bridge_url }) },
      })
      expect(saved.checks.filter(({ status }) => status === 'error')).toEqual([])
      story.agent = await addAgent(story, 'taras@example.org', 'Тарас')
      await Promise.all([talk(story.world, story.admin, ours, olena), talk(story.world, story.agent, agentNumber, petro)])
      const [strange] = await conversationsOf(story.agent)
      expect(await story.admin.refused('getConversation', { params: { conversation_id: strange?.id ?? '' } })).toMatchObject({
        status: 404,
      })
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
