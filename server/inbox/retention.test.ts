import { expect, test } from 'vitest'
import { type Log, type LogFields, silentLog } from '../lib/log.ts'
import type { MediaFiles } from '../lib/media-files.ts'
import { openInbound } from './fixtures/inbound.ts'
import { until } from './fixtures/linking.ts'
import { readOperations } from './operations.ts'
import { startRetention } from './retention.ts'

const hour = 3_600_000

test('what waits for a number that nobody connects is told of after an hour, and forgotten after thirty days', async () => {
  await using inbound = await openInbound()
  const { db } = inbound
  const ages = [0, 2 * hour, 29 * 24 * hour, 31 * 24 * hour]
  const rows = ages.map((age) => ({
    provider: 'cloud',
    waits_for: 'number:1',
    raw: JSON.stringify({ age }),
    received_at: new Date(Date.now() - age),
  }))
  await db.insertInto('deferred_events').values(rows).execute()
  expect((await readOperations(db)).warnings).toEqual([expect.stringMatching(/^3 events .*30 days/)])
  const said: LogFields[] = []
  const log: Log = { ...silentLog, warn: (fields) => said.push(fields) }
  const retention = startRetention({ db, clock: Date.now, log, files: {} as MediaFiles })
  try {
    const left = await until(async () => {
      const found = await db.selectFrom('deferred_events').select('raw').orderBy('id').execute()
      return found.length < ages.length && found
    })
    expect(left.map(({ raw }) => raw)).toEqual(ages.slice(0, 3).map((age) => ({ age })))
  } finally {
    await retention.stop()
  }
  expect(said).toEqual([{ events: 1, waited_for: 'number:1' }])
})
