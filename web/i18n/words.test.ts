import { expect, test } from 'vitest'
import { en } from './en.ts'
import { createFormats, dayKey, daysAgo } from './formats.ts'
import { chooseLanguage } from './language.tsx'
import { en as lateEn } from './en-late.ts'
import { en as threadLateEn } from './en-thread-late.ts'
import { uk as lateUk } from './uk-late.ts'
import { uk as threadLateUk } from './uk-thread-late.ts'
import { uk } from './uk.ts'

test.each([
  [1, '1 непрочитане'],
  [2, '2 непрочитані'],
  [5, '5 непрочитаних'],
  [11, '11 непрочитаних'],
  [21, '21 непрочитане'],
  [1.5, '1,5 непрочитаного'],
])('Ukrainian plural of %d', (count, expected) => {
  expect(uk.inbox.unread(count)).toBe(expected)
})

test.each([
  [null, ['uk-UA', 'en'], 'uk'],
  [null, ['en-US'], 'en'],
  [null, ['pl', 'en-GB'], 'en'],
  [null, ['pl'], 'uk'],
  ['en', ['uk'], 'en'],
  ['xx', ['en'], 'en'],
])('language of %s and %j is %s', (stored, wanted, expected) => {
  expect(chooseLanguage(stored, wanted)).toBe(expected)
})

test('no word is empty in either language', () => {
  const leaves = (value: object): unknown[] =>
    Object.values(value).flatMap((part) => (typeof part === 'object' && part !== null ? leaves(part) : [part]))
  for (const words of [uk, en, lateUk, lateEn, threadLateUk, threadLateEn]) {
    const empty = leaves(words).filter((leaf) => (typeof leaf === 'string' ? leaf.trim() === '' : typeof leaf !== 'function'))
    expect(empty).toEqual([])
  }
})

test('times, sizes and days', () => {
  const formats = createFormats('uk')
  const noon = new Date(2026, 10, 22, 12).getTime()
  const at = (day: number, hour: number) => new Date(2026, 10, day, hour, 5).toISOString()
  expect(formats.shortTime(at(22, 9), noon)).toBe('09:05')
  expect(formats.shortTime(at(21, 23), noon)).toBe('учора')
  expect(formats.shortTime(at(20, 9), noon)).toBe('пт')
  expect(formats.shortTime(at(1, 9), noon)).toBe('01.11.26')
  expect(formats.day(at(21, 9), noon)).toBe('21 листопада')
  expect(formats.duration(150_001)).toBe('2:31')
  expect([30_000, 40 * 60_000, 7_200_000, 6_000_000].map(formats.span)).toEqual(['1 хв', '40 хв', '2 год', '1 год 40 хв'])
  expect(formats.bytes(0)).toBe('0 Б')
  expect(formats.bytes(5_250_000)).toBe('5,3 МБ')
  expect([daysAgo(at(22, 0), noon), daysAgo(at(21, 23), noon)]).toEqual([0, 1])
  expect(dayKey(at(21, 23))).not.toBe(dayKey(at(22, 0)))
})
