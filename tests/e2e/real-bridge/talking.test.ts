import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Conversation } from '../../../contract/conversation.ts'
import type { Message } from '../../../contract/message.ts'
import { conversationsOf, findMessage, inboxOf, linkByQr, messagesOf, sendAndDeliver, settled } from '../../support/inbox.ts'
import type { Person } from '../../support/api-client.ts'
import { makeFirstAdmin } from '../../support/newcomer/linking.ts'
import { beginStory, channelWhen, olena, ours, petro, type Story } from '../../support/newcomer/story.ts'
import { addAgent } from '../../support/newcomer/team.ts'
import { noAudit, openWorld } from '../../support/world.ts'
import { realPrefix, startRealBridge } from '../real-bridge.ts'
import { startSynapse, type Synapse } from '../synapse.ts'
import { waitFor } from '../wait.ts'

const tarasPhone = '+380931110001'
const ivanPhone = '+380931110002'
const lines = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name} ${index}`)
const textOf = (message: Message) => ('text' in message ? (message.text ?? '') : '')

// Numbers are those of protocol/bridge.md 13. The bridge is the real framework; what WhatsApp's own connector decides is imitated.
describe('talking over the real bridge framework', { timeout: 120_000 }, () => {
  let synapse: Synapse
  let story: Story
  let chat: Conversation

  beforeAll(async () => {
    const openHomeserver = async (serverName: string, registrations: readonly object[]) => {
      synapse = await startSynapse({ serverName, registrations, database: 'postgres', loginLimits: 'high' })
      return synapse
    }
    const options = { ...noAudit, intake: 'push_and_sync', registered: true, timeScale: 0.1 } as const
    story = beginStory(await openWorld({ ...options, openHomeserver, openBridge: startRealBridge }))
    await makeFirstAdmin(story)
    await story.admin.call('saveMatrixSystemConfig', { body: story.world.settings })
    await linkByQr(story.world, story.admin, ours)
    story.channel = await channelWhen(story, ours, 'connected')
    await write('Добрий день')
    chat = await waitFor(async () => (await conversationsOf(story.admin))[0], { what: 'the chat', timeout: 60_000 })
  })
  afterAll(async () => {
    story?.stream?.close()
    await story?.world[Symbol.asyncDispose]()
  })

  const write = (text: string, to: object = { to: ours }, from = olena) => story.world.phones.write(from, { ...to, type: 'text', text })
  const said = async (begin: string) => (await messagesOf(story.admin, chat)).map(textOf).filter((text) => text.startsWith(begin))
  const ask = (text: string) => story.admin.call('sendMessage', { params: { conversation_id: chat.id }, body: { text } })
  const becomes = (message: Message, ...statuses: readonly Message['status'][]) =>
    waitFor(
      async () => {
        const now = await findMessage(story.admin, message)
        return statuses.includes(now?.status) && now
      },
      { what: `the tick ${statuses.join(' or ')}`, timeout: 60_000 },
    )

  test('13.12 double puppet: what the phone writes is ours and stands once, and so does what we send', async () => {
    const answer = await sendAndDeliver(story.admin, chat, { text: 'з вхідних' })
    await write('з телефона', { to: olena }, ours)
    const found = await waitFor(async () => (await messagesOf(story.admin, chat)).find((one) => textOf(one) === 'з телефона'), {
      what: 'what the phone wrote',
    })
    expect(found).toMatchObject({ direction: 'outbound', origin: 'phone', sender: { is_me: true } })
    await settled(story.admin)
    // WhatsApp's times are whole seconds, so what the phone wrote in the second of our own may stand before it.
    const all = (await messagesOf(story.admin, chat)).map((one) => `${one.origin}: ${textOf(one)}`)
    expect(all.toSorted((a, b) => a.localeCompare(b))).toEqual(['contact: Добрий день', 'inbox: з вхідних', 'phone: з телефона'])
    expect(answer.external_id).toBeDefined()
  })

  test('13.18 what begins with the bridge’s own prefix reaches WhatsApp and runs nothing', async () => {
    await sendAndDeliver(story.admin, chat, { text: `${realPrefix} logout` })
    expect((await story.world.phones.received(olena)).at(-1)).toMatchObject({ text: `${realPrefix} logout` })
    expect(await story.world.phones.isLinked(ours)).toBe(true)
  })

  test('13.19 ticks: queued, sent while the phone is off, delivered, read; never back', async () => {
    const { phones } = story.world
    await phones.act(olena, 'offline', { offline: true })
    const queued = await ask('чи видно?')
    await becomes(queued, 'sent')
    await phones.act(olena, 'offline', { offline: false })
    await becomes(queued, 'delivered')
    await phones.act(olena, 'read', { with: ours })
    await becomes(queued, 'read')
    const order = ['queued', 'sending', 'sent', 'delivered', 'read']
    const places = story.stream.of('message.updated').flatMap(({ id, status }) => (id === queued.id ? [order.indexOf(status ?? '')] : []))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })

  test('13.19 ticks: a refusal has the bridge’s reason, and sent again it goes', async () => {
    await story.world.phones.fault({ target: 'bridge', leg: 'message', kind: 'refuse' })
    const refused = await ask('ще раз')
    expect(await becomes(refused, 'failed')).toMatchObject({ error: { detail: expect.stringMatching(/WhatsApp refuses/) } })
    await story.world.phones.fault(undefined)
    await story.admin.call('retryMessage', { params: { message_id: refused.id } })
    await becomes(refused, 'delivered', 'read')
    expect((await story.world.phones.received(olena)).filter(({ text }) => text === 'ще раз')).toHaveLength(1)
  })

  test('13.21 homeserver down while customers write: all of it comes afterwards, once and in order', async () => {
    const expected = lines('без сервера', 20)
    for (const [index, text] of expected.entries()) {
      if (index === 5) await synapse.kill()
      await write(text)
    }
    await synapse.restart()
    await waitFor(async () => (await said('без сервера')).includes(expected.at(-1) ?? ''), { what: 'the last line', timeout: 90_000 })
    const found = await said('без сервера')
    // The homeserver may have taken one whose answer the bridge did not hear.
    expect([...new Set(found)]).toEqual(expected)
    expect(found.length).toBeLessThanOrEqual(expected.length + 1)
  })

  test('13.22 our server down: what was written meanwhile comes once, and a number lost meanwhile is known', async () => {
    const { product, phones } = story.world
    await linkByQr(story.world, story.admin, petro)
    await channelWhen(story, petro, 'connected')
    await product.stop()
    const expected = lines('без нас', 20)
    for (const text of expected) await write(text)
    await phones.act(petro, 'unlink')
    await product.start()
    await channelWhen(story, petro, 'logged_out')
    await waitFor(async () => (await said('без нас')).length >= expected.length, { what: 'what was written', timeout: 60_000 })
    await settled(story.admin)
    expect(await said('без нас')).toEqual(expected)
  })

  test('13.24 isolation: two numbers in one group have a room each, and neither sees the other’s', async () => {
    const [taras, ivan] = [await addAgent(story, 'taras@example.org', 'Тарас'), await addAgent(story, 'ivan@example.org', 'Іван')]
    await linkByQr(story.world, taras, tarasPhone)
    await linkByQr(story.world, ivan, ivanPhone)
    const group = await story.world.phones.group('Ремонт', [tarasPhone, ivanPhone, olena])
    await write('для обох', { group })
    const [one, other] = [await groupOf(taras), await groupOf(ivan)]
    expect(other.id).not.toBe(one.id)
    expect(await ivan.refused('getConversation', { params: { conversation_id: one.id } })).toMatchObject({ status: 404 })
    expect(await taras.refused('listMessages', { params: { conversation_id: other.id } })).toMatchObject({ status: 404 })
    await sendAndDeliver(taras, one, { text: 'від Тараса' })
    const theirs = await waitFor(async () => (await messagesOf(ivan, other)).find((message) => textOf(message) === 'від Тараса'), {
      what: 'the colleague’s words in the other room',
    })
    expect(theirs).toMatchObject({ direction: 'inbound', origin: 'contact', sender: { phone: tarasPhone } })
    expect((await messagesOf(taras, one)).map(textOf)).toEqual(['для обох', 'від Тараса'])
    expect((await messagesOf(ivan, other)).map(textOf)).toEqual(['для обох', 'від Тараса'])
  })

  test('13.24 isolation: nothing of linking stands in the inbox, and no secret in what is answered', async () => {
    const all = JSON.stringify([await conversationsOf(story.admin), await inboxOf(story.admin)])
    expect(all).not.toMatch(/bridge bot|qr\.png|2@/)
    const { settings } = story.world
    const answers = JSON.stringify([
      await story.admin.call('getMatrixSystemConfig'),
      await story.admin.call('getWhatsappLogin', { params: { user_id: 'me' } }),
      await story.admin.call('listChannels'),
    ])
    for (const secret of [settings.bridge_as_token, settings.bridge_admin_secret, settings.admin_password])
      expect(answers).not.toContain(secret)
    expect(answers).not.toContain('2@')
  })
})

async function groupOf(person: Person): Promise<Conversation> {
  const find = async () => (await conversationsOf(person)).find((one) => one.type === 'group' && one.last_message !== undefined)
  return waitFor(find, { what: 'the group', timeout: 60_000 })
}
