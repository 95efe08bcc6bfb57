import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { writeBackup } from '../../cli/backup.ts'
import type { Message } from '../../contract/message.ts'
import { createApp } from '../../server/app.ts'
import { readConfig } from '../../server/config.ts'
import { waitFor } from '../e2e/wait.ts'
import { signIn } from '../support/api-client.ts'
import { createDatabase } from '../support/database.ts'
import { conversationsOf, inboxOf, linkByQr } from '../support/inbox.ts'
import { makeOlder, migrationsOf } from '../support/older-database.ts'
import { findPorts } from '../support/ports.ts'
import { openWorld, type World } from '../support/world.ts'

const main = join(import.meta.dirname, '../../cli/main.ts')
const admin = { email: 'admin@mistok.test', password: 'a long password of the test' }
const [ours, olena] = ['+380671110001', '+380671110002']
const waits = 'Чекає на нову версію'

/** A phone that is linked, a chat with a file in it, and one message that waits for its turn; by the server that is there now. */
async function live(world: World) {
  const { product, phones } = world
  const boss = await signIn(product.url, { ...admin, name: 'Адмін', setup_token: await product.setupToken() })
  await boss.call('saveMatrixSystemConfig', { body: world.settings })
  const { channel_id = '' } = await linkByQr({ phones }, boss, ours)
  await phones.write(olena, { to: ours, type: 'text', text: 'Є у наявності?' })
  const conversation = await waitFor(async () => (await conversationsOf(boss))[0], { what: 'the chat' })
  const params = { conversation_id: conversation.id }
  const picture = randomBytes(50_000)
  const { id: media_id } = await boss.upload(new Uint8Array(picture), 'application/pdf', 'рахунок.pdf')
  await boss.call('sendMessage', { params, body: { type: 'document', attachments: [{ media_id }], text: 'Рахунок' } })
  const has = async (text: string) => (await phones.received(olena)).filter((message) => message.text === text).length
  await waitFor(async () => (await has('Рахунок')) === 1, { what: 'the file on the phone' })
  await waitFor(async () => (await inboxOf(boss)).every(({ status }) => status !== 'sending' && status !== 'queued'), { what: 'its tick' })
  // One message has gone out within this minute, so the next one waits.
  await boss.call('updateChannel', { params: { channel_id }, body: { pace: { messages_per_minute: 1 } } })
  const waiting = await boss.call('sendMessage', { params, body: { text: waits } })
  const { next_cursor: cursor } = await boss.call('listEvents')
  return { boss, channel_id, conversation, params, picture, media_id, has, waiting, cursor }
}

/** What no version may change of a message. */
const kept = ({ id, external_id, direction, type, status, sent_at }: Message) => ({ id, external_id, direction, type, status, sent_at })
const textOf = (message: Message) => ('text' in message ? message.text : message.type)

describe.each(['0001-init', '0012-cloud'])('a database of version %s', (until) => {
  test(
    'is brought up to date by two servers at once, and so is a backup of it: nothing is lost, nothing is sent twice, no phone is linked anew',
    { timeout: 240_000 },
    async () => {
      await using world = await openWorld({ registered: true, intake: 'push_and_sync', timeScale: 0.05 })
      const { product, phones } = world
      const { boss, channel_id, params, picture, media_id, has, waiting, cursor } = await live(world)
      const before = (await inboxOf(boss)).filter(({ id }) => id !== waiting.id).map(kept)
      expect(before).toHaveLength(2)
      await product.stop()
      await using another = await createDatabase()
      const databaseUrl = product.env['DATABASE_URL'] ?? ''
      const dataDir = product.env['MISTOK_DATA_DIR'] ?? ''
      await makeOlder(databaseUrl, until)
      // Its minute is over, and the first version had no pace at all: it is due as soon as one of the two servers looks.
      await asOwner(databaseUrl, 'update outbox set not_before = now()')
      expect((await migrationsOf(databaseUrl)).at(-1)).toBe(until)
      await using elsewhere = disposableFolder()
      const older = join(elsewhere.folder, 'older.tar')
      await backUp(databaseUrl, join(dataDir, 'media'), older)
      await phones.write(olena, { to: ours, type: 'text', text: 'Написано, поки сервера не було' })

      const key = readFileSync(join(dataDir, 'secret.key'), 'utf8').trim()
      const beside = join(elsewhere.folder, 'beside')
      const second = readConfig({
        ...product.env,
        MISTOK_DATA_DIR: beside,
        MISTOK_PORT: String(await findPorts(1)),
        MISTOK_SECRET_KEY: key,
      })
      const start = () => createApp({ ...second, directory: beside, webRoot: join(beside, 'no-page') })
      const [, other] = await Promise.all([product.start(), start()])
      try {
        expect(await migrationsOf(databaseUrl)).toEqual(await migrationsOf(another.connectionString))
        // The session is the one from before.
        await waitFor(async () => (await inboxOf(boss)).length === 4, { what: 'what was written meanwhile', timeout: 60_000 })
        const now = await inboxOf(boss)
        expect(now.map(kept)).toEqual(expect.arrayContaining(before))
        expect(Buffer.from(await boss.download(media_id)).equals(picture)).toBe(true)
        await boss.call('updateChannel', { params: { channel_id }, body: { pace: { messages_per_minute: 600 } } })
        await waitFor(async () => (await has(waits)) === 1, { what: 'what had waited, on the phone', timeout: 60_000 })
        await boss.call('sendMessage', { params, body: { text: 'Ми оновилися' } })
        await waitFor(async () => (await has('Ми оновилися')) === 1, { what: 'an answer without linking anew', timeout: 60_000 })
        expect(await has(waits)).toBe(1)
        expect(await has('Рахунок')).toBe(1)
        const { items } = await boss.call('listChannels')
        expect(items.filter(({ phone }) => phone === ours)).toMatchObject([{ id: channel_id, status: 'connected' }])
        // Whoever followed the changes goes on where they were.
        const told = async () => {
          const { items } = await boss.call('listEvents', { query: { after: cursor ?? '', limit: 200, types: 'message.created' } })
          // What was said just before the cursor was asked for may stand on either side of it.
          return items.map(({ data }) => textOf(data as Message)).filter((text) => text !== waits)
        }
        await waitFor(async () => (await told()).length >= 2, { what: 'both on the change feed' })
        expect(await told()).toEqual(['Написано, поки сервера не було', 'Ми оновилися'])
      } finally {
        await other.close()
      }
      await product.stop()

      const restored = join(elsewhere.folder, 'restored')
      const env = { ...product.env, DATABASE_URL: another.connectionString, MISTOK_DATA_DIR: restored }
      const run = promisify(execFile)(process.execPath, [main, 'restore', older], { env: { ...process.env, ...env }, timeout: 60_000 })
      expect((await run).stdout).toMatch(/1 messages were on their way/)
      const app = await createApp({ ...readConfig(env), directory: restored, webRoot: join(restored, 'no-page') })
      try {
        await waitFor(async () => (await inboxOf(boss)).some((message) => textOf(message) === 'Ми оновилися'), {
          what: 'what the homeserver has and the backup has not',
          timeout: 60_000,
        })
        // Whoever followed the database that was loads anew, wherever the two count to.
        const after = cursor ?? ''
        expect(await boss.refused('listEvents', { query: { after } })).toMatchObject({ status: 410, code: 'cursor_expired' })
        expect((await boss.call('listEvents')).next_cursor).toMatch(/^\d+-\d+-[0-9a-f]{8}$/)
        const texts = (await inboxOf(boss)).map(textOf).toSorted()
        expect(texts).toEqual(['Є у наявності?', 'Написано, поки сервера не було', 'Ми оновилися', 'Рахунок', waits].toSorted())
        expect((await inboxOf(boss)).find(({ id }) => id === waiting.id)?.status).not.toBe('queued')
        expect(Buffer.from(await boss.download(media_id)).equals(picture)).toBe(true)
        await boss.call('updateChannel', { params: { channel_id }, body: { pace: { messages_per_minute: 600 } } })
        await boss.call('sendMessage', { params, body: { text: 'Знову тут' } })
        await waitFor(async () => (await has('Знову тут')) === 1, { what: 'an answer after the restore', timeout: 60_000 })
        expect(await has(waits)).toBe(1)
      } finally {
        await app.close()
      }
    },
  )
})

test(
  'a server that is older than its database says so in plain words and writes nothing; so does a restore',
  { timeout: 60_000 },
  async () => {
    await using database = await createDatabase()
    await using place = disposableFolder()
    const env = { ...process.env, DATABASE_URL: database.connectionString, MISTOK_DATA_DIR: place.folder, MISTOK_PORT: '0' }
    await using client = await connect(database.connectionString)
    await client.query(`insert into migrations (name) values ('9999-of-next-year')`)
    const run = (...args: string[]) =>
      promisify(execFile)(process.execPath, [main, ...args], { env, timeout: 60_000 }).catch((error: unknown) => error)
    const words = 'The database was made by a newer Mistok (it knows 9999-of-next-year). Start that version.'
    expect(await run('serve')).toMatchObject({ code: 78, stderr: expect.stringContaining(words) })
    const newer = join(place.folder, 'newer.tar')
    await backUp(database.connectionString, join(place.folder, 'media'), newer)
    await client.query(`delete from migrations where name = '9999-of-next-year'`)
    expect(await run('restore', newer)).toMatchObject({ code: 78, stderr: expect.stringMatching(/newer Mistok.*9999-of-next-year/) })
    expect((await client.query('select 1 from users')).rowCount).toBe(0)
  },
)

async function asOwner(databaseUrl: string, statement: string): Promise<void> {
  await using client = await connect(databaseUrl)
  await client.query(statement)
}

async function backUp(databaseUrl: string, mediaDirectory: string, file: string): Promise<void> {
  await using client = await connect(databaseUrl)
  await writeBackup(client, mediaDirectory, createWriteStream(file))
}

async function connect(connectionString: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client(connectionString)
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}

function disposableFolder(): AsyncDisposable & { readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'mistok-upgrade-'))
  return { folder, [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }) }
}
