import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import type { Check } from '../contract/settings.ts'
import type { Secrets } from '../server/config.ts'
import { openEmbedded } from '../server/db/embedded.ts'
import { compareMigrations } from '../server/db/migrations/index.ts'
import { type DatabaseAddress, openDatabase } from '../server/db/open.ts'
import type { Tables } from '../server/db/schema.ts'
import { createCloudConfigs } from '../server/inbox/settings/cloud-config.ts'
import { createMatrixConfigs } from '../server/inbox/settings/matrix-config.ts'
import type { CloudHosts } from '../server/providers/cloud-setup.ts'
import { probeCloud } from '../server/providers/cloud/probe.ts'
import { readOperations } from '../server/inbox/operations.ts'
import { findKeyFault } from '../server/inbox/settings/sealing.ts'
import { createSettings } from '../server/inbox/settings/settings.ts'
import { systemClock } from '../server/lib/clock.ts'
import { messageOf } from '../server/lib/errors.ts'
import { createHttpClient } from '../server/lib/http-client.ts'
import { DataLockedError, takeDataLock } from '../server/lib/data-lock.ts'
import { createLog } from '../server/lib/log.ts'
import { createSeal, type KeyRing } from '../server/lib/seal.ts'
import { loadSecretKey } from '../server/lib/secret-key.ts'
import { probeMatrix } from '../server/providers/matrix/setup/probe.ts'
import { checkCertificate } from './doctor-certificate.ts'
import type { Running } from './join.ts'

interface Place {
  readonly directory: string
  /** Whose lock says that a server runs there, or is about to; `directory`, or what the demo's stands in. */
  readonly dataDir: string
  readonly secrets: Secrets
  readonly running: Running | undefined
  readonly hosts: CloudHosts
}

/** PostgreSQL from which the words are in order; older ones are not tried out. */
const oldestPostgres = 16
const largestSkewSeconds = 5

/** What is stored, and what that leads to: database, key, homeserver, bridge, numbers. Changes nothing. */
export async function checkData(place: Place): Promise<readonly Check[]> {
  const { directory, secrets, running } = place
  if (running?.database === undefined && secrets.databaseUrl === undefined && !existsSync(join(directory, 'postgres')))
    return [{ id: 'database', status: 'skipped', detail: 'There is none yet; it is made at the first start.' }]
  await using opened = new AsyncDisposableStack()
  let db: Kysely<Tables>
  try {
    db = openDatabase(await addressOf(place, opened), 2)
    opened.defer(() => db.destroy())
    await sql`select 1`.execute(db)
  } catch (error) {
    if (error instanceof DataLockedError)
      return [{ id: 'database', status: 'warning', detail: 'The server is just starting or stopping.', fix: 'Ask again in a moment.' }]
    const fix =
      secrets.databaseUrl === undefined
        ? `Look into the log of PostgreSQL in ${directory}.`
        : 'See that it runs and that DATABASE_URL is right.'
    return [{ id: 'database', status: 'error', detail: `PostgreSQL cannot be reached: ${messageOf(error)}`, fix }]
  }
  const checks = [await checkPostgres(db), await checkClock(db), await checkMigrations(db)]
  if (checks.some((check) => check.id === 'migrations' && check.status !== 'ok')) return checks
  const { check, keys } = await checkKey(db, place)
  if (keys === undefined) return [...checks, check]
  return [...checks, check, ...(await checkMatrix(db, keys)), ...(await checkMeta(db, keys, place.hosts)), ...(await checkWork(db))]
}

async function addressOf({ directory, dataDir, secrets, running }: Place, opened: AsyncDisposableStack): Promise<DatabaseAddress> {
  if (running?.database !== undefined) return running.database
  if (secrets.databaseUrl !== undefined) return { url: secrets.databaseUrl }
  opened.use(takeDataLock({ dataDir, now: new Date() }))
  const postgres = opened.use(await openEmbedded({ dataDir: directory, log: createLog('error') }))
  return postgres.connection
}

async function checkPostgres(db: Kysely<Tables>): Promise<Check> {
  const { rows } = await sql<{
    version: number
    encoding: string
    trigrams: boolean
  }>`select current_setting('server_version_num')::int / 10000 as version,
    current_setting('server_encoding') as encoding, exists (select from pg_available_extensions where name = 'pg_trgm') as trigrams`.execute(
    db,
  )
  const [row] = rows
  const faults = [
    ...((row?.version ?? 0) < oldestPostgres ? [`it is version ${row?.version}, and ${oldestPostgres} is needed`] : []),
    ...(row?.encoding === 'UTF8' ? [] : [`its encoding is ${row?.encoding} instead of UTF8`]),
    ...(row?.trigrams === true ? [] : ['the extension pg_trgm is missing']),
  ]
  if (faults.length === 0) return { id: 'database', status: 'ok', detail: `PostgreSQL ${row?.version}` }
  const fix = 'Use another PostgreSQL, or a database made with ENCODING UTF8; pg_trgm comes with the contrib package.'
  const detail = `PostgreSQL answers, but ${faults.join('; ')}. The server is not tried with that: it may fail to start, to find or to sort.`
  return { id: 'database', status: 'error', detail, fix }
}

async function checkClock(db: Kysely<Tables>): Promise<Check> {
  const { rows } = await sql<{ at: Date }>`select clock_timestamp() as at`.execute(db)
  const skew = Math.abs((rows[0]?.at.getTime() ?? 0) - systemClock()) / 1000
  if (skew <= largestSkewSeconds) return { id: 'clock', status: 'ok', detail: 'The clocks of this machine and of the database agree.' }
  const fix = 'Let both machines take their time from the network (NTP).'
  const detail = `The clocks of this machine and of the database are ${Math.round(skew)} s apart. What is sent is tried too early or too late, and sessions end at wrong times.`
  return { id: 'clock', status: 'error', detail, fix }
}

async function checkMigrations(db: Kysely<Tables>): Promise<Check> {
  const { missing, unknown } = await compareMigrations(db as unknown as Parameters<typeof compareMigrations>[0])
  if (unknown.length > 0)
    return {
      id: 'migrations',
      status: 'error',
      detail: 'The database was made by a newer Mistok.',
      fix: 'Start that version, or restore a backup of this one.',
    }
  if (missing.length === 0) return { id: 'migrations', status: 'ok', detail: 'The database is up to date.' }
  const fix = 'The next start brings it up to date, as does npm run mistok -- migrate.'
  return { id: 'migrations', status: 'warning', detail: `The database lacks ${missing.join(', ')}.`, fix }
}

async function checkKey(db: Kysely<Tables>, { directory, secrets }: Place): Promise<{ check: Check; keys?: KeyRing }> {
  const isThere = secrets.sealingKeys !== undefined || existsSync(join(directory, 'secret.key'))
  if (!isThere) {
    const fix = 'Put secret.key back, or set MISTOK_SECRET_KEY: without the key every secret has to be entered anew.'
    return { check: { id: 'secret_key', status: 'error', detail: `There is no key, neither configured nor in ${directory}.`, fix } }
  }
  const keys = loadSecretKey({ configured: secrets.sealingKeys, dataDir: directory })
  const fault = await findKeyFault(db, keys)
  if (fault === undefined) return { check: { id: 'secret_key', status: 'ok', detail: 'The key opens what is sealed.' }, keys }
  return { check: { id: 'secret_key', status: 'error', detail: fault, fix: 'Give the key that belongs to this database.' } }
}

/** The same checks as when the settings are saved (protocol/bridge.md 12.2). */
async function checkMatrix(db: Kysely<Tables>, keys: KeyRing): Promise<readonly Check[]> {
  const http = createHttpClient({ purpose: 'homeserver and bridge', allowPrivate: true })
  const nothing = () => Promise.reject(new Error('the doctor changes nothing'))
  const configs = createMatrixConfigs({
    settings: createSettings({ db, seal: createSeal(keys), clock: systemClock }),
    probe: (...asked) => probeMatrix({ http, clock: systemClock }, ...asked),
    withConfigFiles: (checks) => Promise.resolve(checks),
    signInAgain: nothing,
    signOut: nothing,
    reload: nothing,
    newToken: () => '',
  })
  try {
    const checks = await configs.check()
    if (checks === undefined) return [{ id: 'homeserver', status: 'skipped', detail: 'No homeserver has been set up yet.' }]
    const { homeserver_url: address } = await configs.get()
    return [...checks, ...(await checkCertificate('homeserver_certificate', address, systemClock()))]
  } finally {
    await http.close()
  }
}

/** The same for the business account. Its checks are named apart, as both roads look at an account. */
async function checkMeta(db: Kysely<Tables>, keys: KeyRing, hosts: CloudHosts): Promise<readonly Check[]> {
  const http = createHttpClient({ purpose: 'Graph API', allowPrivate: true })
  const nothing = () => Promise.reject(new Error('the doctor changes nothing'))
  const configs = createCloudConfigs({
    db,
    clock: systemClock,
    settings: createSettings({ db, seal: createSeal(keys), clock: systemClock }),
    hosts,
    probe: (...asked) => probeCloud({ http, clock: systemClock }, ...asked),
    reload: nothing,
    newToken: () => '',
    findProvider: () => undefined,
    inbox: () => {
      throw new Error('the doctor changes nothing')
    },
  })
  try {
    const checks = (await configs.check()) ?? [{ id: 'account', status: 'skipped', detail: 'No business account at Meta has been set up.' }]
    return checks.map((check) => ({ ...check, id: `meta_${check.id}` }))
  } finally {
    await http.close()
  }
}

async function checkWork(db: Kysely<Tables>): Promise<readonly Check[]> {
  const lost = await db
    .selectFrom('channels')
    .select(['name', 'status'])
    .where('deleted_at', 'is', null)
    .where('status', 'in', ['logged_out', 'banned', 'restricted', 'phone_offline_soon', 'silent'])
    .orderBy('id')
    .execute()
  const { warnings } = await readOperations(db)
  return [
    ...lost.map(({ name, status }): Check => ({
      id: 'numbers',
      status: 'warning',
      detail: `${name}: ${status}`,
      fix: 'Its page in Mistok says what to do.',
    })),
    ...warnings.map((detail): Check => ({ id: 'work', status: 'warning', detail })),
  ]
}
