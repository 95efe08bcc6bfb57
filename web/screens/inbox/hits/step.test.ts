import { expect, test } from 'vitest'
import type { MessageId } from '../../../../contract/ids.ts'
import { placeAmong } from './step.ts'

const [a, b, c] = ['msg_a' as MessageId, 'msg_b' as MessageId, 'msg_c' as MessageId]

test.each([
  [c, { number: 1, older: b, newer: undefined }],
  [b, { number: 2, older: a, newer: c }],
  [a, { number: 3, older: undefined, newer: b }],
  ['msg_x' as MessageId, { number: 0, older: c, newer: undefined }],
  [undefined, { number: 0, older: c, newer: undefined }],
])('at %s', (at, expected) => {
  expect(placeAmong([c, b, a], at)).toEqual(expected)
})

test('of one hit there is no other', () => {
  expect(placeAmong([c], c)).toEqual({ number: 1, older: undefined, newer: undefined })
})
