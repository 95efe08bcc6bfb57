import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import { expect, test } from 'vitest'
import { createDatabase } from '../../tests/support/database.ts'
import { openDatabase } from './open.ts'
import type { Db, DbOrTx } from './schema.ts'

type Cut = (connection: pg.ClientConfig, db: Db) => Promise<void>

const moments: readonly { when: string; cut: Cut }[] = [
  { when: 'idle', cut: async (connection, db) => cutOff(connection, await pidOf(db)) },
  {
    when: 'between two queries of a transaction',
    cut: async (connection, db) => {
      const work = db.transaction().execute(async (tx) => {
        await cutOff(connection, await pidOf(tx))
        await pidOf(tx)
      })
      await expect(work).rejects.toThrow(/connection|terminat/i)
    },
  },
]

test.each(moments)('a connection that is cut off while $when harms nobody else', async ({ cut }) => {
  await using database = await createDatabase()
  const db = openDatabase(database.connection)
  const uncaught: unknown[] = []
  const note = (error: unknown) => uncaught.push(error)
  process.on('uncaughtException', note)
  try {
    await pidOf(db)
    await cut(database.connection, db)
    expect(await pidOf(db)).toBeGreaterThan(0)
    expect(uncaught).toEqual([])
  } finally {
    process.off('uncaughtException', note)
    await db.destroy()
  }
})

async function pidOf(db: DbOrTx): Promise<number | undefined> {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)
  return rows[0]?.pid
}

/** Ends a backend and waits until its client must have heard of it. */
async function cutOff(connection: pg.ClientConfig, pid: number | undefined): Promise<void> {
  const client = new pg.Client(connection)
  await client.connect()
  await client.query('select pg_terminate_backend($1, 5000)', [pid])
  await client.end()
  await sleep(100)
}

test('nobody holds others back by standing still within a transaction', async () => {
  await using database = await createDatabase()
  const db = openDatabase(database.connection)
  const { rows } = await sql<{ limit: string }>`select current_setting('idle_in_transaction_session_timeout') as limit`.execute(db)
  expect(rows).toEqual([{ limit: '1min' }])
  await db.destroy()
})
