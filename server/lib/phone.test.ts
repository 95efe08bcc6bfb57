import { expect, test } from 'vitest'
import { readPhone } from './phone.ts'

test.each([
  ['+380501112233', '+380501112233'],
  ['380501112233', '+380501112233'],
  ['+38 (050) 111-22-33', '+380501112233'],
  ['00380501112233', '+380501112233'],
  [' 44 20.7946.0958', '+442079460958'],
])('%s is %s', (text, phone) => {
  expect(readPhone(text)).toBe(phone)
})

test.each(['0501112233', '+12345', '', 'mother', '+3805011122334455', '+380 50 111 22 3x', '٣٨٠٥٠١١١٢٢٣٣'])(
  '%j is no international number',
  (text) => {
    expect(readPhone(text)).toBeUndefined()
  },
)
