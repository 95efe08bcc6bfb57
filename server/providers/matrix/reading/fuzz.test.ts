import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyEvent } from '../../../../tests/support/any-event.ts'
import type { ParsedItem } from '../../provider.ts'
import { chatFacts, event, me, pushed, read, roomId } from '../testing.ts'

/** All of 100,000 with MISTOK_FUZZ_EVENTS=100000; fewer in every run. */
const events = Number(process.env['MISTOK_FUZZ_EVENTS'] ?? 4_000)
const atOnce = 8

// Each event comes out as something that has a name, whatever it says, and the messages beside it come out as they would alone.
test('broken events never throw, never vanish, and harm nothing beside them', { timeout: 600_000 }, () => {
  const facts = chatFacts()
  // Somebody of whom none of the broken ones speaks.
  const sender = '@whatsapp_380670001122:x.org'
  const neighbour = (id: string) => event({ msgtype: 'm.text', body: id }, { event_id: id, sender })
  const alone = (id: string) => read(pushed(neighbour(id)), facts).items[0]
  const [before, after] = [alone('$before'), alone('$after')]
  const told = new Set<string>()
  fc.assert(
    fc.property(fc.array(anyEvent, { minLength: atOnce, maxLength: atOnce }), (broken) => {
      const batch = () => pushed(neighbour('$before'), ...broken, neighbour('$after'))
      const parsed = read(batch(), facts)
      expect(parsed.items.length).toBeGreaterThanOrEqual(broken.length + 2)
      expect(withoutNext(parsed.items[0])).toEqual(withoutNext(before))
      // What the room is may have been changed by one of them.
      const isOther = parsed.facts.some(({ key }) => key === `room:${roomId}`)
      expect(withoutNext(isOther ? after : parsed.items.at(-1))).toEqual(withoutNext(after))
      expect(read(batch(), facts)).toEqual(parsed)
      expect(JSON.parse(JSON.stringify(parsed))).toEqual(parsed)
      expect(parsed.items.filter(isNameless)).toEqual([])
      for (const { type } of parsed.items) told.add(type)
    }),
    { numRuns: Math.ceil(events / atOnce) },
  )
  // Not all of them were just thrown away.
  expect([...told]).toEqual(
    expect.arrayContaining(['message', 'edit', 'delete', 'reaction', 'receipt', 'ignored', 'unknown', 'deferred', 'dead']),
  )
})

function isNameless(item: ParsedItem): boolean {
  if (item.type === 'ignored' || item.type === 'unknown') return item.networkType === ''
  if (item.type === 'deferred') return item.waitsFor.length > 600
  return item.type === 'dead' && item.error === ''
}

function withoutNext(item: object | undefined): object {
  return Object.fromEntries(Object.entries(item ?? {}).filter(([key]) => key !== 'next'))
}

test('whatever stands in a batch of any stream, nothing throws', () => {
  const facts = chatFacts()
  const stream = fc.constantFrom('push', 'bridge', 'deferred', 'reread', `sync:${me}`, `room:${roomId}`)
  fc.assert(
    fc.property(stream, fc.oneof(fc.jsonValue(), fc.array(anyEvent, { maxLength: 3 })), (name, body) => {
      expect(() => read({ stream: name, key: 'k', body: JSON.stringify(body) }, facts)).not.toThrow()
    }),
    { numRuns: 500 },
  )
})
