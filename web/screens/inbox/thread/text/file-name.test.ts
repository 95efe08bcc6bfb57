import { expect, test } from 'vitest'
import { endingOf, isRisky, plainName, shortName } from './file-name.ts'

test.each([
  ['договір.pdf', 'договір.pdf', 'pdf'],
  // Written with a turn of direction, it would look like annexe.jpg.
  ['ann\u202Egpj.exe', 'anngpj.exe', 'exe'],
  ['safe.png\u0000.html', 'safe.png.html', 'html'],
  ['zero\u200Bwidth.txt', 'zerowidth.txt', 'txt'],
  ['\u2028\u202E', '—', ''],
  ['.profile', '.profile', ''],
  ['noending', 'noending', ''],
])('%j is shown as %s', (name, plain, ending) => {
  expect([plainName(name), endingOf(name)]).toEqual([plain, ending])
})

test('of a long name the ending is always seen', () => {
  const name = `${'дуже '.repeat(40)}довга назва.docx`
  expect(shortName(name)).toHaveLength(42)
  expect(shortName(name)).toMatch(/…а назва\.docx$|….*\.docx$/)
  expect(shortName('коротка.pdf')).toBe('коротка.pdf')
})

test.each([
  ['рахунок.pdf', 'application/pdf', false],
  ['photo.jpg', 'image/jpeg', false],
  ['звіт.docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', false],
  ['photo.jpg.exe', 'image/jpeg', true],
  ['ann\u202Egpj.exe', 'image/jpeg', true],
  ['picture.SVG', 'image/svg+xml', true],
  ['picture.png', 'image/svg+xml', true],
  ['page.png\u0000.html', 'image/png', true],
  ['macro.xlsm', 'application/octet-stream', true],
  ['noname', 'text/html', true],
])('%j as %s may do harm: %s', (name, mimeType, expected) => {
  expect(isRisky(name, mimeType)).toBe(expected)
})
