import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Attachment } from '../../contract/content.ts'
import { waitFor } from '../e2e/wait.ts'
import { type Person, signIn } from '../support/api-client.ts'
import { inboxOf } from '../support/inbox.ts'
import { connectMeta } from '../support/meta.ts'
import { sha256 } from '../support/phones.ts'
import { openWorld, type World } from '../support/world.ts'

const customer = '+380671112233'
const megabyte = 1024 * 1024
let world: World
let admin: Person

beforeEach(async () => {
  world = await openWorld({ registered: false, intake: 'sync', timeScale: 0.02, mediaMax: '1 MB' })
  const { product, meta } = world
  const first = { email: 'admin@x.org', name: 'Admin', password: 'correct horse battery' }
  admin = await signIn(product.url, { ...first, setup_token: await product.setupToken() })
  await connectMeta(admin, meta)
})
afterEach(() => world[Symbol.asyncDispose]())

const to = () => world.meta.numbers[0]?.phone ?? ''

/** The files of what was said, oldest first. */
async function files(): Promise<readonly Attachment[]> {
  return (await inboxOf(admin)).flatMap((message) => ('attachments' in message ? message.attachments : []))
}
// A try that was under way when the token was changed comes again after a minute.
const become = (status: Attachment['status'], count: number) =>
  waitFor(async () => (await files()).filter((file) => file.status === status).length === count && files(), {
    what: `${count} ${status}`,
    timeout: 90_000,
  })

test('a file that comes while the access token is dead waits for a new one', { timeout: 200_000 }, async () => {
  world.meta.setToken('expired')
  const picture = await world.phones.write(customer, { to: to(), type: 'image', text: 'look' })
  await become('pending', 1)
  await waitFor(async () => (await admin.call('getOperations')).jobs_waiting > 0, { what: 'the file to wait' })
  world.meta.setToken('valid')
  await admin.call('saveWhatsappConfig', { body: world.meta.settings })
  const [file] = await become('ready', 1)
  expect(sha256(await admin.download(file?.id ?? ''))).toBe(picture.media?.sha256)
})

test('a file larger than MISTOK_MEDIA_MAX is refused where we are given it, and said to be failed where it comes', async () => {
  const large = new Uint8Array(megabyte + 1)
  await expect(admin.upload(large, 'application/pdf', 'large.pdf')).rejects.toThrow(/413.*media_too_large/)
  const small = await admin.upload(new Uint8Array(megabyte).fill(1), 'application/pdf', 'small.pdf')
  expect(small.size_bytes).toBe(megabyte)
  await world.phones.write(customer, {
    to: to(),
    type: 'document',
    file_name: 'large.pdf',
    media: { data: Buffer.from(large).toString('base64') },
  })
  await world.phones.write(customer, { to: to(), type: 'image', text: 'small' })
  await become('failed', 1)
  await become('ready', 1)
})
