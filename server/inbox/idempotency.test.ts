import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDatabase, type TestDatabase } from '../../tests/support/database.ts'
import { type Locks, openLocks } from '../db/locks.ts'
import { openDatabase } from '../db/open.ts'
import type { Db } from '../db/schema.ts'
import { systemClock } from '../lib/clock.ts'
import { createSeal } from '../lib/seal.ts'
import { type Claim, createIdempotency, type Idempotency, makeOnce } from './idempotency.ts'

const key = { principal: 'usr_1', key: 'k' }
const hash = Buffer.from('the request')
let database: TestDatabase
let db: Db
let servers: { locks: Locks; idempotency: Idempotency }[]

beforeEach(async () => {
  database = await createDatabase()
  db = openDatabase(database.connection)
  servers = [server(), server()]
})
afterEach(async () => {
  for (const { locks } of servers) await locks.close()
  await db.destroy()
  await database.drop()
})

function server() {
  const locks = openLocks(database.connection)
  return { locks, idempotency: createIdempotency({ db, locks, seal: createSeal(new Uint8Array(32).fill(7)), clock: systemClock }) }
}
async function begin(at: 0 | 1): Promise<Claim> {
  const begun = await servers[at]?.idempotency.begin(key, hash)
  if (begun === undefined || !('claim' in begun)) throw new Error('this request has been answered')
  return begun.claim
}
const die = (at: 0 | 1) => servers[at]?.locks.close()
const make = (claim: Claim, id: string) =>
  db.transaction().execute(async (tx) => {
    await makeOnce(tx, claim, id)
    await tx
      .insertInto('settings')
      .values({ key: id, value: '{}', sealed: '{}', updated_at: new Date(0) })
      .execute()
  })
const made = async () => (await db.selectFrom('settings').select('key').where('key', 'like', 'thing%').execute()).map((row) => row.key)

test('while a request runs, its repeat is told to wait, on every server', async () => {
  await begin(0)
  await expect(begin(0)).rejects.toMatchObject({ code: 'idempotency_in_progress' })
  await expect(begin(1)).rejects.toMatchObject({ code: 'idempotency_in_progress' })
})

test('what was made by a server that died before it could answer is found by the repeat, not made again', async () => {
  await make(await begin(0), 'thing 1')
  await die(0)
  expect((await begin(1)).made).toBe('thing 1')
})

test('a server that died before it made anything leaves the key to the repeat at once', async () => {
  await begin(0)
  await die(0)
  const claim = await begin(1)
  expect(claim.made).toBeNull()
  await make(claim, 'thing 1')
})

test('who has lost the key makes nothing', async () => {
  const late = await begin(0)
  await die(0)
  const claim = await begin(1)
  await expect(make(late, 'thing 1')).rejects.toMatchObject({ code: 'idempotency_in_progress' })
  await make(claim, 'thing 2')
  expect(await made()).toEqual(['thing 2'])
})

test('a failure of ours after something was made does not let it be made again', async () => {
  const claim = await begin(0)
  await make(claim, 'thing 1')
  await servers[0]?.idempotency.finish(claim, { status: 500, body: '' })
  expect((await begin(1)).made).toBe('thing 1')
})
