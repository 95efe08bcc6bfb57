import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../e2e/wait.ts'
import { conversationsOf, ledgerOf, linkByQr, settled } from '../support/inbox.ts'
import { makeFirstAdmin } from '../support/newcomer/linking.ts'
import { beginStory, ours, type Story } from '../support/newcomer/story.ts'
import { sidesOf } from '../support/sides.ts'
import { openWorld } from '../support/world.ts'

/** Where something goes wrong: between which two, and on which requests. */
interface Leg {
  readonly name: string
  readonly order: (story: Story) => { readonly target: 'homeserver' | 'bridge'; readonly leg: string; readonly match?: object }
  readonly kinds: readonly string[]
}

const all = ['drop', 'delay', 'duplicate', 'reorder', '429', '5xx', 'reset_after_accept']
const portOf = (url: string | undefined) => `:${new URL(url ?? '').port}/`

/**
 * What a bridge itself loses or doubles, or a homeserver never tells it, is not made good by us (`settled.md` 12) but marked as in doubt:
 * these kinds are left out.
 */
const legs: readonly Leg[] = [
  // The attempt's id begins so; the bridge's own sends carry other ones.
  {
    name: 'our sends',
    order: () => ({ target: 'homeserver', leg: 'client', match: { method: 'PUT', path: '/send/m.room.message/0' } }),
    kinds: all,
  },
  { name: 'our audits', order: () => ({ target: 'homeserver', leg: 'client', match: { path: '/sync' } }), kinds: all },
  {
    name: 'pushes to us',
    order: ({ world }) => ({ target: 'homeserver', leg: 'push', match: { path: portOf(world.pushes.url) } }),
    kinds: all,
  },
  {
    name: 'pushes to the bridge',
    order: ({ world }) => ({ target: 'homeserver', leg: 'push', match: { path: portOf(world.settings.bridge_url) } }),
    kinds: all.filter((kind) => kind !== 'drop'),
  },
  {
    name: 'the bridge’s word on our messages',
    order: () => ({ target: 'bridge', leg: 'status' }),
    kinds: ['drop', 'delay', 'duplicate', 'reorder'],
  },
  { name: 'messages to WhatsApp', order: () => ({ target: 'bridge', leg: 'message' }), kinds: ['delay'] },
  { name: 'messages from WhatsApp', order: () => ({ target: 'bridge', leg: 'inbound' }), kinds: ['delay'] },
]

const writer = (index: number) => `+38050${String(3_000_001 + index)}`
const reader = (index: number) => `+38063${String(3_000_001 + index)}`

let story: Story
beforeAll(async () => {
  const pullTimes = { auditEveryMs: 1_000, quietMs: 1_000, lateMs: 1_000, sweepRestMs: 500 }
  story = beginStory(await openWorld({ intake: 'push_and_sync', registered: true, timeScale: 0.02, pullTimes }))
  await makeFirstAdmin(story)
  await story.admin.call('saveMatrixSystemConfig', { body: story.world.settings })
  await linkByQr(story.world, story.admin, ours)
  const [number] = (await story.admin.call('listChannels')).items
  if (number === undefined) throw new Error('no number was linked')
  // Not what is tested here.
  await story.admin.call('updateChannel', { params: { channel_id: number.id }, body: { pace: { messages_per_minute: 600 } } })
  for (let index = 0; index < 2; index += 1) {
    await say(writer(index), 'Добрий день')
    await say(reader(index), 'Добрий день')
  }
  await waitFor(async () => (await conversationsOf(story.admin)).length === 4, { what: 'four chats', timeout: 30_000 })
})
afterAll(async () => {
  story?.stream?.close()
  await story?.world[Symbol.asyncDispose]()
})

const say = (from: string, text: string) => story.world.phones.write(from, { to: ours, type: 'text', text })

async function answer(to: string, text: string): Promise<void> {
  const conversation = (await conversationsOf(story.admin)).find(({ contact }) => contact?.phone === to)
  if (conversation === undefined) throw new Error(`there is no chat with ${to}`)
  await story.admin.call('sendMessage', { params: { conversation_id: conversation.id }, body: { text } })
}

test.each(all)('%s on every leg: nothing is lost, doubled or out of order', { timeout: 120_000 }, async (kind) => {
  const { phones } = story.world
  for (const { name, order, kinds } of legs) {
    if (!kinds.includes(kind)) continue
    // WhatsApp counts seconds: of two messages of one second, each in a push of its own, nobody can tell which push was overtaken.
    if (kind === 'reorder') await sleep(1_000)
    await phones.fault({ ...order(story), kind, count: 1, ms: 300 })
    for (let index = 0; index < 2; index += 1) {
      await say(writer(index), `${name}: ${kind} ${index}`)
      await answer(reader(index), `${name}: ${kind} ${index}`)
    }
  }
  await waitFor(async () => (await phones.faults()).length === 0, { what: 'every fault to have been met', timeout: 30_000 })
  const count = (await ledgerOf(phones, ours)).size
  expect(count).toBeGreaterThan(4)
  await waitFor(agree, { what: 'inbox and ledger to agree', timeout: 90_000, interval: 300 })
  await settled(story.admin)
  const { inbox, whatsapp } = await sidesOf(story)
  expect(inbox).toEqual(whatsapp)
  expect(await story.admin.call('getOperations')).toMatchObject({ dead_letters: 0 })
  const told = story.stream.of('message.created').map(({ id }) => id)
  expect(told.length).toBe(new Set(told).size)
})

async function agree(): Promise<boolean> {
  const { inbox, whatsapp } = await sidesOf(story)
  const isSame = JSON.stringify(inbox) === JSON.stringify(whatsapp)
  const { outbox_waiting } = await story.admin.call('getOperations')
  return isSame && outbox_waiting === 0
}
