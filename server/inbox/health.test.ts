import { expect, test } from 'vitest'
import { reasonsOf } from './health.ts'

const at = '2026-11-23T10:00:00.000Z'
const well = {
  at,
  channels: [],
  inbound: { waiting: 3, oldest_seconds: 1 },
  outbox: { queued: 2, held: 1, sending: 1, unconfirmed: 4, oldest_seconds: 10 },
  failed_24h: [],
  dead_letters: 0,
  not_understood: 7,
  deferred_events: 1,
  jobs: { waiting: 2, failing: 1 },
  feed_lag_seconds: 0.4,
  database_bytes: 1e9,
  media: { files: 1, bytes: 1 },
  disk: { free_bytes: 9e9, total_bytes: 1e12 },
  endpoints: [{ name: 'bridge' as const, last_ok_at: at, last_failed_at: '2026-11-23T09:59:59.000Z' }],
}
const channel = (name: string, status: 'connected' | 'logged_out') =>
  ({ id: `chn_${name}`, name, phone: '+380501112233', status, status_since: at }) as never

test.each([
  ['nothing', {}, []],
  [
    'a number',
    { channels: [channel('Sales', 'connected'), channel('Support', 'logged_out')] },
    [['channel_down', 1, 'Not connected: Support']],
  ],
  [
    'a bridge that fails',
    { endpoints: [{ name: 'bridge', last_ok_at: '2026-11-23T09:58:00.000Z', last_failed_at: '2026-11-23T09:59:00.000Z' }] },
    [['endpoint_failing', undefined, 'bridge does not answer.']],
  ],
  [
    'one that never answered',
    { endpoints: [{ name: 'meta', last_failed_at: at }] },
    [['endpoint_failing', undefined, 'meta does not answer.']],
  ],
  ['one that failed long ago', { endpoints: [{ name: 'meta', last_failed_at: '2026-11-23T09:50:00.000Z' }] }, []],
  ['late reading', { inbound: { waiting: 9, oldest_seconds: 31 } }, [['inbound_late', 9, expect.any(String)]]],
  ['late sending', { outbox: { ...well.outbox, oldest_seconds: 61 } }, [['outbox_late', 3, expect.any(String)]]],
  ['a stalled feed', { feed_lag_seconds: 2.1 }, [['feed_late', undefined, expect.any(String)]]],
  ['dead letters', { dead_letters: 2 }, [['dead_letters', 2, expect.any(String)]]],
  ['a full disk', { disk: { free_bytes: 1e9, total_bytes: 1e12 } }, [['disk_low', undefined, expect.any(String)]]],
])('%s', (_, changed, expected) => {
  const found = reasonsOf({ ...well, ...(changed as Partial<typeof well>) })
  expect(found.map(({ code, count, detail }) => [code, count, detail])).toEqual(expected)
})
