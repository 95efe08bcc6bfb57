import { expect, test } from 'vitest'
import { holdOrder, keepOpen } from './held-order.ts'

const letters = (text: string) => text.split('')

test.each([
  ['nothing shown yet', '', 'abc', 'abc', 0],
  ['the same', 'abc', 'abc', 'abc', 0],
  ['one climbs', 'abcd', 'dabc', 'abcd', 1],
  ['two climb', 'abcd', 'dcab', 'abcd', 2],
  ['a new one on top', 'abc', 'xabc', 'abc', 1],
  ['a new one in the middle', 'abc', 'axbc', 'abc', 1],
  ['one is gone', 'abc', 'ac', 'ac', 0],
  ['the end grows', 'abc', 'abcde', 'abcde', 0],
  ['the last one climbs', 'abc', 'cab', 'abc', 1],
  ['climbs, comes, goes and grows at once', 'abcd', 'xdabz', 'abd', 2],
  ['all others', 'abc', 'xyz', 'xyz', 0],
])('%s: %s becomes %s', (_, shown, next, held, newAbove) => {
  const now = holdOrder(letters(shown), letters(next))
  expect(now.newAbove).toBe(newAbove)
  expect(now.shown.join('').startsWith(held)).toBe(true)
})

test('what did not change stays the same object', () => {
  const shown = letters('abc')
  expect(holdOrder(shown, letters('cab')).shown).toBe(shown)
})

test.each([
  ['abc', 'ac', 'b', 'abc'],
  ['abc', 'bc', 'a', 'abc'],
  ['abc', 'abc', 'b', 'abc'],
  ['abc', 'ac', undefined, 'ac'],
  ['abc', 'ac', 'z', 'ac'],
])('%s, then %s with %s open', (before, next, open, expected) => {
  expect(keepOpen(letters(before), letters(next), open).join('')).toBe(expected)
})
