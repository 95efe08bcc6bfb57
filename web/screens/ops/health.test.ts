import { expect, test } from 'vitest'
import type { ChannelStatus } from '../../../contract/channel.ts'
import { figureState, type Operations, troubles } from './health.ts'

const well: Operations = {
  feed_lag_seconds: 0.1,
  inbound_waiting: 0,
  dead_letters: 0,
  deferred_events: 0,
  not_understood: 0,
  outbox_waiting: 3,
  jobs_waiting: 2,
  degraded: [],
  warnings: [],
  started_at: '2026-11-23T08:00:00Z',
}
const numbers = (...statuses: readonly ChannelStatus[]) => statuses.map((status) => ({ status }))

test.each([
  ['all works', well, numbers('connected', 'connecting'), []],
  ['no number is there', well, [], []],
  ['a number was logged out', well, numbers('connected', 'logged_out', 'banned'), [['numbersDown', 2]]],
  ['a phone will soon be lost', well, numbers('phone_offline_soon'), []],
  ['something was not stored', { ...well, dead_letters: 4 }, [], [['notStored', 4]]],
  ['events are late', { ...well, feed_lag_seconds: 9 }, [], [['lagging', 9]]],
  ['a queue does not move', { ...well, outbox_waiting: 51 }, [], [['waiting', 51]]],
  [
    'several at once, the worst first',
    { ...well, not_understood: 1, dead_letters: 1, warnings: ['x'] },
    numbers('banned'),
    [
      ['notStored', 1],
      ['numbersDown', 1],
      ['notUnderstood', 1],
      ['warnings', 1],
    ],
  ],
])('%s', (_, operations, channels, expected) => {
  expect(troubles(operations, channels).map(({ kind, count }) => [kind, count])).toEqual(expected)
})

test.each([
  ['dead_letters', 0, 'ok'],
  ['dead_letters', 1, 'bad'],
  ['not_understood', 1, 'warning'],
  ['feed_lag_seconds', 2, 'ok'],
  ['feed_lag_seconds', 2.1, 'warning'],
  ['jobs_waiting', 51, 'warning'],
] as const)('%s of %d is %s', (name, value, state) => expect(figureState(name, value)).toBe(state))
