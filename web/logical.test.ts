import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** Classes and properties that name a side of the window instead of the begin or the end of a line. */
const sided =
  /[\s"'`:](?:-?(?:m|p|scroll-m|scroll-p)[lr]-[\w[]|-?(?:left|right)-[\w[]|text-(?:left|right)\b|(?:rounded|border)-[lr]\b)|^\s*(?:(?:margin|padding|border)-)?(?:left|right)\s*:\s/m

test('the page can be turned to be read from right to left: nothing in it names a side', () => {
  const files = globSync('**/*.{tsx,css}', { cwd: import.meta.dirname })
  expect(files.length).toBeGreaterThan(80)
  const found = files.filter((file) => sided.test(readFileSync(join(import.meta.dirname, file), 'utf8')))
  expect(found).toEqual([])
})

test.each(['className="ml-2"', "'sm:left-0'", 'class="text-right"', '  margin-left: 4px;', '`border-l`'])('%s names one', (text) => {
  expect(sided.test(text)).toBe(true)
})

test.each(['className="ms-2 pe-3 start-0"', 'text-start', 'border-line', '  inset-inline-start: 0;'])('%s names none', (text) => {
  expect(sided.test(text)).toBe(false)
})
