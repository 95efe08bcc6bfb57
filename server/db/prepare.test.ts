import { type Kysely, sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { openDatabase } from './open.ts'
import { planAnew } from './prepare.ts'
import type { Tables } from './schema.ts'

let database: TestDatabase
let db: Kysely<Tables>
beforeEach(async () => {
  database = await createDatabase()
  // One connection: a statement is kept in the connection that runs it.
  db = openDatabase(database.connection, 1)
})
afterEach(async () => {
  await db.destroy()
  await database.drop()
})

const times = async (count: number, work: (n: number) => Promise<unknown>) => {
  for (let n = 1; n <= count; n += 1) await work(n)
}
const kept = async () =>
  (await sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(db)).rows.map((row) => row.statement)

test('what comes often is planned once, with each one’s own values', async () => {
  await times(8, async (n) => {
    const { rows } = await sql<{ twice: number }>`select ${n}::int * 2 as twice`.execute(db)
    expect(rows).toEqual([{ twice: n * 2 }])
  })
  expect(await kept()).toEqual(['select $1::int * 2 as twice'])
})

test('what is rare, has no values or asks for it is planned each time', async () => {
  await times(5, (n) => sql`select ${n}::int + 1`.execute(db))
  await times(8, () => sql`select 1`.execute(db))
  await times(8, (n) => sql`select ${planAnew} ${n}::int + 2`.execute(db))
  await times(8, (n) => db.selectFrom('users').modifyFront(planAnew).select('id').limit(n).execute())
  expect(await kept()).toEqual([])
})

test('a table that gets another column while its statement is kept fails once, and no more', async () => {
  const find = () => db.selectFrom('settings').selectAll().where('key', '=', 'nothing').execute()
  await times(8, find)
  await sql`alter table settings add column more text`.execute(db)
  await expect(find()).rejects.toThrow('cached plan')
  expect(await find()).toEqual([])
})

test('what fails leaves the connection as it was', async () => {
  const divide = (by: number) => sql<{ share: number }>`select 12 / ${by}::int as share`.execute(db)
  await times(7, () => divide(3))
  await expect(divide(0)).rejects.toThrow('zero')
  expect((await divide(4)).rows).toEqual([{ share: 3 }])
})
