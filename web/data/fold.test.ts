import { expect, test } from 'vitest'
import { fold, hasWords } from './fold.ts'

test.each([
  ['Олена Коваль', 'олена коваль'],
  ['Ґанок', 'ганок'],
  ['м’ята', "м'ята"],
  ['мʼята', "м'ята"],
  ['Їжак і йод', 'їжак і йод'],
  ['Café', 'cafe'],
  ['İstanbul 👍🏽', 'İstanbul 👍🏽'],
])('%s is compared as %s, sign by sign', (text, expected) => {
  expect(fold(text)).toBe(expected)
  expect(fold(text)).toHaveLength(text.length)
})

test.each([
  ['Олена Коваль', 'кова оле', true],
  ['Олена Коваль', 'олега', false],
  ['anything', '', true],
])('%s has the words %s: %s', (text, query, expected) => expect(hasWords(text, query)).toBe(expected))
