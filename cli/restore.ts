import { randomBytes } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import pg from 'pg'
import { extract } from 'tar-stream'
import type { MediaId } from '../contract/ids.ts'
import { readConfig } from '../server/config.ts'
import { continueCounting, copyIn, dropTables, liftReferences, listTables, type TableShape } from '../server/db/backup.ts'
import { openEmbedded } from '../server/db/embedded.ts'
import { migrate, placeOfMigration } from '../server/db/migrations/index.ts'
import { connectionOf, type DatabaseAddress, openDatabase } from '../server/db/open.ts'
import type { Db } from '../server/db/schema.ts'
import { settleRestored } from '../server/inbox/restored.ts'
import { openSealing } from '../server/inbox/settings/sealing.ts'
import { systemClock } from '../server/lib/clock.ts'
import { ConfigError } from '../server/lib/config-error.ts'
import { takeDataLock } from '../server/lib/data-lock.ts'
import { createLog } from '../server/lib/log.ts'
import { openMediaFiles } from '../server/lib/media-files.ts'
import { loadSecretKey } from '../server/lib/secret-key.ts'
import { entries, type Manifest, parseEntry, parseManifest } from './backup-format.ts'
import { demoDirectory } from './demo-files.ts'

/**
 * Puts a backup (a file, `-` for standard input) into an empty database and data directory, whole or not at all, and brings it up to date.
 * What was on its way to WhatsApp is not sent: it stands in doubt.
 */
export async function run(args: readonly string[]): Promise<number> {
  const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options: { demo: { type: 'boolean' } } })
  const [file] = positionals
  if (file === undefined || positionals.length > 1)
    throw new ConfigError(['Usage: npm run mistok -- restore <file.tar | ->, while the server is stopped'])
  const { config, secrets } = readConfig(process.env)
  const directory = values.demo === true ? demoDirectory(config) : config.dataDir
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await using opened = new AsyncDisposableStack()
  opened.use(takeDataLock({ dataDir: config.dataDir, now: new Date() }))
  const address = await addressOf(opened, directory, secrets.databaseUrl)
  const db = openDatabase(address, 2)
  opened.defer(() => db.destroy())
  await refuseUnlessEmpty(db)

  const client = new pg.Client(connectionOf(address))
  await client.connect()
  opened.defer(() => client.end())
  const input = file === '-' ? process.stdin : createReadStream(file)
  const tar = extract()
  input.on('error', (error) => tar.destroy(error))
  const place = {
    directory,
    isKeyConfigured: secrets.sealingKeys !== undefined,
    migrate: (until: string) => migrate(untyped(db), until).then(() => {}),
  }
  // The library types what it reads as unknown; it is bytes.
  const media = await load(input.pipe(tar) as AsyncIterable<Entry>, client, place)

  await migrate(untyped(db))
  await openSealing({ db, keys: loadSecretKey({ configured: secrets.sealingKeys, dataDir: directory }), clock: systemClock })
  const { inDoubt } = await db.transaction().execute((tx) => settleRestored(tx, { now: new Date(), mark: randomBytes(4).toString('hex') }))
  process.stdout.write(saidOf(media, inDoubt))
  return 0
}

const untyped = (db: Db) => db as unknown as Parameters<typeof migrate>[0]

async function addressOf(opened: AsyncDisposableStack, directory: string, url: string | undefined): Promise<DatabaseAddress> {
  if (url !== undefined) return { url }
  return opened.use(await openEmbedded({ dataDir: directory, log: createLog('error') })).connection
}

/** Nothing of somebody's is ever written over: a database that has been used is dropped by whoever owns it, not by us. */
async function refuseUnlessEmpty(db: Db): Promise<void> {
  const { rows } = await sql<{ there: boolean }>`select to_regclass('users') is not null as there`.execute(db)
  if (rows[0]?.there !== true) return
  const used = await db.selectFrom('users').select('id').limit(1).execute()
  if (used.length === 0) return
  throw new ConfigError([
    'This database is in use: somebody is in it. Restore into an empty one, in an empty MISTOK_DATA_DIR or by another DATABASE_URL.',
  ])
}

interface Place {
  readonly directory: string
  readonly isKeyConfigured: boolean
  /** Makes the tables as they were when the backup was made. */
  migrate(until: string): Promise<void>
}

/** A part of the tar file; its bytes have to be read to their end before the next one comes. */
interface Entry extends AsyncIterable<Buffer> {
  readonly header: { readonly name: string }
}

/** Reads the backup from its begin to its end; rows become visible all at once, when it has proved whole. Resolves with the number of files. */
async function load(tar: AsyncIterable<Entry>, client: pg.Client, place: Place): Promise<number> {
  const files = openMediaFiles({ directory: join(place.directory, 'media'), maxBytes: Number.MAX_SAFE_INTEGER })
  let manifest: Manifest | undefined
  let putBack: (() => Promise<void>) | undefined
  let key: Buffer | undefined
  let media = 0
  let isWhole = false
  for await (const entry of tar) {
    const { name } = entry.header
    const part = parseEntry(name)
    if (name === entries.manifest) {
      manifest = parseManifest((await buffer(entry)).toString())
      if (manifest.key === 'configured' && !place.isKeyConfigured)
        throw new ConfigError(['The key of this backup was configured: set MISTOK_SECRET_KEY or MISTOK_SECRET_KEY_FILE as it was.'])
      putBack = await begin(client, manifest, place)
    } else if (name === entries.key) key = await buffer(entry)
    else if (name === entries.end) {
      await buffer(entry)
      isWhole = true
    } else if (part?.kind === 'rows') await copyIn(client, tableOf(manifest, part.of), entry)
    else if (part?.kind === 'media') {
      await files.write(part.of as MediaId, entry)
      media += 1
    } else throw new ConfigError([`The backup holds ${JSON.stringify(name)}, which no backup has.`])
  }
  if (!isWhole || putBack === undefined) throw new ConfigError(['The backup is not whole: its end is missing. Nothing has been restored.'])
  await putBack()
  await continueCounting(client)
  if (key !== undefined) keepKey(join(place.directory, 'secret.key'), key)
  await client.query('commit')
  return media
}

async function begin(client: pg.Client, { migration, tables }: Manifest, place: Place): Promise<() => Promise<void>> {
  placeOfMigration(migration)
  // Else an older backup would miss what later migrations do to its rows.
  await dropTables(client)
  await place.migrate(migration)
  await client.query('begin')
  const known = await listTables(client)
  const strange = tables.find(({ name, columns }) => !isOf(known.find((one) => one.name === name)?.columns, columns))
  if (strange !== undefined) throw new ConfigError([`The backup's table ${strange.name} is not as this Mistok knows it.`])
  await client.query(`truncate ${known.map(({ name }) => `"${name}"`).join(', ')}`)
  return liftReferences(client)
}

function isOf(known: readonly string[] | undefined, columns: readonly string[]): boolean {
  return known !== undefined && columns.every((column) => known.includes(column))
}

function tableOf(manifest: Manifest | undefined, name: string): TableShape {
  const table = manifest?.tables.find((one) => one.name === name)
  if (table === undefined) throw new ConfigError([`The backup has rows of ${name} and does not say what that is.`])
  return table
}

function keepKey(file: string, key: Buffer): void {
  if (existsSync(file) && !readFileSync(file).equals(key))
    throw new ConfigError([`${file} is another key than the one of the backup. Restore into an empty MISTOK_DATA_DIR.`])
  writeFileSync(file, key, { mode: 0o600 })
}

function saidOf(media: number, inDoubt: number): string {
  const doubt =
    inDoubt === 0
      ? ''
      : `${inDoubt} messages were on their way when the backup was made. They may have been sent since, so they are not sent by themselves: they stand in doubt, with a button to send them again.\n`
  return `Restored, with ${media} files. Start the server; what has come since the backup is fetched from the homeserver.\n${doubt}`
}
