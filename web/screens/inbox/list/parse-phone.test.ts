import { expect, test } from 'vitest'
import { parsePhone } from './parse-phone.ts'

test.each([
  ['+380671234567', '+380671234567'],
  [' +38 (067) 123-45-67 ', '+380671234567'],
  ['00380671234567', '+380671234567'],
  ['380 67 123 45 67', '+380671234567'],
  ['0671234567', undefined],
  ['+38067', undefined],
  ['+3806712345678901', undefined],
  ['Олена', undefined],
  ['', undefined],
])('%s is %s', (text, number) => expect(parsePhone(text)).toBe(number))
