import { fork } from 'node:child_process'
import { once } from 'node:events'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { type Locks, openLocks } from './locks.ts'

let database: TestDatabase
let one: Locks
let other: Locks
beforeEach(async () => {
  database = await createDatabase()
  one = openLocks(database.connection)
  other = openLocks(database.connection)
})
afterEach(async () => {
  await one.close()
  await other.close()
  await database.drop()
})

test('one process of all holds a name, and only once itself', async () => {
  const hold = await one.tryHold('login 1')
  expect(hold).toBeDefined()
  expect(await one.tryHold('login 1')).toBeUndefined()
  expect(await other.tryHold('login 1')).toBeUndefined()
  expect(await other.tryHold('login 2')).toBeDefined()

  await hold?.release()
  await hold?.release()
  expect(await other.tryHold('login 1')).toBeDefined()
  expect(await one.tryHold('login 1')).toBeUndefined()
})

test('waiting ends when the name is free, or when the waiter gives up', async () => {
  const hold = await one.tryHold('account')
  await expect(other.hold('account', AbortSignal.timeout(120))).rejects.toThrow('abort')
  const waiting = other.hold('account', AbortSignal.timeout(10_000))
  await hold?.release()
  await using taken = await waiting
  expect(taken.lost.aborted).toBe(false)
})

test('a process that dies frees its names; one that lost its connection is told and can hold again', async () => {
  const hold = await one.tryHold('login 1')
  const lost = new Promise((resolve) => hold?.lost.addEventListener('abort', resolve))
  const client = new pg.Client(database.connection)
  await client.connect()
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'mistok-locks'`,
  )
  await client.end()
  await lost
  await hold?.release()
  const again = await other.tryHold('login 1').catch(() => other.tryHold('login 1'))
  expect(again).toBeDefined()
  expect(await one.tryHold('login 1')).toBeUndefined()
  expect(await one.tryHold('login 3')).toBeDefined()

  await one.close()
  await expect(one.tryHold('login 4')).rejects.toThrow('closed')
  expect(await other.tryHold('login 3')).toBeDefined()
})

test('a process that stands still loses its names, and is told when it goes on; one that is merely quiet keeps them', async () => {
  const quiet = openLocks(database.connection, 3_000)
  const hold = await quiet.tryHold('quiet')
  const child = fork(new URL('fixtures/holder.ts', import.meta.url), [JSON.stringify(database.connection), 'pull', '3000'])
  try {
    expect(await once(child, 'message')).toEqual(['held', undefined])
    expect(await one.tryHold('pull')).toBeUndefined()
    child.kill('SIGSTOP')
    await using taken = await one.hold('pull', AbortSignal.timeout(20_000))
    expect(taken.lost.aborted).toBe(false)
    child.kill('SIGCONT')
    expect(await once(child, 'message')).toEqual(['lost', undefined])
    expect(hold?.lost.aborted).toBe(false)
    expect(await one.tryHold('quiet')).toBeUndefined()
  } finally {
    child.kill('SIGKILL')
    await quiet.close()
  }
})
