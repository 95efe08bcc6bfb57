import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyDelivery } from '../../../../tests/support/any-delivery.ts'
import { readBroken } from '../../../../tests/support/broken-reading.ts'
import { reader } from '../testing.ts'

/** As many broken bodies as every run reads; MISTOK_FUZZ_BODIES=100000 for the long one. */
const bodies = Number(process.env['MISTOK_FUZZ_BODIES'] ?? 20_000)

test('broken bodies never throw, never lose a message, and are read again to the same', { timeout: 600_000 }, () => {
  const told = new Map<string, number>()
  fc.assert(
    fc.property(anyDelivery, (body) => {
      const { items, wrong } = readBroken(JSON.stringify(body))
      expect(wrong).toEqual([])
      for (const item of items) told.set(item.type, (told.get(item.type) ?? 0) + 1)
    }),
    { numRuns: bodies },
  )
  // Not all of them were just put aside.
  const kinds = [
    'message',
    'edit',
    'delete',
    'reaction',
    'receipt',
    'conversation',
    'contact',
    'template',
    'ignored',
    'unknown',
    'deferred',
    'dead',
  ]
  expect([...told.keys()]).toEqual(expect.arrayContaining(kinds))
  expect(told.get('message')).toBeGreaterThan(bodies / 4)
})

test('whatever stands in a batch of any stream, nothing throws', () => {
  const stream = fc.constantFrom('webhook', 'deferred', 'reread', 'numbers', 'templates')
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    anyDelivery.map((body) => JSON.stringify([body])),
  )
  fc.assert(
    fc.property(stream, text, (name, body) => {
      expect(() => reader().read({ stream: name, key: 'k', body })).not.toThrow()
    }),
    { numRuns: 1_000 },
  )
})
