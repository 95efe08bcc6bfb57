import type { SealedParts } from '../lib/seal.ts'
import { notify } from './notify.ts'
import type { DbOrTx, Tx } from './schema.ts'

/** One setting as it is stored; `sealed` holds its secrets by name. */
export interface SettingRow {
  readonly value: unknown
  readonly sealed: SealedParts
  readonly updated_at: Date
}

export async function findSetting(db: DbOrTx, key: string): Promise<SettingRow | undefined> {
  return db.selectFrom('settings').select(['value', 'sealed', 'updated_at']).where('key', '=', key).executeTakeFirst()
}

/** Stores a setting whole and tells every process, at commit. */
export async function putSetting(tx: Tx, key: string, setting: { value: unknown; sealed: SealedParts }, now: Date): Promise<void> {
  const row = { value: JSON.stringify(setting.value), sealed: JSON.stringify(setting.sealed), updated_at: now }
  await tx
    .insertInto('settings')
    .values({ key, ...row })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
    .execute()
  await notify(tx, 'settings', key)
}

/** Stores a setting unless it has a value already, and returns the one that stands: the first of several processes wins. */
export async function putSettingOnce(
  db: DbOrTx,
  key: string,
  setting: { value: unknown; sealed: SealedParts },
  now: Date,
): Promise<SettingRow> {
  const inserted = await db
    .insertInto('settings')
    .values({ key, value: JSON.stringify(setting.value), sealed: JSON.stringify(setting.sealed), updated_at: now })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .executeTakeFirst()
  if (inserted.numInsertedOrUpdatedRows === 1n) await notify(db, 'settings', key)
  const row = await findSetting(db, key)
  if (row === undefined) throw new Error(`The setting ${key} was deleted while it was made.`)
  return row
}
