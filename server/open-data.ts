import { join } from 'node:path'
import { sql } from 'kysely'
import { openEmbedded } from './db/embedded.ts'
import { openListener } from './db/listen.ts'
import { openLocks } from './db/locks.ts'
import { migrate } from './db/migrations/index.ts'
import { type DatabaseAddress, openDatabase } from './db/open.ts'
import type { Db } from './db/schema.ts'
import { openSealing } from './inbox/settings/sealing.ts'
import type { Clock } from './lib/clock.ts'
import { ConfigError } from './lib/config-error.ts'
import { messageOf } from './lib/errors.ts'
import type { Log } from './lib/log.ts'
import { loadSecretKey } from './lib/secret-key.ts'
import type { KeyRing } from './lib/seal.ts'

export interface DataOptions {
  /** Where the embedded database, the media and the key are. */
  readonly directory: string
  /** Instead of the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined
  readonly sealingKeys: KeyRing | undefined
  /** The database of a server that runs already, to be joined rather than started. */
  readonly running?: DatabaseAddress
  /** Called when the embedded PostgreSQL had died and runs again, under another process id. */
  readonly onPostgresRestart?: () => void
  readonly clock: Clock
  readonly log: Log
}

/** Everything durable, open and migrated. */
export type Data = Awaited<ReturnType<typeof openData>>

/** Opens the database (starting or adopting the embedded one), brings it up to date and proves the sealing key. Throws ConfigError. */
export async function openData(options: DataOptions) {
  const { directory, databaseUrl, sealingKeys, running, onPostgresRestart: onRestart, clock, log } = options
  const keys = loadSecretKey({ configured: sealingKeys, dataDir: directory })
  const given = running ?? (databaseUrl === undefined ? undefined : { url: databaseUrl })
  const postgres = given === undefined ? await openEmbedded({ dataDir: directory, log, ...(onRestart && { onRestart }) }) : undefined
  const address: DatabaseAddress = given ?? connectionTo(postgres)
  const db = openDatabase(address)
  try {
    if (running === undefined && databaseUrl !== undefined) await reach(db)
    const applied = await migrate(db as unknown as Parameters<typeof migrate>[0])
    if (applied.length > 0) log.info({ migrations: applied.join(', ') }, 'database brought up to date')
    const seal = await openSealing({ db, keys, clock })
    const listener = openListener(address, log)
    const locks = openLocks(address)
    return {
      db: db as Db,
      listener,
      locks,
      seal,
      address,
      mediaDirectory: join(directory, 'media'),
      postgresPid: () => postgres?.pid ?? null,
      async close() {
        await listener.close()
        await locks.close()
        await db.destroy()
        await postgres?.close()
      },
    }
  } catch (error) {
    await db.destroy()
    await postgres?.close()
    throw error
  }
}

async function reach(db: Db): Promise<void> {
  try {
    await sql`select 1`.execute(db)
  } catch (error) {
    throw new ConfigError([
      `The database of DATABASE_URL cannot be reached: ${messageOf(error)}. See that it runs, and that address, user and password are right.`,
    ])
  }
}

function connectionTo(postgres: Awaited<ReturnType<typeof openEmbedded>> | undefined): DatabaseAddress {
  if (postgres === undefined) throw new Error('neither a database was named nor one started')
  return postgres.connection
}
