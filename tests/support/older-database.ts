import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { continueCounting, liftReferences } from '../../server/db/backup.ts'
import { migrate } from '../../server/db/migrations/index.ts'

/**
 * Makes the database as an earlier version had it, with the rows that are in it: only migrations up to this one have been made, and
 * what their tables cannot hold is gone. Nobody else may be connected.
 */
export async function makeOlder(connectionString: string, until: string): Promise<void> {
  const client = new pg.Client(connectionString)
  await client.connect()
  try {
    await client.query('alter schema public rename to newer; create schema public; alter extension pg_trgm set schema public')
    await using db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString, max: 1 }) }) })
    await migrate(db, until)
    const putBack = await liftReferences(client)
    for (const { name, columns } of await sharedColumns(client)) {
      await client.query(`insert into public.${name} (${columns}) overriding system value select ${columns} from newer.${name}`)
    }
    await putBack()
    await continueCounting(client)
    await client.query('drop schema newer cascade')
  } finally {
    await client.end()
  }
}

/** The tables of both schemas, each with the columns that both have and that are stored. */
async function sharedColumns(client: pg.Client): Promise<readonly { readonly name: string; readonly columns: string }[]> {
  const { rows } = await client.query<{ name: string; columns: string }>(
    `select quote_ident(o.table_name) as name, string_agg(quote_ident(o.column_name), ', ') as columns
     from information_schema.columns o join information_schema.columns n using (table_name, column_name)
     where o.table_schema = 'public' and n.table_schema = 'newer' and o.is_generated = 'NEVER' and o.table_name <> 'migrations'
     group by o.table_name order by o.table_name`,
  )
  return rows
}

/** The migrations that this database has been through, in order. */
export async function migrationsOf(connectionString: string): Promise<readonly string[]> {
  const client = new pg.Client(connectionString)
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string }>('select name from migrations order by name')
    return rows.map(({ name }) => name)
  } finally {
    await client.end()
  }
}
