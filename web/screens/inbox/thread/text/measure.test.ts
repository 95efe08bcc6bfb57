import { expect, test } from 'vitest'
import { countLoneEmoji, foldAt } from './measure.ts'

test.each([
  ['👍', 1],
  ['❤️', 1],
  ['❤', 1],
  [' 👨‍👩‍👧‍👦 🇺🇦\n', 2],
  ['👍🏽👍🏽👍🏽', 3],
  ['👍👍👍👍', 0],
  ['1', 0],
  ['#️⃣', 0],
  ['ok 👍', 0],
  ['*', 0],
  ['', 0],
])('%j has %d lone emoji', (text, expected) => {
  expect(countLoneEmoji(text)).toBe(expected)
})

test('more than twenty lines are cut after the twentieth', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}`).join('\n')
  expect(foldAt(lines(20))).toBe(lines(20).length)
  expect(lines(25).slice(0, foldAt(lines(25)))).toBe(lines(20))
})

test('one very long line is cut between words, and never within a sign', () => {
  const words = 'слово '.repeat(1_000)
  expect(words.slice(0, foldAt(words)).endsWith('слово')).toBe(true)
  expect(foldAt(words)).toBeLessThanOrEqual(3_000)
  const faces = 'x' + '😀'.repeat(5_000)
  expect(faces.slice(0, foldAt(faces)).isWellFormed()).toBe(true)
})
