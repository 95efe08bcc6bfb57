import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { findEmbedded, openEmbedded } from '../server/db/embedded.ts'
import { migrate } from '../server/db/migrations/index.ts'
import { createLog, silentLog } from '../server/lib/log.ts'
import { type TestPostgres, testPostgresVariable } from './support/database.ts'

const prefix = 'mistok-test-'
const template = 'template_migrated'

/** Starts the one PostgreSQL of a test run and makes the template that `createDatabase` copies; what it returns ends it. */
export default async function setup(): Promise<() => Promise<void>> {
  await removeLeftovers()
  const dataDir = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`))
  const postgres = await openEmbedded({ dataDir, log: createLog('warn'), fast: true })
  const { host, port, user } = postgres.connection
  await makeTemplate({ host, port, user })
  const testPostgres: TestPostgres = { host, port, user, template }
  process.env[testPostgresVariable] = JSON.stringify(testPostgres)
  return async () => {
    await postgres.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function makeTemplate(server: Omit<TestPostgres, 'template'>): Promise<void> {
  await using system = connect({ ...server, database: 'postgres' })
  await sql`CREATE DATABASE ${sql.id(template)}`.execute(system)
  await using db = connect({ ...server, database: template })
  await migrate(db)
}

function connect(config: pg.PoolConfig): Kysely<unknown> {
  return new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ ...config, max: 1 }) }) })
}

/** A run that was killed leaves its PostgreSQL behind; the next run ends it. */
async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const [pid] = name.slice(prefix.length).split('-')
    if (isAlive(Number(pid))) continue
    const dataDir = join(tmpdir(), name)
    if ((await findEmbedded(dataDir)) !== undefined) await (await openEmbedded({ dataDir, log: silentLog, fast: true })).close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
