import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../e2e/wait.ts'
import { type Person, signIn } from '../support/api-client.ts'
import { conversationsOf, findMessage, linkByQr, sendAndDeliver } from '../support/inbox.ts'
import { openWorld, type World } from '../support/world.ts'

const ours = '+380501110001'
const olena = '+380671234567'
const petro = '+380671234568'
let world: World
let admin: Person

beforeAll(async () => {
  world = await openWorld({ registered: true, intake: 'push_and_sync', timeScale: 0.02 })
  const first = { email: 'admin@x.org', name: 'Admin', password: 'correct horse battery' }
  admin = await signIn(world.product.url, { ...first, setup_token: await world.product.setupToken() })
  await admin.call('saveMatrixSystemConfig', { body: world.settings })
  await linkByQr(world, admin, ours, { access: 'shared' })
}, 120_000)
afterAll(() => world?.[Symbol.asyncDispose]())

test('who has read what we said in a group is counted and named; it is read when all have', { timeout: 60_000 }, async () => {
  const group = await world.phones.group('Ремонт', [ours, olena, petro])
  await world.phones.write(petro, { group, text: 'Хто завтра?' })
  const chat = await waitFor(async () => (await conversationsOf(admin)).find((one) => one.name === 'Ремонт'), { what: 'the group' })
  const said = await sendAndDeliver(admin, chat, { text: 'Я' })
  const counted = (read: number) =>
    waitFor(
      async () => {
        const message = await findMessage(admin, said)
        return message?.receipts?.read === read ? message : undefined
      },
      { what: `${read} who have read` },
    )
  const readers = async () => {
    const { items } = await admin.call('listReceipts', { params: { message_id: said.id }, query: {} })
    return items.map(({ phone, read_at }) => [phone, read_at !== undefined])
  }

  await world.phones.act(petro, 'read', { group })
  expect(await counted(1)).toMatchObject({ status: 'sent', receipts: { read: 1, of: 2 } })
  expect(await readers()).toEqual([[petro, true]])

  await world.phones.act(olena, 'read', { group })
  expect(await counted(2)).toMatchObject({ status: 'read', receipts: { read: 2, of: 2 } })
  expect(await readers()).toEqual([
    [petro, true],
    [olena, true],
  ])
})
