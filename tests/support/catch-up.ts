import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../e2e/wait.ts'
import { ledgerOf, linkByQr, settled } from './inbox.ts'
import { makeFirstAdmin } from './newcomer/linking.ts'
import { beginStory, ours, type Story } from './newcomer/story.ts'
import { type BothSides, sidesOf } from './sides.ts'
import type { World } from './world.ts'

/** How much is there before linking, and how much comes while the server is stopped; `inOne` of the missed ones are in one chat. */
export interface Amounts {
  readonly chats: number
  readonly historyEach: number
  readonly missed: number
  readonly inOne: number
}

/** More in one chat than a homeserver tells at once, so that a gap has to be filled. */
const aGap = 150

/**
 * Everything that was said before linking, while the server was away and while pushes went astray is there afterwards, once and in
 * order, and the event stream tells of it once. `pushed`: the homeserver pushes; at the end it is set to sync alone.
 */
export function tellCatchUp(name: string, open: () => Promise<World>, amounts: Amounts, pushed: boolean): void {
  describe(`catching up ${name}`, { timeout: 700_000 }, () => {
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

    for (const { deed, miss } of pushed ? [...always, ...withPushes] : always) {
      test(deed, async () => {
        const { inbox, whatsapp } = await miss(story, amounts)
        expect(inbox).toEqual(whatsapp)
      })
    }

    test('nothing could not be read, and the stream told of each message once', async () => {
      expect(await story.admin.call('getOperations')).toMatchObject({ dead_letters: 0, inbound_waiting: 0, jobs_waiting: 0 })
      const told = story.stream.of('message.created').map(({ id }) => id)
      expect(told.length).toBe(new Set(told).size)
      expect(told.length).toBe((await ledgerOf(story.world.phones, ours)).size)
    })
  })
}

type Miss = (story: Story, amounts: Amounts) => Promise<BothSides>

const always: readonly { readonly deed: string; readonly miss: Miss }[] = [
  { deed: 'the history of every chat arrives on linking, and nothing of it is unread', miss: linkWithHistory },
  { deed: 'what was said while the server was stopped is there when it runs again', miss: missWhileStopped },
]

const withPushes: typeof always = [
  { deed: 'what was said while every push went astray is brought by the audit', miss: missPushes },
  {
    deed: 'set to sync alone, the server stopped once more: nothing is missing either, with gaps to be filled',
    async miss(story, amounts) {
      const saved = await story.admin.call('saveMatrixSystemConfig', { body: { ...story.world.settings, intake: 'sync' } })
      expect(saved.intake).toBe('sync')
      return missWhileStopped(story, { ...amounts, missed: amounts.missed / 2, inOne: aGap })
    },
  },
]

async function linkWithHistory(story: Story, amounts: Amounts): Promise<BothSides> {
  await story.world.phones.act(ours, 'history', { chats: historyOf(amounts) })
  await linkByQr(story.world, story.admin, ours)
  return bothSides(story, amounts.chats * amounts.historyEach)
}

/** The homeserver is told that its pushes were taken, and the server runs on without them. */
async function missPushes(story: Story, amounts: Amounts): Promise<BothSides> {
  const { phones, pushes } = story.world
  const before = (await ledgerOf(phones, ours)).size
  // Synapse pauses for minutes once it could not reach us, unless it is asked not to.
  const passed = pushes.counts.passed
  await sayMissed(story, { ...amounts, missed: 1 })
  await waitFor(() => pushes.counts.passed > passed, { what: 'the homeserver to push again', timeout: 20_000 })
  pushes.astray = true
  await sayMissed(story, { ...amounts, missed: amounts.missed / 4 })
  const both = await bothSides(story, before + 1 + amounts.missed / 4)
  expect(pushes.counts.lost).toBeGreaterThan(0)
  return both
}

/** Stops the server, lets people write, and starts it again when the homeserver has everything. */
async function missWhileStopped(story: Story, amounts: Amounts): Promise<BothSides> {
  const { product, phones } = story.world
  const count = (await ledgerOf(phones, ours)).size + amounts.missed
  await product.stop()
  await sayMissed(story, amounts)
  await waitFor(async () => (await ledgerOf(phones, ours)).size >= count, {
    what: 'the bridge to bring it all',
    timeout: 400_000,
    interval: 500,
  })
  await product.start()
  return bothSides(story, count)
}

async function sayMissed({ world: { phones } }: Story, amounts: Amounts): Promise<void> {
  for (const { from, body } of missedOf(amounts)) await phones.write(from, body)
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
function missedOf({ chats, missed, inOne }: Amounts) {
  return Array.from({ length: missed }, (_, index) => {
    const other = customer(index < inOne ? 0 : 1 + (index % (chats - 1)))
    const [from, to] = index % 10 === 9 ? [ours, other] : [other, ours]
    return { from, body: { to, type: 'text', text: `Нове ${index + 1}` } }
  })
}

/** Waits until the event stream has told of so many messages, and gives what both sides have. */
async function bothSides(story: Story, count: number): Promise<BothSides> {
  await waitFor(() => story.stream.of('message.created').length >= count, { what: `${count} messages`, timeout: 400_000, interval: 100 })
  await settled(story.admin)
  return sidesOf(story)
}
