import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ExternalId } from '../../../contract/ids.ts'
import { createDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { openLocks } from '../../db/locks.ts'
import { openDatabase } from '../../db/open.ts'
import type { Db } from '../../db/schema.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLog } from '../../lib/log.ts'
import type { Intake, Provider, Pull } from '../../providers/provider.ts'
import { until } from '../fixtures/linking.ts'
import { startPuller } from './pull.ts'

let database: TestDatabase
let db: Db
/** Who has asked for whom. */
let asked: string[]
let accounts: { id: string; external: ExternalId; is_active: boolean }[]
const closing: (() => Promise<void>)[] = []

beforeEach(async () => {
  database = await createDatabase()
  db = openDatabase(database.connection)
  asked = []
  accounts = ['one', 'two'].map((id) => ({ id, external: `@${id}` as ExternalId, is_active: true }))
})
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
  await db.destroy()
  await database[Symbol.asyncDispose]()
})

/** The part of a server that asks. */
function serve(name: string, pace: Pull['pace']) {
  const locks = openLocks(database.connection)
  const poll: Pull['poll'] = async (account, _cursor, timeoutMs) => {
    asked.push(`${name} ${account.external}`)
    await sleep(timeoutMs === 0 ? 0 : 5)
    return null
  }
  const intake: Partial<Intake> = { pull: { pace, streamOf: (account) => account.external, poll } }
  const provider = { name: 'matrix', intake } as Provider
  const puller = startPuller({
    db,
    clock: systemClock,
    log: silentLog,
    locks,
    providers: () => [provider],
    accounts: {
      names: async () => accounts,
      linkOf: async (id) => ({ external: `@${id}` as ExternalId, secrets: {} }),
    },
    refused: async () => {},
    wakeIngest: () => {},
    times: { auditEveryMs: 5 },
  })
  let isOpen = true
  const close = async () => {
    if (!isOpen) return
    isOpen = false
    await locks.close()
    await puller.stop()
  }
  closing.push(close)
  return { puller, close }
}

test.each(['audit', 'live'] as const)('of two servers one asks (%s); the other goes on when it dies', async (pace) => {
  const first = serve('first', pace)
  await until(() => asked.filter((each) => each === 'first @two').length > 2)
  serve('second', pace)
  await sleep(100)
  expect(asked.filter((each) => each.startsWith('second'))).toEqual([])
  await first.close()
  await until(() => ['second @one', 'second @two'].every((each) => asked.includes(each)))
})

test('an account that is new is asked for when that is told, and one that is gone no more', async () => {
  const { puller } = serve('server', 'audit')
  await until(() => asked.includes('server @two'))
  accounts = [{ id: 'three', external: '@three' as ExternalId, is_active: false }]
  puller.wake()
  await until(() => asked.includes('server @three'))
  // What was under way when it was told may still be asked.
  const isQuiet = async () => {
    asked = []
    await sleep(50)
    return asked.length === 0
  }
  expect(await until(isQuiet)).toBe(true)
})
