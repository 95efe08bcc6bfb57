import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Conversation } from '../../contract/conversation.ts'
import { waitFor } from '../e2e/wait.ts'
import type { Person } from './api-client.ts'
import { conversationsOf, inboxOf, ledgerOf, linkByQr, messagesOf, settled } from './inbox.ts'
import { makeFirstAdmin } from './newcomer/linking.ts'
import { beginStory, ours, type Story } from './newcomer/story.ts'
import type { PhoneMessage } from './phones.ts'
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
      const { inbox, whatsapp } = await bothSides(story, amounts.chats * amounts.historyEach)
      expect(inbox).toEqual(whatsapp)
      expect(inbox.every(({ unread }) => unread === 0)).toBe(true)
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
      const { inbox, whatsapp } = await bothSides(story, before + amounts.missed)
      expect(inbox).toEqual(whatsapp)
      expect(await story.admin.call('getOperations')).toMatchObject({ dead_letters: 0 })
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

/** A chat as one side has it; `last` is what the list of chats shows, `unread` what was said since we last wrote. */
interface Chat {
  readonly phone: string
  readonly said: readonly (string | undefined)[]
  readonly last: string | undefined
  readonly unread: number
}

/** Waits until so many messages are there, and gives what the inbox and WhatsApp's ledger have, chat by chat. */
async function bothSides(story: Story, count: number): Promise<{ readonly inbox: readonly Chat[]; readonly whatsapp: readonly Chat[] }> {
  const { admin, world } = story
  const wait = { timeout: 120_000, interval: 250 }
  await waitFor(async () => (await ledgerOf(world.phones, ours)).size >= count, { what: `${count} messages on the homeserver`, ...wait })
  await waitFor(async () => (await inboxOf(admin)).length >= count, { what: `${count} messages in the inbox`, ...wait })
  await settled(admin)
  const inbox = []
  for (const conversation of await conversationsOf(admin)) inbox.push(await inInbox(admin, conversation))
  const chats = Map.groupBy((await ledgerOf(world.phones, ours)).values(), ({ from, to }) => (from === ours ? to : from) ?? '')
  const whatsapp = [...chats].map(([phone, messages]) => onWhatsApp(phone, messages))
  const byPhone = (a: Chat, b: Chat) => Number(a.phone) - Number(b.phone)
  return { inbox: inbox.toSorted(byPhone), whatsapp: whatsapp.toSorted(byPhone) }
}

async function inInbox(admin: Person, conversation: Conversation): Promise<Chat> {
  const messages = await messagesOf(admin, conversation)
  return {
    phone: conversation.contact?.phone ?? '',
    said: messages.map((message) => ('text' in message ? message.text : message.type)),
    last: conversation.last_message?.preview,
    unread: conversation.unread_count,
  }
}

function onWhatsApp(phone: string, messages: readonly PhoneMessage[]): Chat {
  const sinceOurs = messages.slice(messages.findLastIndex(({ from }) => from === ours) + 1)
  return {
    phone,
    said: messages.map(({ text }) => text),
    last: messages.at(-1)?.text,
    unread: sinceOurs.filter(({ history }) => history !== true).length,
  }
}
