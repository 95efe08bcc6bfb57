import { createReadStream, createWriteStream, readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { type Pack, pack as tar } from 'tar-stream'
import type { MediaId } from '../contract/ids.ts'
import { readConfig } from '../server/config.ts'
import { copyOut, listTables } from '../server/db/backup.ts'
import { connectionOf } from '../server/db/open.ts'
import { ConfigError } from '../server/lib/config-error.ts'
import { openMediaFiles } from '../server/lib/media-files.ts'
import { entries, type Manifest } from './backup-format.ts'
import { openCommandData } from './join.ts'

/** So much of a table is one piece. */
const pieceBytes = 4_000_000

/** Writes everything that is stored into one tar file, `-` for standard output, while the server goes on. It holds the sealing key. */
export async function run(args: readonly string[]): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { demo: { type: 'boolean' } } })
  const [file] = positionals
  if (file === undefined || positionals.length > 1) throw new ConfigError(['Usage: npm run mistok -- backup <new file.tar | ->'])
  const { data } = await openCommandData(args)
  const client = new pg.Client(connectionOf(data.address))
  try {
    await client.connect()
    const out = file === '-' ? process.stdout : createWriteStream(file, { flags: 'wx', mode: 0o600 })
    const counts = await writeBackup(client, data.mediaDirectory, out)
    process.stderr.write(`Backed up: ${counts.tables} tables, ${counts.media} files. It holds every message and the key: keep it safe.\n`)
    return 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new ConfigError([`${file} is there already.`])
    throw error
  } finally {
    await client.end()
    await data.close()
  }
}

/** Writes the backup of this database, whatever its schema, and of the files beside it; ends what it is written to. */
export async function writeBackup(client: pg.Client, mediaDirectory: string, out: NodeJS.WritableStream): Promise<Counts> {
  const pack = tar()
  const [counts] = await Promise.all([fill(pack, client, mediaDirectory), pipeline(pack, out)])
  return counts
}

interface Counts {
  readonly tables: number
  readonly media: number
}

/** All tables as they were at one moment (`settled.md` 5); reading holds nobody up. */
async function fill(pack: Pack, client: pg.Client, mediaDirectory: string): Promise<Counts> {
  await client.query('begin transaction isolation level repeatable read, read only')
  const tables = await listTables(client)
  const isConfigured = readConfig(process.env).secrets.sealingKeys !== undefined
  const { rows } = await client.query<{ migration: string }>('select max(name) as migration from migrations')
  const manifest: Manifest = {
    format: 1,
    made_at: new Date().toISOString(),
    migration: rows[0]?.migration ?? '',
    tables: tables.map(({ name, columns }) => ({ name, columns: [...columns] })),
    key: isConfigured ? 'configured' : 'included',
  }
  await add(pack, entries.manifest, JSON.stringify(manifest))
  if (!isConfigured) await add(pack, entries.key, readFileSync(join(dirname(mediaDirectory), 'secret.key')))
  for (const table of tables) {
    let piece = 0
    for await (const some of wholeRows(copyOut(client, table))) await add(pack, entries.rows(table.name, ++piece), some)
  }
  const media = await addMedia(pack, client, mediaDirectory)
  await add(pack, entries.end, JSON.stringify({ media }))
  pack.finalize()
  return { tables: tables.length, media }
}

/** The same bytes in pieces that end where a row ends: in PostgreSQL's text form a line break within a value is written otherwise. */
async function* wholeRows(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let kept: Buffer[] = []
  let length = 0
  for await (const chunk of bytes) {
    kept.push(chunk)
    length += chunk.length
    if (length < pieceBytes) continue
    const all = Buffer.concat(kept)
    const end = all.lastIndexOf(10) + 1
    if (end > 0) yield all.subarray(0, end)
    kept = [all.subarray(end)]
    length = all.length - end
  }
  if (length > 0) yield Buffer.concat(kept)
}

/** A file that is not on disk any more was removed for a reason; its message says so. */
async function addMedia(pack: Pack, client: pg.Client, directory: string): Promise<number> {
  const files = openMediaFiles({ directory, maxBytes: 0 })
  const { rows } = await client.query<{ id: MediaId }>("select id from media where status = 'ready' order by id")
  let count = 0
  for (const { id } of rows) {
    const path = files.pathOf(id)
    const size = await stat(path).then(
      (found) => found.size,
      () => undefined,
    )
    if (size === undefined) continue
    const entry = pack.entry({ name: entries.media(id), size })
    await pipeline(createReadStream(path), entry)
    count += 1
  }
  return count
}

function add(pack: Pack, name: string, content: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    pack.entry({ name, mode: 0o600 }, content, (error) => (error ? reject(error) : resolve()))
  })
}
