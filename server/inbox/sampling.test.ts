import { expect, test } from 'vitest'
import { openInbound } from './fixtures/inbound.ts'
import { readHistory, sample } from './sampling.ts'

const noon = Date.parse('2026-11-23T12:00:00Z')
const minute = 60_000

test('the worst of each quarter of an hour is told, one row a minute is kept, and yesterday is forgotten', async () => {
  await using inbound = await openInbound()
  const { db } = inbound
  let now = noon
  const deps = { db, clock: () => now }
  const sampleAt = async (minutes: number) => {
    now = noon + minutes * minute + 20_000
    await sample(deps)
  }
  await sampleAt(0)
  const letter = { provider: 'matrix', raw: JSON.stringify({}), error: 'broken', created_at: new Date(noon) }
  await db.insertInto('dead_letters').values([letter, letter]).execute()
  await sampleAt(7)
  // Another server is as far: the first one to write has written.
  await db.deleteFrom('dead_letters').execute()
  await sampleAt(7)
  await sampleAt(16)
  const letters = async () => (await readHistory(deps)).map(({ at, dead_letters }) => [at, dead_letters])
  expect(await letters()).toEqual([
    ['2026-11-23T12:00:00.000Z', 2],
    ['2026-11-23T12:15:00.000Z', 0],
  ])
  await sampleAt(24 * 60 + 10)
  expect(await letters()).toEqual([
    ['2026-11-23T12:15:00.000Z', 0],
    ['2026-11-24T12:00:00.000Z', 0],
  ])
  expect(await db.selectFrom('samples').select('minute').execute()).toHaveLength(2)
})
