import { expect, test } from 'vitest'
import { toJsonb } from './json.ts'

test.each([
  ['plain', { a: 'Привіт', b: [1, null, true] }, { a: 'Привіт', b: [1, null, true] }],
  ['NUL', { a: 'x\0y', 'k\0': 'v' }, { a: 'x\u{FFFD}y', 'k\u{FFFD}': 'v' }],
  ['half of a pair', ['\ud800', 'ok 😀'], ['\u{FFFD}', 'ok 😀']],
  ['the text \\u0000', '\\u0000', '\\u0000'],
])('%s', (_, value, stored) => {
  expect(JSON.parse(toJsonb(value))).toEqual(stored)
})
