import { randomUUID } from 'node:crypto'
import pg from 'pg'

/** Where the run's own PostgreSQL is; the global set-up writes it into the environment, as JSON. */
export type TestPostgres = { host: string; port: number; user: string; template: string }

/** The variable by which the workers learn of the run's PostgreSQL. */
export const testPostgresVariable = 'MISTOK_TEST_POSTGRES'

/** A database of one test's own, with all tables and no rows; `drop` cuts off whoever is still connected. */
export type TestDatabase = {
  connection: { host: string; port: number; user: string; database: string }
  connectionString: string
  drop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Makes a database by copying the migrated template (a quarter of a second). Throws outside a test run. */
export async function createDatabase(): Promise<TestDatabase> {
  const { host, port, user, template } = readTestPostgres()
  const database = `test_${randomUUID().replaceAll('-', '')}`
  const administer = (sql: string) => runOnce({ host, port, user, database: 'postgres' }, sql)
  const drop = () => administer(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)
  await administer(`CREATE DATABASE ${database} TEMPLATE ${template}`)
  return {
    connection: { host, port, user, database },
    connectionString: `postgresql://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`,
    drop,
    [Symbol.asyncDispose]: drop,
  }
}

function readTestPostgres(): TestPostgres {
  const json = process.env[testPostgresVariable]
  if (json === undefined)
    throw new Error('The PostgreSQL of the test run is missing: start tests through vitest at the root of the project.')
  return JSON.parse(json)
}

async function runOnce(connection: TestDatabase['connection'], sql: string): Promise<void> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
