import { expect, test } from 'vitest'
import { sampleMessage } from '../../../../data/testing/samples.ts'
import { leastSent, shownOf } from './album-state.ts'

test.each([
  [['read', 'delivered', 'read'], 'delivered'],
  [['sent', 'failed', 'queued'], 'failed'],
  [['read', 'queued', 'sent'], 'queued'],
] as const)('of %j the album shows %s', (states, expected) => {
  const messages = states.map((status, at) => sampleMessage(String(at), at, { direction: 'outbound', status }))
  expect(leastSent(messages)?.status).toBe(expected)
})

test('in a group it shows the one that fewest have read', () => {
  const messages = [3, 1, 2].map((read, at) =>
    sampleMessage(String(at), at, { direction: 'outbound', status: 'delivered', receipts: { delivered: 5, read, of: 5 } }),
  )
  expect(leastSent(messages)?.id).toBe('msg_1')
})

test('four cells are shown, and the rest is counted until all are wanted', () => {
  expect(shownOf([1, 2, 3, 4], false)).toEqual({ shown: [1, 2, 3, 4], hidden: 0 })
  expect(shownOf([1, 2, 3, 4, 5, 6, 7], false)).toEqual({ shown: [1, 2, 3, 4], hidden: 3 })
  expect(shownOf([1, 2, 3, 4, 5], true)).toEqual({ shown: [1, 2, 3, 4, 5], hidden: 0 })
})
