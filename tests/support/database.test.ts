import pg from 'pg'
import { expect, test } from 'vitest'
import { createDatabase } from './database.ts'

test('each database is its own, is reached by either address, and goes although someone is connected', async () => {
  await using first = await createDatabase()
  const second = await createDatabase()
  const one = new pg.Client(first.connection)
  const other = new pg.Client({ connectionString: second.connectionString })
  await Promise.all([one.connect(), other.connect()])
  await one.query('CREATE TABLE only_here (n int)')
  await expect(other.query('SELECT FROM only_here')).rejects.toThrow('does not exist')

  const cutOff = new Promise((resolve) => other.on('error', resolve))
  await second.drop()
  expect(await cutOff).toBeInstanceOf(Error)
  await expect(new pg.Client(second.connection).connect()).rejects.toThrow('does not exist')
  await one.end()
})
