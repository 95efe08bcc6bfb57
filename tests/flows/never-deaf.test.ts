import { afterEach, expect, test } from 'vitest'
import type { PullTimes } from '../../server/inbox/watching/pull.ts'
import { waitFor } from '../e2e/wait.ts'
import { conversationsOf, findMessage, linkByQr, messagesOf, sendAndDeliver } from '../support/inbox.ts'
import { makeFirstAdmin } from '../support/newcomer/linking.ts'
import { beginStory, olena, ours, type Story } from '../support/newcomer/story.ts'
import { openWorld } from '../support/world.ts'

/** Nothing is ever audited by the clock. */
const unaudited = { auditEveryMs: 3_600_000, sweepRestMs: 300 }

let story: Story
afterEach(() => story?.world[Symbol.asyncDispose]())

/** A number that is linked, with one chat, and every suspicion of the beginning answered. */
async function begin(pullTimes: PullTimes): Promise<void> {
  story = beginStory(await openWorld({ intake: 'push_and_sync', registered: true, timeScale: 0.05, pullTimes }))
  await makeFirstAdmin(story)
  await story.admin.call('saveMatrixSystemConfig', { body: story.world.settings })
  await linkByQr(story.world, story.admin, ours)
  await story.world.phones.write(olena, { to: ours, type: 'text', text: 'Добрий день' })
  await heard('Добрий день')
  await isWell()
}

const degraded = async () => (await story.admin.call('getOperations')).degraded
const isWell = () => waitFor(async () => (await degraded()).length === 0, { what: 'every suspicion to be answered', timeout: 30_000 })

/** Says something that is not pushed to us. */
async function sayAstray(text: string): Promise<void> {
  const { phones, pushes } = story.world
  const { lost } = pushes.counts
  pushes.astray = true
  await phones.write(olena, { to: ours, type: 'text', text })
  await waitFor(() => pushes.counts.lost > lost, { what: 'a push to go astray', timeout: 10_000 })
}

async function heard(text: string): Promise<void> {
  const look = async () => {
    const [conversation] = await conversationsOf(story.admin)
    const messages = conversation === undefined ? [] : await messagesOf(story.admin, conversation)
    return messages.some((message) => 'text' in message && message.text === text)
  }
  await waitFor(look, { what: `"${text}" in the inbox`, timeout: 30_000 })
}

test('pushes that go astray are missed by the canary, said in words, and brought by a sweep', { timeout: 60_000 }, async () => {
  await begin({ ...unaudited, quietMs: 600, lateMs: 400 })
  const { pushes } = story.world
  const { passed } = pushes.counts
  await waitFor(() => pushes.counts.passed > passed, { what: 'a canary', timeout: 10_000 })
  expect(await degraded()).toEqual([])

  await sayAstray('Мене чути?')
  await heard('Мене чути?')
  const told = { road: 'matrix', detail: expect.stringMatching(/has not come: messages may come late/) }
  expect(await story.admin.call('getOperations')).toMatchObject({ degraded: [told], warnings: [told.detail] })
  pushes.astray = false
  await isWell()
  expect((await conversationsOf(story.admin)).map(({ contact }) => contact?.phone)).toEqual([olena])
  expect(await story.admin.call('getOperations')).toMatchObject({ dead_letters: 0, deferred_events: 0 })
})

test('what was read and delivered while the server was stopped is known when it runs again', { timeout: 90_000 }, async () => {
  await begin({ ...unaudited, quietMs: 3_600_000 })
  const { product, phones } = story.world
  const [conversation] = await conversationsOf(story.admin)
  const read = await sendAndDeliver(story.admin, conversation!, { text: 'Прочитайте' })
  await phones.act(olena, 'offline', { offline: true })
  const params = { conversation_id: conversation!.id }
  const late = await story.admin.call('sendMessage', { params, body: { text: 'Доставте' } })
  const statusOf = async (message: typeof late) => (await findMessage(story.admin, message))?.status
  await waitFor(async () => (await statusOf(late)) === 'sent', { what: 'WhatsApp to have taken it', timeout: 30_000 })

  await product.stop()
  await phones.act(olena, 'offline', { offline: false })
  await phones.act(olena, 'read', { with: ours })
  await product.start()
  await waitFor(async () => (await statusOf(read)) === 'read', { what: 'what was read to be known', timeout: 30_000 })
  await waitFor(async () => (await statusOf(late)) === 'read', { what: 'what was delivered and read to be known', timeout: 30_000 })
  await isWell()
  expect(await story.admin.call('getOperations')).toMatchObject({ dead_letters: 0 })
})

test('whatever goes wrong between us and the homeserver makes us ask for everything', { timeout: 90_000 }, async () => {
  await begin({ ...unaudited, quietMs: 3_600_000 })
  const [conversation] = await conversationsOf(story.admin)
  for (const kind of ['5xx', 'drop', 'reset_after_accept'] as const) {
    await sayAstray(`Перед ${kind}`)
    story.world.pushes.astray = false
    await story.world.phones.fault({ target: 'homeserver', leg: 'client', kind, count: 1, match: { path: '/send/m.room.message' } })
    await sendAndDeliver(story.admin, conversation!, { text: `Після ${kind}` })
    await heard(`Перед ${kind}`)
    await isWell()
  }
  expect(story.world.pushes.counts.lost).toBeGreaterThanOrEqual(3)
})
