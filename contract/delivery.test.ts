import fc from 'fast-check'
import { expect, test } from 'vitest'
import { advance, type DeliveryState, deliveryStates, shownState } from './delivery.ts'

const state = fc.constantFrom(...deliveryStates)

test('receipts in any order and any number end in the same state', () => {
  fc.assert(
    fc.property(fc.array(state, { minLength: 1 }), (states) => {
      const strongest = states.reduce(advance, 'queued')
      const shuffled = [...states, ...states].reverse().reduce(advance, 'queued')
      expect(shuffled).toBe(strongest)
    }),
  )
})

test.each<[DeliveryState[], DeliveryState]>([
  [[], 'queued'],
  [['failed', 'queued'], 'queued'],
  [['failed', 'sent'], 'sent'],
  [['delivered', 'failed'], 'delivered'],
  [['read', 'sending'], 'read'],
  [['delivered', 'read'], 'read'],
])('attempts %j are shown as %s', (attempts, shown) => {
  expect(shownState(attempts)).toBe(shown)
})
