import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MessageId } from '../../../../contract/ids.ts'
import { sampleMessage } from '../../../data/testing/samples.ts'
import { type Row, rowOf } from '../../../data/thread.ts'
import { colourOf, standTogether } from './grouping.ts'
import { buildItems, findFirstUnread, isPrepended } from './items.ts'

const row = (day: number, hour: number): Row => {
  const id = `msg_${day}_${hour}` as MessageId
  return { key: id, id, at: new Date(2026, 10, day, hour).toISOString() }
}

test('the first of a day begins it, and neighbours are those of the same day', () => {
  const { items } = buildItems([row(1, 9), row(1, 10), row(2, 9)], 'msg_1_10' as MessageId)
  expect(items.map(({ beginsDay, before, after, isFirstUnread }) => [beginsDay, before, after, isFirstUnread])).toEqual([
    [true, undefined, 'msg_1_10', false],
    [false, 'msg_1_9', undefined, true],
    [true, undefined, undefined, false],
  ])
})

test('going on from what was built gives what building anew gives, and keeps what has not changed', () => {
  const all = Array.from({ length: 12 }, (_, at) => row(1 + Math.floor(at / 5), at % 5))
  const some = fc.subarray(all)
  fc.assert(
    fc.property(some, some, (before, now) => {
      expect(buildItems(now, undefined, buildItems(before, undefined)).items).toEqual(buildItems(now, undefined).items)
    }),
  )
  const before = buildItems(all.slice(2), undefined)
  const older = buildItems(all, undefined, before)
  expect(older.items[5]).toBe(before.items[3])
  expect(isPrepended(before.items, older.items)).toBe(true)
  const newer = buildItems([...all, row(9, 9)], undefined, older)
  expect(newer.items[5]).toBe(before.items[3])
  expect(isPrepended(older.items, newer.items)).toBe(false)
})

test.each([
  [0, undefined],
  [1, 'd'],
  [2, 'b'],
  [9, 'a'],
])('of %d unread the first is %s', (unread, expected) => {
  const messages = new Map(
    [
      sampleMessage('a', 1),
      sampleMessage('b', 2),
      sampleMessage('c', 3, { direction: 'outbound' }),
      sampleMessage('d', 4),
      sampleMessage('e', 5, { type: 'system', text: 'x' }),
    ].map((message) => [message.id, message]),
  )
  const first = findFirstUnread(
    [...messages.values()].map((message) => rowOf(message)),
    unread,
    (id) => messages.get(id),
  )
  expect(first?.slice(4)).toBe(expected)
})

test.each([
  ['the same person soon after', sampleMessage('b', 5), true],
  ['the same person much later', sampleMessage('b', 9), false],
  ['somebody else', sampleMessage('b', 2, { sender: { id: 'con_2', name: 'Іван', is_me: false } }), false],
  ['our answer', sampleMessage('b', 2, { direction: 'outbound' }), false],
  ['what happened', sampleMessage('b', 2, { type: 'system', text: 'x' }), false],
])('%s stands together with what was said: %s', (_, after, expected) => {
  expect(standTogether(sampleMessage('a', 1), after)).toBe(expected)
})

test('a person has one colour, and people have different ones', () => {
  const colours = new Set(Array.from({ length: 60 }, (_, at) => colourOf(`con_${at}`)))
  expect([...colours].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6])
  expect(colourOf('con_7')).toBe(colourOf('con_7'))
})
