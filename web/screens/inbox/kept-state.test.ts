import { expect, test } from 'vitest'
import { createKept } from './kept-state.ts'

const createFiles = () => createKept<readonly string[]>([], (files) => files.length === 0)

test('what waits in one conversation is not in another, nor with another person', () => {
  const files = createFiles()
  files.change('usr_1 cnv_1', (now) => [...now, 'a.png'])
  files.change('usr_1 cnv_1', (now) => [...now, 'b.png'])
  expect(files.get('usr_1 cnv_1')).toEqual(['a.png', 'b.png'])
  expect(files.get('usr_1 cnv_2')).toEqual([])
  expect(files.get('usr_2 cnv_1')).toEqual([])
})

test('what was sent is gone at once', () => {
  const files = createFiles()
  files.change('usr_1 cnv_1', () => ['a.png'])
  expect(files.change('usr_1 cnv_1', () => [])).toEqual([])
  expect(files.get('usr_1 cnv_1')).toEqual([])
})
