import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Check } from '../contract/settings.ts'
import { readConfig } from '../server/config.ts'
import { openDatabase } from '../server/db/open.ts'
import { silentLog } from '../server/lib/log.ts'
import { createSettings } from '../server/inbox/settings/settings.ts'
import { loadSecretKey } from '../server/lib/secret-key.ts'
import { createSeal } from '../server/lib/seal.ts'
import { openData } from '../server/open-data.ts'
import { createDatabase, type TestDatabase } from '../tests/support/database.ts'
import { addChannel } from '../tests/support/http.ts'
import { bridgeConfig } from './stack/bridge-config.ts'
import { yamlOf } from './stack/yaml.ts'
import { checkBridgeConfig } from '../server/providers/matrix/setup/config-files.ts'
import { checkData } from './doctor-data.ts'
import { checkMachine } from './doctor-machine.ts'

let database: TestDatabase
const directory = mkdtempSync(join(tmpdir(), 'mistok-doctor-'))
const keyFile = join(directory, 'secret.key')
// Nobody listens there.
const hosts = { graphUrl: 'http://127.0.0.1:1', mediaOrigins: [] }
const look = async (databaseUrl = database.connectionString) => {
  const secrets = { databaseUrl, sealingKeys: undefined, firstAdmin: undefined, firstSetup: undefined }
  return checkData({ directory, dataDir: directory, running: undefined, secrets, hosts })
}
const statuses = (checks: readonly Check[]) => Object.fromEntries(checks.map(({ id, status }) => [id, status]))

beforeAll(async () => {
  database = await createDatabase()
  const options = { directory, databaseUrl: database.connectionString, sealingKeys: undefined, clock: Date.now, log: silentLog }
  await (await openData(options)).close()
})
afterAll(async () => {
  await database.drop()
  rmSync(directory, { recursive: true, force: true })
})

test('where all is in order it says so, and what is not set up yet', async () => {
  expect(statuses(await look())).toEqual({
    database: 'ok',
    clock: 'ok',
    migrations: 'ok',
    secret_key: 'ok',
    homeserver: 'skipped',
    meta_account: 'skipped',
  })
})

test('a business account that is set up is tried out, and its trouble is named apart', async () => {
  const db = openDatabase(database.connection, 1)
  const seal = createSeal(loadSecretKey({ configured: undefined, dataDir: directory }))
  const value = { business_account_id: '102290129340398', graph_version: 'v25.0', checks: [] }
  await createSettings({ db, seal, clock: Date.now }).put('whatsapp_config', value, { access_token: 'EAA', app_secret: 's' })
  const checks = await look()
  await db.deleteFrom('settings').where('key', '=', 'whatsapp_config').execute()
  await db.destroy()
  expect(checks.find(({ id }) => id.startsWith('meta_'))).toMatchObject({ id: 'meta_token', status: 'error', fix: expect.any(String) })
  expect(JSON.stringify(checks)).not.toContain('EAA')
})

test('a number that fell and letters that nobody could read are warned of', async () => {
  const db = openDatabase(database.connection, 1)
  const id = await addChannel(db)
  await db.updateTable('channels').set({ status: 'logged_out', name: 'Sales' }).where('id', '=', id).execute()
  await db.insertInto('dead_letters').values({ provider: 'matrix', raw: '{}', error: 'x', created_at: new Date() }).execute()
  const checks = await look()
  await db.deleteFrom('channels').execute()
  await db.deleteFrom('dead_letters').execute()
  await db.destroy()
  expect(checks.filter((check) => check.status === 'warning').map(({ id: what, detail }) => [what, detail])).toEqual([
    ['numbers', 'Sales: logged_out'],
    ['work', expect.stringContaining('1 ')],
  ])
})

test('another key, no key, an old and a newer database, and none at all: each is said, with what to do', async () => {
  const db = openDatabase(database.connection, 1)
  const wrong = async () => (await look()).find((check) => check.status === 'error' || check.status === 'warning')
  writeFileSync(keyFile, Buffer.alloc(32, 1).toString('base64'))
  expect(await wrong()).toMatchObject({ id: 'secret_key', status: 'error', fix: expect.any(String) })
  rmSync(keyFile)
  expect(await wrong()).toMatchObject({ id: 'secret_key', status: 'error', fix: expect.stringContaining('secret.key') })
  const { rows } = await sql<{
    name: string
  }>`delete from migrations where name = (select max(name) from migrations) returning name`.execute(db)
  expect(await wrong()).toMatchObject({ id: 'migrations', status: 'warning', detail: expect.stringContaining(rows[0]?.name ?? 'nothing') })
  await sql`insert into migrations (name) values ('9999-from-the-future')`.execute(db)
  expect(await wrong()).toMatchObject({ id: 'migrations', status: 'error' })
  await db.destroy()
  expect(await look('postgresql://nobody@127.0.0.1:1/nothing')).toMatchObject([
    { id: 'database', status: 'error', fix: expect.any(String) },
  ])
  // It has only looked: nothing was made or brought up to date.
  expect(await wrong()).toMatchObject({ id: 'migrations', status: 'error' })
})

test.each([
  [
    'an old PostgreSQL',
    'current_setting(text) returns text',
    "case $1 when 'server_version_num' then '150013' else pg_catalog.current_setting($1) end",
    'database',
    /version 15, and 16/,
  ],
  [
    'a clock that is off',
    'clock_timestamp() returns timestamptz',
    "pg_catalog.clock_timestamp() + interval '1 minute'",
    'clock',
    /60 s apart\. .*too late/,
  ],
])('%s is an error, with what it costs', async (_, head, body, id, words) => {
  const db = openDatabase(database.connection, 1)
  // The database says of itself what it is told to.
  await sql.raw(`create function public.${head} language sql as $$ select ${body} $$`).execute(db)
  await sql.raw(`alter database ${database.connection.database} set search_path = public, pg_catalog`).execute(db)
  const found = (await look()).find((check) => check.id === id)
  await sql.raw(`alter database ${database.connection.database} reset search_path`).execute(db)
  await db.destroy()
  expect(found).toMatchObject({ status: 'error', detail: expect.stringMatching(words), fix: expect.any(String) })
})

test.each([
  ['plenty', 5_000, 'ok', /^5,000 MiB free at \S+$/],
  ['little', 300, 'warning', /300 MiB .*nothing that comes/],
  ['next to nothing', 100, 'error', /100 MiB .*Nothing that comes/],
] as const)('a disk with %s left', async (_, mebibytes, status, words) => {
  const { config } = readConfig({ MISTOK_DATA_DIR: directory, MISTOK_FFMPEG: 'off' })
  const checks = await checkMachine(config, directory, () => mebibytes * 1024 * 1024)
  expect(checks.find(({ id }) => id === 'disk')).toMatchObject({ status, detail: expect.stringMatching(words) })
})

test('the machine: an old ffmpeg or none is a warning, a directory that is not there yet is none', async () => {
  const { config } = readConfig({ MISTOK_DATA_DIR: directory, MISTOK_FFMPEG: '/nowhere/ffmpeg' })
  expect(statuses(await checkMachine(config, directory))).toMatchObject({ node: 'ok', data_directory: 'ok', ffmpeg: 'warning' })
  expect(statuses(await checkMachine(config, join(directory, 'not', 'yet')))).toMatchObject({ data_directory: 'skipped' })
})

test('the bridge’s config: what it loses is said, with the line to change; ours is in order', () => {
  const file = join(directory, 'config.yaml')
  const bridge = {
    homeserverUrl: 'http://127.0.0.1:8008',
    serverName: 'x.org',
    mistokUrl: 'http://127.0.0.1:8080',
    bridgeUrl: 'http://127.0.0.1:29318',
  }
  const secrets = { asToken: 'a', hsToken: 'b', provisioning: 'c', doublePuppet: undefined }
  const rest = {
    listen: { host: '127.0.0.1', port: 29318 },
    database: { type: 'postgres', uri: '' },
    commandPrefix: '!wa',
    maxLogins: 5,
  } as const
  writeFileSync(file, yamlOf(bridgeConfig({ ...bridge, ...rest, secrets })))
  expect(
    checkBridgeConfig(file)
      .filter(({ status }) => status !== 'ok')
      .map(({ id }) => id),
  ).toEqual(['bridge_double_puppet'])
  writeFileSync(file, 'bridge:\n  portal_event_buffer: 64 # as it comes\nbackfill:\n  enabled: false\n')
  expect(checkBridgeConfig(file).slice(0, 3)).toMatchObject([
    { id: 'bridge_durable_mode', status: 'warning', detail: expect.stringContaining('is 64'), fix: expect.stringContaining('to 0') },
    { id: 'bridge_history', status: 'warning', detail: expect.stringContaining('is false') },
    { id: 'bridge_split_rooms', status: 'warning', detail: expect.stringContaining('not there') },
  ])
  const unsafe = {
    appservice: { async_transactions: true },
    network: { use_whatsapp_retry_store: false },
    provisioning: { allow_matrix_auth: true, enable_session_transfers: true },
  }
  writeFileSync(file, yamlOf(unsafe))
  const named = checkBridgeConfig(file).filter(({ detail }) => / is (true|false)\. [A-Z]/.test(detail))
  expect(named.map(({ id, status }) => [id, status])).toEqual(
    ['bridge_order', 'bridge_retry_store', 'bridge_matrix_auth', 'bridge_transfers'].map((id) => [id, 'warning']),
  )
  expect(checkBridgeConfig(join(directory, 'nothing.yaml'))).toMatchObject([{ id: 'bridge_config', status: 'error' }])
})
