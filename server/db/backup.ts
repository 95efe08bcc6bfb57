import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'

/** A table by the columns that are stored; what is worked out from others is not among them. */
export interface TableShape {
  readonly name: string
  readonly columns: readonly string[]
}

/**
 * Not kept: the change feed, whose cursors mean nothing in another database (`settled.md` 8), and the notes on migrations, which a
 * restored database makes itself.
 */
const left = ['events', 'migrations']

/** Every table of ours, in the order of their names. */
export async function listTables(client: pg.ClientBase): Promise<readonly TableShape[]> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(
    `select table_name::text as name, array_agg(column_name::text order by ordinal_position) as columns
     from information_schema.columns join information_schema.tables using (table_schema, table_name)
     where table_schema = 'public' and table_type = 'BASE TABLE' and is_generated = 'NEVER' and not table_name = any($1)
     group by table_name order by table_name`,
    [left],
  )
  return rows
}

/** The rows of a table in PostgreSQL's text form, whose lines another version reads too. */
export function copyOut(client: pg.ClientBase, { name, columns }: TableShape): AsyncIterable<Buffer> {
  return client.query(copyTo(`copy (select ${columns.map(quoted).join(', ')} from ${quoted(name)}) to stdout`))
}

/** Writes rows that `copyOut` gave into an empty table. */
export async function copyIn(client: pg.ClientBase, { name, columns }: TableShape, rows: AsyncIterable<Buffer>): Promise<void> {
  const into: Writable = client.query(copyFrom(`copy ${quoted(name)} (${columns.map(quoted).join(', ')}) from stdin`))
  await pipeline(Readable.from(rows, { objectMode: false }), into)
}

/** Takes the references between tables away while rows come in, as some go in a circle; the function that it gives puts them back and checks each. */
export async function liftReferences(client: pg.ClientBase): Promise<() => Promise<void>> {
  const { rows } = await client.query<{ table: string; name: string; definition: string }>(
    `select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as definition
     from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace order by 1, 2`,
  )
  for (const { table, name } of rows) await client.query(`alter table ${table} drop constraint ${quoted(name)}`)
  return async () => {
    for (const { table, name, definition } of rows) await client.query(`alter table ${table} add constraint ${quoted(name)} ${definition}`)
  }
}

/** Takes every table away. For a database in which nobody is yet: what it has may be of a later version than what is to come into it. */
export async function dropTables(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'public'`,
  )
  if (rows.length > 0) await client.query(`drop table ${rows.map(({ name }) => name).join(', ')} cascade`)
}

/** Numbers that are counted up go on after the largest that is there. */
export async function continueCounting(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string }>(
    `select quote_ident(table_name) as table, column_name::text as column from information_schema.columns
     where table_schema = 'public' and is_identity = 'YES'`,
  )
  for (const { table, column } of rows)
    await client.query(
      `select setval(pg_get_serial_sequence('${table}', '${column}'), greatest((select max(${quoted(column)}) from ${table}), 0) + 1, false)`,
    )
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
