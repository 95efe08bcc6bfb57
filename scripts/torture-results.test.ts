import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { pageOf } from './torture-page.ts'
import { openResults } from './torture-results.ts'

const docs = join(import.meta.dirname, '../docs')

test('the page is what its results say', () => {
  expect(pageOf(openResults(join(docs, 'reliability.json')))).toBe(readFileSync(join(docs, 'reliability.md'), 'utf8'))
})

test('one part run on another machine changes its own row and leaves the others', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mistok-results-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'reliability.json')
  copyFileSync(join(docs, 'reliability.json'), file)
  const before = openResults(file)
  const results = openResults(file, 'a machine of another kind')
  results.keep('meta-bodies', { bodies: 4321, lost: [], doubled: [], refused: [], misread: [], tookMs: 1_000 })
  const after = openResults(file)
  expect(after.find('server')).toEqual(before.find('server'))
  expect(after.machines()).toEqual(expect.arrayContaining([...before.machines(), 'a machine of another kind']))
  const lines = (text: string) => text.split('\n')
  const changed = lines(pageOf(after)).filter((line) => !lines(pageOf(before)).includes(line))
  expect(changed).toEqual([expect.stringContaining('a machine of another kind'), expect.stringContaining('| 4321 |')])
})
