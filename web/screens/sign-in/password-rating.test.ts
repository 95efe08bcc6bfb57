import { expect, test } from 'vitest'
import { ratePassword } from './password-rating.ts'

test.each([
  ['', 'short'],
  ['hunter2', 'short'],
  ['123456789012', 'common'],
  ['password1234', 'common'],
  ['Qwertyuiop2026!', 'common'],
  ['aaaaaaaaaaaaaaaa', 'common'],
  ['пароль-пароль-1', 'common'],
  ['correct horse', 'enough'],
  ['правильний кінь скоба', 'good'],
  ['kV9#m2Lq!x7Rw0', 'enough'],
] as const)('%s is %s', (password, rating) => {
  expect(ratePassword(password)).toBe(rating)
})
