import { expect, test } from 'vitest'
import { toCsv } from './csv.ts'

test.each([
  [[['a', 'b']], 'a,b\r\n'],
  [
    [
      ['a,b', 'say "no"'],
      ['two\nlines', ''],
    ],
    '"a,b","say ""no"""\r\n"two\nlines",\r\n',
  ],
  [[['=HYPERLINK("x")', '+1', '-1', '@a', '1=1']], '"\'=HYPERLINK(""x"")",\'+1,\'-1,\'@a,1=1\r\n'],
])('%j', (rows, text) => expect(toCsv(rows)).toBe(`\uFEFF${text}`))
