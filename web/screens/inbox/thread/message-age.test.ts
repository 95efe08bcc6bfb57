import { expect, test } from 'vitest'
import { timeLeft } from './message-age.ts'

const sent = Date.UTC(2026, 10, 22, 9)
const message = { sent_at: new Date(sent).toISOString() }

test.each([
  ['nothing is known of a limit', undefined, 10, undefined],
  ['it can never be changed', false as const, 0, 0],
  ['it is new', { max_age_seconds: 900 }, 0, 900_000],
  ['it is in its last minute', { max_age_seconds: 900 }, 899, 1_000],
  ['its time is over', { max_age_seconds: 900 }, 900, 0],
  ['it is long over', { max_age_seconds: 900 }, 5_000, 0],
])('%s', (_, age, seconds, expected) => {
  expect(timeLeft(message, age, sent + seconds * 1_000)).toBe(expected)
})
