import { expect, test } from 'vitest'
import { fateOf } from './errors.ts'

const first = { message: 0, pair: 0 }
const fate = (code: number | undefined, status = 400, tries = first) => fateOf({ status, code, detail: 'x' }, tries)

// Every code of the published table and what is done about it (protocol/meta.md 7.3).
test.each([
  [
    'held until an admin has set it right',
    [
      0, 190, 3, 10, 200, 299, 131005, 33, 104, 368, 131031, 131037, 131042, 131044, 131045, 131063, 131064, 133000, 133005, 133006, 133008,
      133009, 133010, 133015, 133016, 134011,
    ],
    60_000,
    { reason: 'to_be_set_right', whole: true },
  ],
  ['tried again', [1, 2, 131000, 131016, 133004], 5_000, undefined],
  ['paced by the minute', [4, 80007, 131057], 60_000, { reason: 'number_limit', whole: true }],
  ['paced by the moment', [130429], 5_000, { reason: 'number_limit', whole: true }],
  ['paced by the hour', [131048, 132069], 3_600_000, { reason: 'number_limit', whole: true }],
  ['paced by the pair', [131056], 1_000, { reason: 'contact_limit', whole: false }],
  ['paced otherwise', [134101], 600_000, { reason: 'number_limit', whole: true }],
  [
    'final',
    [
      100, 803, 130472, 130497, 131008, 131009, 131020, 131021, 131026, 131030, 131041, 131047, 131049, 131050, 131051, 131052, 131053,
      131055, 131060, 131062, 131201, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018, 132068, 134100, 134102,
      135000, 137000, 777777,
    ],
    null,
    undefined,
  ],
])('%s', (_name, codes, retryAfterMs, hold) => {
  for (const code of codes) {
    const { words, certain, ...rest } = fate(code)
    expect([code, rest.retryAfterMs, rest.hold, certain]).toEqual([code, retryAfterMs, hold, true])
    // The network's own words stand behind ours.
    expect(words).toMatch(new RegExp(`^[A-Z].{15,}[.] \\(${code}: x\\)$`))
  }
})

test('a code that is new is taken by the status of its answer', () => {
  expect(fate(777777, 503)).toMatchObject({ code: 'provider_unavailable', retryAfterMs: 5_000 })
  expect(fate(777777, 429)).toMatchObject({ code: 'rate_limited', retryAfterMs: 60_000 })
  expect(fate(undefined, 401)).toMatchObject({ code: 'channel_not_connected', hold: { reason: 'to_be_set_right' } })
  expect(fate(undefined, 403)).toMatchObject({ code: 'provider_rejected', retryAfterMs: null })
})

test('pauses grow, to an hour at most', () => {
  expect([0, 1, 2, 3, 5, 6, 20].map((pair) => fate(131056, 400, { message: 0, pair }).retryAfterMs)).toEqual([
    1_000, 4_000, 16_000, 64_000, 1_024_000, 3_600_000, 3_600_000,
  ])
  expect([0, 1, 2, 3].map((message) => fate(1, 500, { message, pair: 0 }).retryAfterMs)).toEqual([5_000, 10_000, 20_000, null])
})
