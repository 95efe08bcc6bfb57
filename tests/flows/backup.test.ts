import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { waitFor } from '../e2e/wait.ts'
import { signIn } from '../support/api-client.ts'
import { conversationsOf, inboxOf, linkByQr } from '../support/inbox.ts'
import { openPhones } from '../support/phones.ts'
import { findPorts } from '../support/ports.ts'
import { command, openShelter, serverProcess } from '../torture/processes.ts'

const main = join(import.meta.dirname, '../../cli/main.ts')
const admin = { email: 'admin@mistok.test', password: 'a long password of the test' }
const [ours, olena] = ['+380671110001', '+380671110002']

test(
  'a backup that was made under way is restored on an empty machine: nothing is lost, nothing is sent twice, no phone is linked anew',
  { timeout: 240_000 },
  async () => {
    await using shelter = openShelter()
    const { folder } = shelter
    await using ending = new AsyncDisposableStack()
    const [port, sandboxPort] = [await findPorts(1), await findPorts(5)]
    const envOf = (data: string) => ({
      ...process.env,
      MISTOK_DATA_DIR: join(folder, data),
      MISTOK_PORT: String(port),
      MISTOK_SANDBOX_PORT: String(sandboxPort),
      MISTOK_ADMIN_EMAIL: admin.email,
      MISTOK_ADMIN_PASSWORD: admin.password,
      MISTOK_FFMPEG: 'off',
      MISTOK_LOG_LEVEL: 'warn',
    })
    const serverOn = (data: string) => {
      const onPids = (pids: number[]) => shelter.watch(data, pids)
      return serverProcess({ args: ['demo', '--server-only'], env: envOf(data), folder, data: join(folder, data), onPids })
    }
    const run = (data: string, ...args: string[]) =>
      promisify(execFile)(process.execPath, [main, ...args, '--demo'], { env: envOf(data), timeout: 60_000 })

    const world = command({ name: 'sandbox', args: ['sandbox'], env: envOf('first'), folder })
    world.start()
    ending.defer(world.end)
    shelter.watch('sandbox', [world.pid])
    const phones = openPhones(`http://127.0.0.1:${sandboxPort}`)
    await waitFor(
      () =>
        phones.ledger().then(
          () => true,
          () => false,
        ),
      { what: 'the sandbox', timeout: 60_000 },
    )
    const first = serverOn('first')
    ending.defer(first.end)
    await first.start()
    let boss = await signIn(first.state.url, admin)
    const { channel_id = '' } = await linkByQr({ phones }, boss, ours)
    await phones.write(olena, { to: ours, type: 'text', text: 'Є у наявності?' })
    const conversation = await waitFor(
      async () => (await conversationsOf(boss)).find(({ last_message }) => last_message?.preview === 'Є у наявності?'),
      { what: 'the chat' },
    )
    const params = { conversation_id: conversation.id }
    const picture = randomBytes(50_000)
    const { id: media_id } = await boss.upload(new Uint8Array(picture), 'application/pdf', 'рахунок.pdf')
    await boss.call('sendMessage', { params, body: { type: 'document', attachments: [{ media_id }], text: 'Рахунок' } })
    const has = (text: string) => async () => (await phones.received(olena)).filter((message) => message.text === text).length
    await waitFor(async () => (await has('Рахунок')()) === 1, { what: 'the file on the phone' })

    // One message has gone out within this minute, so this one waits while the backup is made, and goes out afterwards.
    const pace = (messages_per_minute: number) =>
      boss.call('updateChannel', { params: { channel_id }, body: { pace: { messages_per_minute } } })
    await pace(1)
    const waiting = await boss.call('sendMessage', { params, body: { text: 'Надіслано після копії' } })
    const file = join(folder, 'backup.tar')
    await run('first', 'backup', file)
    await pace(600)
    await waitFor(async () => (await has('Надіслано після копії')()) === 1, { what: 'what had waited, on the phone' })
    await first.kill()
    await phones.write(olena, { to: ours, type: 'text', text: 'Написано, поки сервера не було' })

    // Half a backup is none.
    const whole = readFileSync(file)
    writeFileSync(join(folder, 'half.tar'), whole.subarray(0, whole.length / 2))
    await expect(run('second', 'restore', join(folder, 'half.tar'))).rejects.toThrow(/not whole|Unexpected end/)
    expect((await run('second', 'restore', file)).stdout).toMatch(/1 messages were on their way/)
    await expect(run('second', 'restore', file)).rejects.toThrow(/in use/)

    const second = serverOn('second')
    ending.defer(second.end)
    await second.start()
    boss = await signIn(second.state.url, admin)
    const texts = async () => (await inboxOf(boss)).map((message) => ('text' in message ? message.text : message.type))
    await waitFor(async () => (await texts()).includes('Написано, поки сервера не було'), {
      what: 'what was written meanwhile',
      timeout: 60_000,
    })
    expect((await texts()).toSorted()).toEqual(
      ['Є у наявності?', 'Написано, поки сервера не було', 'Надіслано після копії', 'Рахунок'].toSorted(),
    )
    expect(Buffer.from(await boss.download(media_id)).equals(picture)).toBe(true)
    const kept = (await inboxOf(boss)).find(({ id }) => id === waiting.id)
    expect(kept?.unconfirmed_since !== undefined || kept?.status === 'delivered' || kept?.status === 'sent').toBe(true)

    await pace(600)
    await boss.call('sendMessage', { params, body: { text: 'Ми знову тут' } })
    await waitFor(async () => (await has('Ми знову тут')()) === 1, { what: 'an answer without linking anew', timeout: 60_000 })
    expect(await has('Надіслано після копії')()).toBe(1)
    await second.stop()
  },
)
