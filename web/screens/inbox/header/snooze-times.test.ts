import { expect, test } from 'vitest'
import { fieldTime, snoozeTimes } from './snooze-times.ts'

test.each([
  ['2026-11-23T10:20', '2026-11-23T11:20', '2026-11-24T09:00', '2026-11-30T09:00'],
  ['2026-11-22T23:50', '2026-11-23T00:50', '2026-11-23T09:00', '2026-11-23T09:00'],
  ['2026-12-31T08:00', '2026-12-31T09:00', '2027-01-01T09:00', '2027-01-04T09:00'],
])('at %s: an hour is %s, tomorrow %s, next week %s', (now, hour, tomorrow, nextWeek) => {
  const times = snoozeTimes(new Date(now).getTime())
  expect([times.hour, times.tomorrow, times.nextWeek].map(fieldTime)).toEqual([hour, tomorrow, nextWeek])
})
