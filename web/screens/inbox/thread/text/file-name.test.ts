import { expect, test } from 'vitest'
import { endingOf, plainName, shortName } from './file-name.ts'

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
