import { join } from 'node:path'
import pg from 'pg'
import { openEmbedded, type EmbeddedConnection } from '../../server/db/embedded.ts'
import { silentLog } from '../../server/lib/log.ts'
import type { SynapseDatabase } from './synapse-config.ts'

/** The database a test Synapse keeps its data in, and how to end it. */
export interface OpenSynapseDatabase {
  config: SynapseDatabase
  close(): Promise<void>
  /** The process that serves it; undefined for SQLite. */
  readonly pid: number | undefined
}

const DATABASE = 'synapse'

async function createDatabase(connection: EmbeddedConnection): Promise<void> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE])
    if (found.rowCount === 0) {
      await client.query(`CREATE DATABASE ${DATABASE} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'`)
    }
  } finally {
    await client.end()
  }
}

/** SQLite in `dir`, or a PostgreSQL cluster of its own there, reached by its Unix socket, with the collation that Synapse insists on. */
export async function openSynapseDatabase(kind: 'postgres' | 'sqlite', dir: string): Promise<OpenSynapseDatabase> {
  if (kind === 'sqlite') {
    return { config: { name: 'sqlite3', args: { database: join(dir, 'homeserver.db') } }, close: async () => {}, pid: undefined }
  }
  const cluster = await openEmbedded({ dataDir: join(dir, 'cluster'), log: silentLog })
  try {
    await createDatabase(cluster.connection)
  } catch (error) {
    await cluster.close()
    throw error
  }
  const { host, port, user } = cluster.connection
  return {
    config: { name: 'psycopg2', args: { host, port, user, dbname: DATABASE, cp_min: 5, cp_max: 10 } },
    close: () => cluster.close(),
    get pid() {
      return cluster.pid
    },
  }
}
