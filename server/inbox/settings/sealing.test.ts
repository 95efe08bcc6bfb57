import type { Kysely } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { openDatabase } from '../../db/open.ts'
import type { Tables } from '../../db/schema.ts'
import { listSealed } from '../../db/sealed.ts'
import { ConfigError } from '../../lib/config-error.ts'
import { createSeal, openParts } from '../../lib/seal.ts'
import { openSealing } from './sealing.ts'
import { createSettings } from './settings.ts'

const clock = () => Date.parse('2026-11-22T12:00:00Z')
const oldKey = Buffer.alloc(32, 1)
const newKey = Buffer.alloc(32, 2)
const only = (key: Uint8Array) => ({ current: key, previous: [] })

let database: TestDatabase
let db: Kysely<Tables>
beforeEach(async () => {
  database = await createDatabase()
  db = openDatabase(database.connection)
})
afterEach(async () => {
  await db.destroy()
  await database.drop()
})

test('the same key opens, another one is refused in one sentence with exit code 78', async () => {
  await openSealing({ db, keys: only(oldKey), clock })
  await openSealing({ db, keys: only(oldKey), clock })
  const error = await openSealing({ db, keys: only(newKey), clock }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ConfigError)
  expect(error).toMatchObject({ exitCode: 78, faults: [expect.stringContaining(createSeal(oldKey).keyId)] })
})

test('two processes that start together agree on the canary', async () => {
  const start = () => openSealing({ db, keys: only(oldKey), clock })
  const seals = await Promise.all([start(), start(), start()])
  expect(new Set(seals.map((seal) => seal.keyId)).size).toBe(1)
  await expect(start()).resolves.toBeDefined()
})

test('after a start with both keys everything opens with the new one alone', async () => {
  const before = await openSealing({ db, keys: only(oldKey), clock })
  await createSettings({ db, seal: before, clock }).put('matrix_registration', { id: 'mistok', user_prefix: 'crm_' }, { as_token: 'hush' })
  for (let n = 0; n < 450; n++) {
    const id = `acc_${String(n).padStart(4, '0')}`
    const sealed = JSON.stringify({ password: before.seal(`secret ${n}`, `accounts|password|${id}`) })
    const account = {
      id,
      provider: 'matrix',
      owner_type: 'user' as const,
      owner_id: id,
      name: id,
      external_id: null,
      created_at: new Date(),
    }
    await db
      .insertInto('accounts')
      .values({ ...account, sealed })
      .execute()
  }

  await openSealing({ db, keys: { current: newKey, previous: [oldKey] }, clock })
  const after = await openSealing({ db, keys: only(newKey), clock })
  const rows = await listSealed(db, 'accounts', '', 1000)
  expect(rows.map(({ row, sealed }) => openParts(after, 'accounts', row, sealed)['password'])).toEqual(rows.map((_, n) => `secret ${n}`))
  expect((await createSettings({ db, seal: after, clock }).find('matrix_registration'))?.secrets).toEqual({ as_token: 'hush' })
})
