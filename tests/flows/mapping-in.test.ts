import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isOnSynapse, openHere } from '../support/here.ts'
import { changes } from '../support/mapping-in/changes.ts'
import { chats } from '../support/mapping-in/chats.ts'
import { tellHistory } from '../support/mapping-in/history.ts'
import { kinds } from '../support/mapping-in/kinds.ts'
import { isReady, olena, openScene, type Scene } from '../support/mapping-in/scene.ts'
import { noAudit } from '../support/world.ts'

const common = { ...noAudit, registered: true, intake: 'push_and_sync' } as const

const patienceMs = isOnSynapse ? 180_000 : 60_000

// Each row of docs/coverage.md is one of these tests, by its name; the numbers before are those of protocol/bridge.md 13.
describe.each([
  ['with double puppets', true],
  ['without double puppets', false],
])('WhatsApp → inbox, %s', { timeout: patienceMs }, (_, doublePuppet) => {
  let scene: Scene
  beforeAll(async () => {
    scene = await openScene(await openHere({ ...common, doublePuppet }))
  }, patienceMs)
  afterAll(async () => {
    await scene?.world[Symbol.asyncDispose]()
  })

  test.each(kinds)('13.15 $row', async ({ write, read, type }) => {
    const { message } = await scene.arrives(olena, write, (now) => isReady(now) && (type === undefined || now.type === type))
    expect(message).toMatchObject({ direction: 'inbound', origin: 'contact', sender: { name: 'Олена Коваль', phone: olena }, ...read })
  })

  // oxlint-disable-next-line vitest/expect-expect -- each does
  test.each(changes)('%s', (_row, run) => run(scene))

  // oxlint-disable-next-line vitest/expect-expect -- each does
  test.each(chats)('%s', (_row, run) => run(scene))
})

describe.each([
  ['with double puppets', true],
  ['without double puppets', false],
])('WhatsApp → inbox, %s', (_, doublePuppet) => {
  // oxlint-disable-next-line vitest/expect-expect -- it does
  test('13.14 history is told from live', { timeout: patienceMs }, async () => {
    await using world = await openHere({ ...common, doublePuppet })
    await tellHistory(world)
  })
})
