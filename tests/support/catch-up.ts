import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../e2e/wait.ts'
import { conversationsOf, inboxOf, ledgerOf, linkByQr, messagesOf, settled } from './inbox.ts'
import { makeFirstAdmin } from './newcomer/linking.ts'
import { beginStory, ours, type Story } from './newcomer/story.ts'
import type { World } from './world.ts'

/** How much is there before linking, and how much comes while the server is stopped. `missedInOne` of the missed ones are in one chat. */
export interface Amounts {
  readonly chats: number
  readonly historyEach: number
  readonly missed: number
  readonly missedInOne: number
}

/** Everything that was said before linking and while the server was away is there afterwards, once and in order. */
export function tellCatchUp(name: string, open: () => Promise<World>, amounts: Amounts): void {
  describe(`catching up ${name}`, { timeout: 240_000 }, () => {
    let story: Story
    beforeAll(async () => {
      story = beginStory(await open())
      await makeFirstAdmin(story)
      await story.admin.call('saveMatrixSystemConfig', { body: story.world.settings })
    })
    afterAll(async () => {
      story?.stream?.close()
      await story?.world[Symbol.asyncDispose]()
    })

    test('the history of every chat arrives on linking, once and in order, and nothing of it is unread', async () => {
      await story.world.phones.act(ours, 'history', { chats: historyOf(amounts) })
      await linkByQr(story.world, story.admin, ours)
      await expectAgreement(story, amounts.chats * amounts.historyEach)
      expect((await conversationsOf(story.admin)).filter(({ unread_count }) => unread_count > 0)).toEqual([])
    })

    test('what was said while the server was stopped is there when it runs again, once and in order', async () => {
      const { product, phones } = story.world
      const before = (await ledgerOf(phones, ours)).size
      await product.stop()
      for (const { from, body } of missedOf(amounts)) await phones.write(from, body)
      await waitFor(async () => (await ledgerOf(phones, ours)).size === before + amounts.missed, {
        what: 'the bridge to bring it all to the homeserver',
        timeout: 120_000,
        interval: 250,
      })
      await product.start()
      await expectAgreement(story, before + amounts.missed)
    })
  })
}

function customer(index: number): string {
  return `+38050${String(2_000_101 + index)}`
}

function historyOf({ chats, historyEach }: Amounts) {
  return Array.from({ length: chats }, (_, chat) => ({
    with: customer(chat),
    name: `Клієнт ${chat + 1}`,
    messages: Array.from({ length: historyEach }, (__, index) => ({
      from_me: index % 3 === 1,
      read: index % 2 === 0,
      text: `Давнє ${chat + 1}.${index + 1}`,
      sent_at: new Date(Date.UTC(2026, 10, 20, 8, chat, index)).toISOString(),
    })),
  }))
}

/** Faster than any clock that counts in seconds, and each tenth one typed on our own phone. */
function missedOf({ chats, missed, missedInOne }: Amounts) {
  return Array.from({ length: missed }, (_, index) => {
    const other = customer(index < missedInOne ? 0 : 1 + (index % (chats - 1)))
    const [from, to] = index % 10 === 9 ? [ours, other] : [other, ours]
    return { from, body: { to, type: 'text', text: `Нове ${index + 1}` } }
  })
}

/** Waits until so many messages are there, and compares them with WhatsApp's ledger chat by chat. */
async function expectAgreement({ admin, world }: Story, count: number): Promise<void> {
  const ledger = await waitFor(
    async () => {
      const found = await ledgerOf(world.phones, ours)
      return found.size >= count && found
    },
    { what: `${count} messages on the homeserver`, timeout: 120_000, interval: 250 },
  )
  await waitFor(async () => (await inboxOf(admin)).length >= count, {
    what: `${count} messages in the inbox`,
    timeout: 120_000,
    interval: 250,
  })
  await settled(admin)
  const chats = Map.groupBy(ledger.values(), ({ from, to }) => (from === ours ? to : from))
  const conversations = await conversationsOf(admin)
  expect(conversations).toHaveLength(chats.size)
  for (const conversation of conversations) {
    const expected = chats.get(conversation.contact?.phone ?? '') ?? []
    const messages = await messagesOf(admin, conversation)
    const said = messages.map((message) => ('text' in message ? message.text : message.type))
    expect(said, conversation.name).toEqual(expected.map(({ text }) => text))
    expect(conversation.last_message?.id, 'the last message').toBe(messages.at(-1)?.id)
    const unanswered = expected.length - 1 - expected.findLastIndex(({ from }) => from === ours)
    const live = expected.filter(({ history }) => history !== true).length
    expect(conversation.unread_count, 'what was said since we last wrote').toBe(Math.min(unanswered, live))
  }
  expect(await admin.call('getOperations')).toMatchObject({ dead_letters: 0 })
}
