import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '../../provider.ts'
import { anyDelivery, isNode } from '../../../../tests/support/any-delivery.ts'
import { attached, number, olena, reader, waba } from '../testing.ts'

/** As many broken bodies as every run reads; MISTOK_FUZZ_BODIES=100000 for the long one. */
const bodies = Number(process.env['MISTOK_FUZZ_BODIES'] ?? 20_000)

/** The ids of what is still where messages and statuses stand. */
function idsIn(body: unknown): readonly string[] {
  const many = (one: unknown): unknown[] => (Array.isArray(one) ? one : one === undefined || one === null ? [] : [one])
  const get = (one: unknown, key: string): unknown => (isNode(one) && !Array.isArray(one) ? one[key] : undefined)
  const values = many(get(body, 'entry')).flatMap((entry) => many(get(entry, 'changes')).map((change) => get(change, 'value')))
  const history = values.flatMap((one) => many(get(one, 'history'))).flatMap((one) => many(get(one, 'threads')))
  const told = [
    ...values.flatMap((one) => ['messages', 'message_echoes', 'statuses'].flatMap((part) => many(get(one, part)))),
    ...history.flatMap((thread) => many(get(thread, 'messages'))),
  ]
  return told.map((one) => get(one, 'id')).filter((id): id is string => typeof id === 'string' && id !== '')
}

test('broken bodies never throw, never lose a message, and are read again to the same', { timeout: 600_000 }, () => {
  const told = new Map<string, number>()
  fc.assert(
    fc.property(anyDelivery, (body) => {
      const text = JSON.stringify(body)
      const read = () => reader(facts).read({ stream: 'webhook', key: 'k', body: text })
      const { items, ...rest } = read()
      const written = JSON.stringify(items)
      const lost = idsIn(JSON.parse(text)).filter((id) => !written.includes(JSON.stringify(id).slice(1, -1)))
      // Compared as texts, which is quick.
      const again = read()
      const wrong = [
        ...lost.map((id) => `lost ${id}`),
        ...(JSON.stringify(again) === JSON.stringify({ items, ...rest }) ? [] : ['read otherwise']),
        ...(JSON.stringify(JSON.parse(written)) === written ? [] : ['no JSON']),
      ]
      expect(wrong).toEqual([])
      for (const item of items) told.set(item.type, (told.get(item.type) ?? 0) + 1)
      // What was put aside comes back as what it is.
      const aside = items.flatMap((item) => (item.type === 'dead' || item.type === 'deferred' ? [item.raw] : []))
      const back = reader(facts).read({ stream: 'deferred', key: 'k', body: JSON.stringify(aside) }).items
      expect(back.length).toBeGreaterThanOrEqual(aside.length)
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

const facts: Readonly<Record<string, Json>> = {
  ...attached,
  [`chat:${waba}:${olena.user_id}`]: { phone: `+${olena.wa_id}`, user_id: olena.user_id, numbers: [number] },
}

test('whatever stands in a batch of any stream, nothing throws', () => {
  const stream = fc.constantFrom('webhook', 'deferred', 'reread', 'numbers', 'templates')
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    anyDelivery.map((body) => JSON.stringify([body])),
  )
  fc.assert(
    fc.property(stream, text, (name, body) => {
      expect(() => reader(facts).read({ stream: name, key: 'k', body })).not.toThrow()
    }),
    { numRuns: 1_000 },
  )
})
