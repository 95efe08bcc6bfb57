import { type RawBuilder, sql } from 'kysely'
import { toJsonb } from '../lib/json.ts'

/**
 * Rows as one JSON parameter, to be inserted by `insert into … select … from`: a hundred rows cost one short statement instead
 * of thousands of parameters. `columns` maps each column to its PostgreSQL type.
 */
export function recordset(rows: readonly object[], columns: Readonly<Record<string, string>>): RawBuilder<unknown> {
  const definition = sql.raw(
    Object.entries(columns)
      .map(([name, type]) => `${name} ${type}`)
      .join(', '),
  )
  return sql`jsonb_to_recordset(${toJsonb(rows)}::jsonb) as r(${definition})`
}

/** The column names of a record set, for the insert's list and its select. */
export function columnList(columns: Readonly<Record<string, string>>): RawBuilder<unknown> {
  return sql.raw(Object.keys(columns).join(', '))
}

/** Kinds of database failure that pass by themselves: the connection, resources, a deadlock, a shutdown (SQLSTATE classes). */
const passing = ['08', '40', '53', '55', '57', '58', 'XX']

/** Whether the database refused the data itself, so that the same statement would fail again. */
export function isDataError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^[0-9A-Z]{5}$/.test(code) && !passing.some((kind) => code.startsWith(kind))
}
