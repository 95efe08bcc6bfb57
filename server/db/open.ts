import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { keepPlans } from './prepare.ts'
import type { Tables } from './schema.ts'

/** Where the database is: a URL, or the embedded server's socket. */
export type DatabaseAddress =
  | { readonly url: string }
  | { readonly host: string; readonly user: string; readonly database: string; readonly port?: number }

/** A process that stands still within a transaction would hold the change feed of all others back: after so long it is rolled back. */
const frozenAfterMs = 60_000

/** A pool of connections. `poolSize` bounds what one process takes of the server's connections. */
export function openDatabase(address: DatabaseAddress, poolSize = 10): Kysely<Tables> {
  const pool = new pg.Pool({
    ...connectionOf(address),
    max: poolSize,
    application_name: 'mistok',
    idle_in_transaction_session_timeout: frozenAfterMs,
  })
  // A connection that breaks is replaced, and the query that needs it fails by itself. Unheard, its error would end the process: the pool
  // hears it while the connection is idle, nobody does between two queries of a transaction.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: keepPlans(pool) }) })
}

/** What `pg` needs for one connection, for what stays connected by itself (LISTEN). */
export function connectionOf(address: DatabaseAddress): pg.ClientConfig {
  return 'url' in address ? { connectionString: address.url } : { ...address }
}
