import { type Kysely, sql } from 'kysely'
import { ConfigError } from '../../lib/config-error.ts'
import * as init from './0001-init.ts'
import * as madeByRequests from './0002-made-by-requests.ts'
import * as mappingIn from './0003-mapping-in.ts'
import * as transfers from './0004-transfers.ts'
import * as groupsAndPictures from './0005-groups-and-pictures.ts'
import * as contacts from './0006-contacts.ts'
import * as watches from './0007-watches.ts'
import * as deeds from './0008-deeds.ts'
import * as notices from './0009-notices.ts'
import * as pastedAccounts from './0010-pasted-accounts.ts'
import * as copying from './0011-copying.ts'
import * as cloud from './0012-cloud.ts'
import * as workingTogether from './0013-working-together.ts'
import * as cannedRepliesAndLabels from './0014-canned-replies-and-labels.ts'
import * as auditAndRetention from './0015-audit-and-retention.ts'
import * as sessions from './0016-sessions.ts'
import * as groups from './0017-groups.ts'
import * as samples from './0018-samples.ts'
import * as activity from './0019-activity.ts'
import * as invites from './0020-invites.ts'

/** Every migration, in order. Forward only: what is wrong in one is mended by the next. */
const migrations = [
  { name: '0001-init', up: init.up },
  { name: '0002-made-by-requests', up: madeByRequests.up },
  { name: '0003-mapping-in', up: mappingIn.up },
  { name: '0004-transfers', up: transfers.up },
  { name: '0005-groups-and-pictures', up: groupsAndPictures.up },
  { name: '0006-contacts', up: contacts.up },
  { name: '0007-watches', up: watches.up },
  { name: '0008-deeds', up: deeds.up },
  { name: '0009-notices', up: notices.up },
  { name: '0010-pasted-accounts', up: pastedAccounts.up },
  { name: '0011-copying', up: copying.up },
  { name: '0012-cloud', up: cloud.up },
  { name: '0013-working-together', up: workingTogether.up },
  { name: '0014-canned-replies-and-labels', up: cannedRepliesAndLabels.up },
  { name: '0015-audit-and-retention', up: auditAndRetention.up },
  { name: '0016-sessions', up: sessions.up },
  { name: '0017-groups', up: groups.up },
  { name: '0018-samples', up: samples.up },
  { name: '0019-activity', up: activity.up },
  { name: '0020-invites', up: invites.up },
] as const

const lockKey = 7_364_021

/** What a database lacks, and what it has of a newer version. Changes nothing. */
export async function compareMigrations(
  db: Kysely<unknown>,
): Promise<{ readonly missing: readonly string[]; readonly unknown: readonly string[] }> {
  const { rows: found } = await sql<{ there: boolean }>`select to_regclass('migrations') is not null as there`.execute(db)
  const { rows } = found[0]?.there === true ? await sql<{ name: string }>`select name from migrations`.execute(db) : { rows: [] }
  const done = rows.map((row) => row.name)
  const known = migrations.map((migration) => migration.name as string)
  return { missing: known.filter((name) => !done.includes(name)), unknown: done.filter((name) => !known.includes(name)) }
}

/** Where a migration stands among ours. Throws ConfigError for one of a later version. */
export function placeOfMigration(name: string): number {
  const place = migrations.findIndex((migration) => migration.name === name)
  if (place < 0) throw new ConfigError([`This was made by a newer Mistok (it knows ${name}). Use that version.`])
  return place
}

/**
 * Brings the schema up to date and returns what was applied; with `until`, no further than that migration. Servers that start together wait for
 * each other. Throws ConfigError for a database, or a migration, that this Mistok does not know.
 */
export async function migrate(db: Kysely<unknown>, until?: string): Promise<readonly string[]> {
  const last = until === undefined ? migrations.length - 1 : placeOfMigration(until)
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${lockKey})`.execute(tx)
    await sql`create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())`.execute(tx)
    const { rows } = await sql<{ name: string }>`select name from migrations`.execute(tx)
    const done = new Set(rows.map((row) => row.name))
    const unknown = [...done].filter((name) => !migrations.some((migration) => migration.name === name))
    if (unknown.length > 0)
      throw new ConfigError([`The database was made by a newer Mistok (it knows ${unknown.join(', ')}). Start that version.`])
    const missing = migrations.slice(0, last + 1).filter((migration) => !done.has(migration.name))
    for (const migration of missing) {
      await migration.up(tx)
      await sql`insert into migrations (name) values (${migration.name})`.execute(tx)
    }
    return missing.map((migration) => migration.name)
  })
}
