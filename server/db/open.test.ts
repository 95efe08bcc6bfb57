import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import { expect, test } from 'vitest'
import { createDatabase } from '../../tests/support/database.ts'
import { openDatabase } from './open.ts'

test.each(['idle', 'between two queries of a transaction'])('a connection that is cut off while %s harms nobody else', async (when) => {
  await using database = await createDatabase()
  const db = openDatabase(database.connection)
  const uncaught: unknown[] = []
  const note = (error: unknown) => uncaught.push(error)
  process.on('uncaughtException', note)
  try {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)
    if (when === 'idle') await cutOff(database.connection, rows[0]?.pid)
    else {
      const work = db.transaction().execute(async (tx) => {
        const own = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)
        await cutOff(database.connection, own.rows[0]?.pid)
        await sql`select 1`.execute(tx)
      })
      await expect(work).rejects.toThrow(/connection|terminat/i)
    }
    expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }])
    expect(uncaught).toEqual([])
  } finally {
    process.off('uncaughtException', note)
    await db.destroy()
  }
})

/** Ends a backend and waits until its client must have heard of it. */
async function cutOff(connection: pg.ClientConfig, pid: number | undefined): Promise<void> {
  const client = new pg.Client(connection)
  await client.connect()
  await client.query('select pg_terminate_backend($1, 5000)', [pid])
  await client.end()
  await sleep(100)
}
