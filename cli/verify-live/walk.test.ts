import { afterAll, beforeAll, expect, test } from 'vitest'
import { linkByQr } from '../../tests/support/inbox.ts'
import { makeFirstAdmin } from '../../tests/support/newcomer/linking.ts'
import { beginStory, olena, ours, type Story } from '../../tests/support/newcomer/story.ts'
import { openWorld } from '../../tests/support/world.ts'
import { type Api, openApi } from './api.ts'
import { liveSteps } from './steps.ts'
import { type Answer, type Outcome, type Person, type Scene, walk } from './walk.ts'

let story: Story
let api: Api
beforeAll(async () => {
  story = beginStory(await openWorld({ registered: true, intake: 'push_and_sync', timeScale: 0.05 }))
  await makeFirstAdmin(story)
  story.stream.close()
  await story.admin.call('saveMatrixSystemConfig', { body: story.world.settings })
  api = await openApi(story.world.product.url, { email: 'admin@example.org', password: 'a password of the first admin' })
})
afterAll(async () => {
  await api?.close()
  await story?.world[Symbol.asyncDispose]()
})

/** Does on the sandbox's phones what each step says. */
function deedsOf({ world, admin }: Story): Readonly<Record<string, (name: string) => Promise<unknown>>> {
  const { phones } = world
  const write = (body: object, from = olena) => phones.write(from, { to: from === ours ? olena : ours, ...body })
  let first = ''
  const act = (deed: string, body: object) => phones.act(olena, deed, { message_id: first, ...body })
  return {
    link: () => linkByQr(world, admin, ours),
    text: async (name) => (first = (await write({ type: 'text', text: name })).id),
    reply: (name) => write({ type: 'text', text: name, reply_to: first }),
    image: (name) => write({ type: 'image', text: name }),
    voice: () => write({ type: 'voice' }),
    document: () => write({ type: 'document', file_name: 'a.pdf' }),
    sticker: () => write({ type: 'sticker', emoji: '🙂' }),
    location: () => write({ type: 'location', latitude: 50.45, longitude: 30.52 }),
    contact: () => write({ type: 'contacts', contacts: [{ name: 'Іван', phone: '+380991112233' }] }),
    poll: () => write({ type: 'poll', question: 'Чай?', options: ['так', 'ні'] }),
    edit: (name) => act('edit', { text: name }),
    reaction: () => act('react', { emoji: '👍' }),
    reaction_gone: () => act('react', { emoji: '' }),
    revoke: () => act('revoke', {}),
    from_phone: (name) => write({ type: 'text', text: name }, ours),
    ticks: () => readWhenSent(),
    group: async (name) => phones.write(olena, { group: await phones.group('Перевірка', [ours, olena]), type: 'text', text: name }),
    unlink: () => phones.act(ours, 'unlink'),
    relink: () => linkByQr(world, admin, ours),
    again: (name) => write({ type: 'text', text: name }),
  }

  /** Somebody opens the chat as soon as it is there. */
  async function readWhenSent(): Promise<void> {
    const count = (await phones.received(olena)).length
    while ((await phones.received(olena)).length === count) await new Promise((resolve) => setTimeout(resolve, 20))
    await phones.act(olena, 'read', { with: ours })
  }
}

interface Told extends Person {
  readonly questions: string[]
}

function personWho(does: (id: string, name: string) => Promise<unknown> | undefined, answer: Answer, skips = false): Told {
  const questions: string[] = []
  return {
    questions,
    begin: ({ id, name }) => void does(id, name)?.catch((error: unknown) => questions.push(String(error))),
    ended: () => {},
    ask: async (question) => {
      questions.push(question)
      return answer
    },
    skips: () => (skips ? Promise.resolve() : new Promise(() => {})),
  }
}

const sceneNow = (): Scene => ({
  api,
  began: new Date().toISOString(),
  prefix: '!wa',
  phone: undefined,
  channel: undefined,
  chat: undefined,
  kept: new Map(),
})
const faulty = (outcomes: readonly Outcome[]) => outcomes.filter(({ result }) => result !== 'pass')

test('who does what is said sees every step pass', { timeout: 120_000 }, async () => {
  const deeds = deedsOf(story)
  const person = personWho((id, name) => deeds[id]?.(name), 'yes')
  const outcomes = await walk(liveSteps, sceneNow(), person, { patienceMs: 30_000, everyMs: 50 })
  expect(faulty(outcomes)).toEqual([])
  expect(outcomes).toHaveLength(liveSteps.length)
  expect(person.questions).toEqual(liveSteps.flatMap(({ question }) => question ?? []))
})

test('what did not happen has failed, what eyes did not see too; what rests on it says so', async () => {
  const steps = liveSteps.filter(({ id }) => ['link', 'history', 'text', 'edit', 'own_image'].includes(id))
  const outcomes = await walk(
    steps,
    sceneNow(),
    personWho(() => undefined, 'no'),
    { patienceMs: 200, everyMs: 50 },
  )
  expect(outcomes.map(({ id, result, seen }) => [id, result, seen])).toEqual([
    ['link', 'pass', expect.stringContaining(ours)],
    ['history', 'FAIL', expect.stringContaining('not so')],
    ['text', 'FAIL', expect.stringContaining('not seen')],
    ['edit', 'FAIL', expect.stringContaining('"text" has to work first')],
    ['own_image', 'FAIL', expect.stringContaining('phone B has to write first')],
  ])
})

test('a step can be left out, and a message from before the walk is not taken for it', async () => {
  const stream = await story.admin.follow()
  await story.world.phones.write(olena, { to: ours, type: 'text', text: 'step 1' })
  await stream.until('message.created', 'the message', (message) => 'text' in message && message.text === 'step 1')
  stream.close()
  const steps = liveSteps.filter(({ id }) => id === 'text')
  const bored = personWho(() => undefined, 'yes', true)
  expect(await walk(steps, sceneNow(), bored, { patienceMs: 30_000, everyMs: 50 })).toMatchObject([{ id: 'text', result: 'skipped' }])
})

test('a wrong password and a server that is not there are said in words', async () => {
  await expect(openApi(story.world.product.url, { email: 'admin@example.org', password: 'not this one at all' })).rejects.toThrow(/401/)
  await expect(openApi('http://127.0.0.1:9', { email: 'a@example.org', password: 'x' })).rejects.toThrow(/does not answer/)
})
