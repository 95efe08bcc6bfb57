import { expect, test } from 'vitest'
import { selectNext } from './selection.ts'

const shown = ['a', 'b', 'c', 'd']

test.each([
  ['', undefined, 'b', false, 'b'],
  ['b', 'b', 'b', false, ''],
  ['b', 'b', 'd', true, 'bcd'],
  ['d', 'd', 'b', true, 'bcd'],
  ['a', undefined, 'c', true, 'ac'],
  ['a', 'gone', 'c', true, 'ac'],
])('chosen %s, the last %s: pressing %s (range %s) gives %s', (selected, last, id, isRange, expected) => {
  const next = selectNext(new Set(selected.split('').filter(Boolean)), { shown, last, id, isRange })
  expect([...next].toSorted().join('')).toBe(expected)
})
