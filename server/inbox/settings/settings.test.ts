import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { openListener } from '../../db/listen.ts'
import { openDatabase } from '../../db/open.ts'
import type { Tables } from '../../db/schema.ts'
import { silentLog } from '../../lib/log.ts'
import { createSeal } from '../../lib/seal.ts'
import { createSettings, type Settings } from './settings.ts'

let database: TestDatabase
let db: Kysely<Tables>
let settings: Settings
beforeEach(async () => {
  database = await createDatabase()
  db = openDatabase(database.connection)
  settings = createSettings({ db, seal: createSeal(Buffer.alloc(32, 1)), clock: () => Date.parse('2026-11-22T12:00:00Z') })
})
afterEach(async () => {
  await db.destroy()
  await database.drop()
})

test('the mode: classical by itself, first from the environment, then as it was set', async () => {
  expect(await settings.mode()).toBe('classical')
  expect(await settings.adoptMode(undefined)).toBeUndefined()
  expect(await settings.adoptMode('both')).toBeUndefined()
  expect(await settings.mode()).toBe('both')
  expect(await settings.adoptMode('both')).toBeUndefined()
  await settings.setMode('matrix')
  expect(await settings.adoptMode('both')).toMatch(/WHATSAPP_MODE says both.*set to matrix/)
  expect(await settings.mode()).toBe('matrix')
})

test('secrets are sealed in the row and open with the value', async () => {
  await settings.put('matrix_registration', { id: 'mistok', user_prefix: 'crm_' }, { as_token: 'as-secret', hs_token: 'hs-secret' })
  const { rows } = await sql<{ row: string }>`select settings::text as row from settings`.execute(db)
  expect(rows).toHaveLength(1)
  expect(rows[0]?.row).not.toContain('-secret')
  expect(await settings.find('matrix_registration')).toEqual({
    value: { id: 'mistok', user_prefix: 'crm_' },
    secrets: { as_token: 'as-secret', hs_token: 'hs-secret' },
    updatedAt: new Date('2026-11-22T12:00:00Z'),
  })
  expect(await settings.find('matrix_system_config')).toBeUndefined()
})

test('of several first values one stands, for all', async () => {
  const prefixes = ['a_', 'b_', 'c_', 'd_']
  const kept = await Promise.all(
    prefixes.map((user_prefix) => settings.putOnce('matrix_registration', { id: 'mistok', user_prefix }, { as_token: user_prefix })),
  )
  expect(new Set(kept.map(({ value, secrets }) => `${value.user_prefix} ${secrets['as_token']}`)).size).toBe(1)
  expect(kept[0]?.secrets['as_token']).toBe(kept[0]?.value.user_prefix)
})

test('a change is told to other processes', async () => {
  const listener = openListener(database.connection, silentLog)
  try {
    const ready = Promise.withResolvers<void>()
    const heard = Promise.withResolvers<string>()
    listener.on('settings', (payload) => (payload === '' ? ready.resolve() : heard.resolve(payload)))
    await ready.promise
    await settings.setMode('matrix')
    expect(await heard.promise).toBe('whatsapp_mode')
  } finally {
    await listener.close()
  }
})
