import { sql } from 'kysely'
import type { SealedParts } from '../lib/seal.ts'
import type { Db, DbOrTx } from './schema.ts'

/** The tables that have a column `sealed`, with the column that names a row. */
export const sealedTables = { settings: 'key', accounts: 'id', logins: 'id' } as const
export type SealedTable = keyof typeof sealedTables

/** The rows of a table that hold secrets, beginning behind `after`, in the order of their names. */
export async function listSealed(
  db: DbOrTx,
  table: SealedTable,
  after: string,
  limit: number,
): Promise<readonly { row: string; sealed: SealedParts }[]> {
  const key = sql.ref(sealedTables[table])
  const { rows } = await sql<{ row: string; sealed: SealedParts }>`select ${key} as row, sealed from ${sql.table(table)}
    where sealed <> '{}' and ${key} > ${after} order by ${key} limit ${limit}`.execute(db)
  return rows
}

/** Puts newly sealed secrets in place of exactly those that were read; false when somebody changed them meanwhile. */
export async function replaceSealed(db: Db, table: SealedTable, row: string, from: SealedParts, to: SealedParts): Promise<boolean> {
  const { numAffectedRows } = await sql`update ${sql.table(table)} set sealed = ${JSON.stringify(to)}::jsonb
    where ${sql.ref(sealedTables[table])} = ${row} and sealed = ${JSON.stringify(from)}::jsonb`.execute(db)
  return numAffectedRows === 1n
}
